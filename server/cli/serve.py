"""``relevo serve``."""

import argparse
import asyncio
import os
import sys

from domain.errors import RelevoError
from server.setting_specs import SPECS
from server.settings import Settings, load, unknown_names

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "serve",
        help="run the server",
        description="Run the server: pages, REST and WebSockets on one port. Prints 'ready http://HOST:PORT'.",
        epilog="Every option is also a variable of the environment; NAME_FILE names a file that holds NAME.",
    )
    defaults = Settings()
    for spec in SPECS:
        if spec.flag is None:
            continue
        default = getattr(defaults, spec.field)
        parser.add_argument(
            spec.flag,
            dest=spec.field,
            metavar=spec.field.upper(),
            help=f"{spec.help} ({spec.env}; {default})",
        )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped; 0 after a clean drain, 1 when something broke, 2 for wrong settings."""
    import structlog  # noqa: PLC0415 - the other subcommands start faster without

    from server.logs import set_up_logs  # noqa: PLC0415

    flags = {spec.field: getattr(options, spec.field, None) for spec in SPECS}
    settings = load(os.environ, flags)
    set_up_logs(settings.log_format, settings.log_level)
    log = structlog.get_logger("relevo")
    for sentence in unknown_names(os.environ):
        log.warning("unknown_setting", detail=sentence)
    return run_server(settings)


def run_server(settings: Settings) -> int:
    """Run the event loop of the server."""
    import structlog  # noqa: PLC0415

    from server.lifespan import serve  # noqa: PLC0415 - imports the whole system
    from server.start import StartError  # noqa: PLC0415
    from storage.embedded import EmbeddedRedisError  # noqa: PLC0415
    from storage.redis_binary import NoRedisServerError  # noqa: PLC0415

    log = structlog.get_logger("relevo")
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings, _announce))
    except (StartError, RelevoError, OSError, EmbeddedRedisError, NoRedisServerError) as error:
        print(f"relevo: {error}", file=sys.stderr)
        return 1
    except Exception:
        log.exception("server_failed")
        return 1
    return 0


def _announce(text: str) -> None:
    print(text, flush=True)


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return None
    return uvloop.Loop
