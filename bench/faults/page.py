"""``python -m bench.faults.page``: write docs/reliability.md from the reports of the fault runs.

The page is never edited by hand: its text is here, its figures are in ``bench/results/faults*.json``.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.faults.victims import slug

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
REPORTS = (ROOT / "bench" / "results" / "faults.json", ROOT / "bench" / "results" / "faults_postgres.json")

FAULT_TEXTS: Mapping[str, tuple[str, str]] = {
    "server": (
        "`kill -9` of the server; its Redis lives on and is taken over",
        "acknowledged pings are in the track exactly once; accepted orders exist once",
    ),
    "redis": (
        "`kill -9` of the embedded Redis; the server starts it again",
        "the same; the server stays up, pings wait unacknowledged",
    ),
    "server and redis": ("`kill -9` of both, at once or 50 ms apart", "the same"),
    "server, politely": ("SIGTERM under load, then a start, as in an upgrade", "the same, and exit code 0"),
    "redis frozen": (
        "Redis stopped for 6.5 s, longer than its clients wait: replies are lost, writes are not",
        "a tick written twice is archived once",
    ),
    "planner workers": ("`kill -9` of the planner's worker processes", "the server stays up and plans on"),
    "postgres": (
        "`kill -9` of PostgreSQL, back a second later",
        "accepted orders exist once; pings go on meanwhile",
    ),
}

HEAD = """# What survives what

<!-- Made by `python -m bench.faults.page` from bench/results/faults*.json. Do not edit. -->

Relevo tells a phone `ack` once the ping is on disk in Redis's append-only file, and a shop `201` once the
order is committed to the database. Both survive the death of any process at any moment. This page shows how
that was measured: real processes and sockets, couriers who stream all the time, a shop that repeats each
request until it is answered, and a program that kills at random moments and then compares what it was told
with what the database holds. The couriers are honest: a fix of theirs that the server does not believe counts
as refused, and fails the run. Forty of them carry an order that nothing but geofences moves.
"""

TAIL = """
*Back to normal* counts from the fault until every phone's older pings are acknowledged and a new one, too.
It includes the restart of the server, the phones' reconnecting (up to 0.6 s) and the wait for each phone's
next frame.

## What the words mean

- **Killed process.** Nothing acknowledged is lost, also when Redis and the server die together.
- **Lost host** (power cut). Nothing acknowledged is lost as far as the disk keeps what it was told to keep:
  pings and orders are forced to disk before the reply. With the setting `everysec`, for disks on which that
  is slow, up to about a second of pings.
- **Full disk or full Redis.** Pings stay in the phones, unacknowledged; orders are refused with 503; nothing
  is evicted. Once there is room, all goes on by itself (`tests/storage/test_disk_full.py`). With `everysec`
  the one tick that meets a disk just become full is acknowledged though it is in memory only.
- **Lost disk.** You have what the last backup holds: `relevo backup` works beside a running server.
- **Phone-tracker apps.** While Redis is away, OsmAnd, Traccar Client, OwnTracks, GPSLogger and batches hear
  503 within ten seconds and keep their records, which are stored once after
  (`tests/faults/test_phones_without_store.py`).
- **A Redis of your own** (`REDIS_URL`). Set `appendfsync always`. Redis's own `everysec` may answer before it
  has written while an fsync is under way, and a kill at that moment loses the write.

## Run it yourself

```
python -m bench.faults --rounds 50 --couriers 200 --seed 12 --json bench/results/faults.json
python -m bench.faults --rounds 12 --couriers 60 --seed 5 --postgres --json bench/results/faults_postgres.json
python -m bench.faults.page
```

The short form runs in `make test` (`tests/faults`). The judge is tested, too: a lost, doubled, altered or
invented fix and a lost or doubled order each fail a run.
"""


class Report(msgspec.Struct):
    """The parts of a bench report that the page shows."""

    commit: str
    machine: dict[str, str | int | float]
    params: dict[str, object]
    metrics: dict[str, float]


def main() -> int:
    """Write the page from the reports that are there; 1 when there is none."""
    reports = [msgspec.json.decode(path.read_bytes(), type=Report) for path in REPORTS if path.exists()]
    if not reports:
        print("no report in bench/results; run python -m bench.faults --json first", file=sys.stderr)
        return 1
    PAGE.write_text(HEAD + "".join(section(report) for report in reports) + TAIL)
    return 0


def section(report: Report) -> str:
    """Return one run as a heading, a table of faults and a sentence of totals."""
    figures = report.metrics
    record = "PostgreSQL" if "rounds_postgres" in figures else "SQLite"
    lines = [
        "",
        f"## {figures['rounds']:.0f} rounds, {report.params['couriers']} couriers, record in {record}",
        "",
        "| fault | promise | times | back to normal, median | longest |",
        "|---|---|--:|--:|--:|",
    ]
    for victim, (fault, promise) in FAULT_TEXTS.items():
        name = slug(victim)
        if f"rounds_{name}" in figures:
            times, median_s, longest_s = (
                figures[f"{figure}_{name}"] for figure in ("rounds", "recovered_s_p50", "recovered_s_max")
            )
            lines.append(f"| {fault} | {promise} | {times:.0f} | {median_s:.1f} s | {longest_s:.1f} s |")
    return "\n".join([*lines, "", _totals(report), ""])


def _totals(report: Report) -> str:
    figures = report.metrics
    machine = f"{report.machine['cpu']}, {report.machine['cores']} cores"
    return (
        f"Measured: **{figures['fixes_acknowledged']:,.0f} fixes acknowledged, "
        f"{figures['fixes_lost']:.0f} lost, "
        f"{figures['fixes_doubled']:.0f} doubled, {figures['fixes_altered']:.0f} altered, "
        f"{figures['fixes_refused']:.0f} refused; "
        f"{figures['orders_accepted']:.0f} orders accepted, {figures['orders_lost']:.0f} lost, "
        f"{figures['orders_doubled']:.0f} doubled; of the {4 * figures['errands']:.0f} arrivals and exits of "
        f"{figures['errands']:.0f} orders that only fences move, {figures['events_missing']:.0f} missing, "
        f"{figures['events_doubled']:.0f} doubled, {figures['events_misdated']:.0f} at a wrong time**; "
        f"{figures['reconnects']:,.0f} reconnects "
        f"(commit {report.commit}, {machine}, seed {report.params['seed']})."
    )


if __name__ == "__main__":
    sys.exit(main())
