"""Parse the command line and hand over to one subcommand; heavy parts are imported only by who needs them."""

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from domain.errors import RelevoError
from server.cli import admin, backup, serve
from server.settings import SettingsError
from server.version import relevo_version

_PROGRAMS = {
    "demo": ("simulator.demo", "serve a throw-away fleet with simulated couriers and a lunch peak"),
    "replay": ("simulator.replay", "play a real day against a running server and report service metrics"),
    "simulate": (
        "whatif.program",
        "what would have happened with more riders, orders or other settings",
    ),
    "loadtest": ("loadtest.run", "a lunch peak with Locust; non-zero exit when a threshold is missed"),
}
_BENCHES = {
    "mdrp": ("bench.mdrp", "run the dispatcher on Meal Delivery Routing Problem instances"),
    "dispatch_latency": ("bench.dispatch_latency", "how fast orders are planned, and how well a whole city"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``relevo`` and return its exit code: 0 done, 1 refused or failed, 2 wrong settings or usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser(arguments)
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except SettingsError as error:
        for problem in error.problems:
            print(f"relevo: {problem}", file=sys.stderr)
        return 2
    except RelevoError as error:
        print(f"relevo: {error.message} ({error.code})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def build_parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser; programs of other packages are loaded only when ``arguments`` name them."""
    parser = argparse.ArgumentParser(
        prog="relevo",
        description="GPS tracking and real-time dispatch for courier co-operatives.",
        epilog="Settings also come from RELEVO_* variables, REDIS_URL and DATABASE_URL.",
    )
    parser.add_argument("--version", action="version", version=f"relevo {relevo_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    serve.add_command(commands)
    _add_program(commands, "demo", *_PROGRAMS["demo"], arguments)
    admin.add_commands(commands)
    _add_program(commands, "replay", *_PROGRAMS["replay"], arguments)
    _add_program(commands, "simulate", *_PROGRAMS["simulate"], arguments)
    bench = commands.add_parser("bench", help="measure something", description="Measure something.")
    benches = bench.add_subparsers(title="benches", metavar="NAME", required=True)
    for name, (module, help_text) in _BENCHES.items():
        _add_program(benches, name, module, help_text, arguments)
    _add_program(commands, "loadtest", *_PROGRAMS["loadtest"], arguments)
    backup.add_commands(commands)
    return parser


def _add_program(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    module: str,
    help_text: str,
    arguments: Sequence[str],
) -> None:
    """Add a subcommand of another package, which brings ``add_arguments(parser)`` and ``run(options)``."""
    parser = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    if name not in arguments[:2]:
        return
    program = importlib.import_module(module)
    program.add_arguments(parser)
    parser.set_defaults(run=program.run)
