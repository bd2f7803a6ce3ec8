"""``relevo export|import|backup|restore``: data in and out."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from domain.ids import FleetId
from server.cli.record import add_record_options, open_record
from server.clock import wall_ms
from server.settings import load
from storage.backup import BackupError, back_up, restore
from storage.exchange import export_fleet, import_fleet

DAY_MS = 86_400_000


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommands."""
    command = commands.add_parser(
        "export",
        help="write one fleet as JSON lines",
        description="Write everything of one fleet as JSON lines; `relevo import` reads them.",
    )
    add_record_options(command)
    command.add_argument("fleet", metavar="FLEET")
    command.add_argument("--out", metavar="FILE", help="by default standard output")
    command.add_argument("--no-tracks", action="store_true", help="leave archived positions out")
    command.set_defaults(run=run_export)

    command = commands.add_parser(
        "import",
        help="read a fleet that was exported",
        description="Read JSON lines that `relevo export` wrote. May be repeated; run it while no server "
        "has the fleet open.",
    )
    add_record_options(command)
    command.add_argument("file", metavar="FILE", help="- for standard input")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=run_import)

    command = commands.add_parser(
        "backup",
        help="save the data folder, also while the server runs",
        description="Write the embedded stores of a data folder to one file, also while the server runs. "
        "A record in PostgreSQL is backed up with pg_dump.",
    )
    add_record_options(command)
    command.add_argument("target", metavar="FILE", help="for example relevo-2026-11-23.tar.gz")
    command.set_defaults(run=run_backup)

    command = commands.add_parser(
        "restore",
        help="make a data folder from a backup",
        description="Make a new data folder from a backup. Positions older than the retention stay away.",
    )
    add_record_options(command)
    command.add_argument("source", metavar="FILE")
    command.set_defaults(run=run_restore)


def run_export(options: argparse.Namespace) -> int:
    """Write a fleet."""

    async def write() -> None:
        out = Path(options.out).open("xb") if options.out else nullcontext(sys.stdout.buffer)  # noqa: SIM115 ASYNC230
        with out as file:
            async with open_record(options) as stores:
                async for line in export_fleet(stores, FleetId(options.fleet), tracks=not options.no_tracks):
                    file.write(line)

    try:
        asyncio.run(write())
    except FileExistsError:
        print(f"relevo: {options.out} exists; choose another name", file=sys.stderr)
        return 1
    return 0


def run_import(options: argparse.Namespace) -> int:
    """Read a fleet."""

    async def read() -> dict[str, int]:
        source = nullcontext(sys.stdin.buffer) if options.file == "-" else Path(options.file).open("rb")  # noqa: SIM115 ASYNC230
        with source as file:
            async with open_record(options) as stores:
                return await import_fleet(stores, file)

    try:
        taken = asyncio.run(read())
    except OSError as error:
        print(f"relevo: {options.file}: {error.strerror}", file=sys.stderr)
        return 1
    print(json.dumps(taken) if options.json else "\n".join(f"{kind}: {n}" for kind, n in taken.items()))
    return 0


def run_backup(options: argparse.Namespace) -> int:
    """Save a data folder."""
    settings = load(os.environ, {"data_dir": options.data_dir})
    return _told(lambda: back_up(settings.data_dir, Path(options.target)), f"saved to {options.target}")


def run_restore(options: argparse.Namespace) -> int:
    """Make a data folder from a backup."""
    settings = load(os.environ, {"data_dir": options.data_dir})
    forget_before_ms = wall_ms() - settings.retention_days * DAY_MS
    return _told(
        lambda: restore(Path(options.source), settings.data_dir, forget_before_ms=forget_before_ms),
        f"restored into {settings.data_dir}",
    )


def _told(work: Callable[[], object], sentence: str) -> int:
    try:
        work()
    except (BackupError, OSError) as error:
        print(f"relevo: {error}", file=sys.stderr)
        return 1
    print(sentence)
    return 0
