"""The common form of every bench: one JSON object and one line to read.

A bench calls ``write_report`` last. What it measured goes into ``metrics`` (numbers only); how it measured
into ``params``. Figures from different machines are only comparable with ``machine`` beside them.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

Param = str | int | float | bool | None | Sequence[str] | Sequence[int] | Sequence[float]


def machine() -> dict[str, str | int | float]:
    """Return what the figures depend on: processor, cores, memory, kernel and Python."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(_memory_bytes() / 2**30, 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def commit() -> str:
    """Return the checked-out commit, with ``+`` when the tree was edited since; ``unknown`` outside git."""
    here = Path(__file__).parent
    try:
        head = _git(here, "rev-parse", "--short=12", "HEAD")
        edited = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if edited else "")


def write_report(
    bench: str,
    params: Mapping[str, Param],
    metrics: Mapping[str, float],
    json_path: str | Path | None = None,
    headline: Sequence[str] = (),
) -> None:
    """Write the JSON when a path is given, and print the headline as the last line.

    Args:
        bench: the bench's name, as in ``python -m bench.NAME``.
        params: how it was run: seeds, sizes, options.
        metrics: what was measured, one number per name; units end the name.
        json_path: where the JSON goes, None for nowhere.
        headline: which metrics the last line shows, all when empty.
    """
    if json_path is not None:
        doc = {
            "bench": bench,
            "commit": commit(),
            "machine": machine(),
            "params": dict(params),
            "metrics": dict(metrics),
        }
        path = Path(json_path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(doc, indent=2, allow_nan=False) + "\n")
    shown = headline or list(metrics)
    sys.stdout.flush()
    print(f"{bench}: " + ", ".join(f"{name} {_short(metrics[name])}" for name in shown))


def _git(where: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=where, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return 0


def _short(value: float) -> str:
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"
