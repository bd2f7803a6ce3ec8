"""``relevo fleet settings``: what a fleet chose. A server that runs notices within seconds."""

import argparse
import contextlib
import getpass

import msgspec

from domain.errors import Invalid
from domain.fleet_settings import FleetSettings, Scalar, changed, chosen_of, settings_of
from domain.people import Fleet
from domain.ports import PeopleStore
from server.clock import wall_ms


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("fleet", metavar="FLEET", nargs="?", help="may be left out when there is one fleet")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"choose a setting; may be repeated. Names: {', '.join(FleetSettings.__struct_fields__)}",
    )
    parser.add_argument(
        "--unset", action="append", default=[], metavar="NAME", help="back to what is usual; may be repeated"
    )
    parser.add_argument("--changes", action="store_true", help="also show who changed what")


async def choose(
    options: argparse.Namespace, people: PeopleStore, fleet: Fleet
) -> tuple[dict[str, object], str]:
    """Change what was asked for; return what counts then."""
    wanted: dict[str, object] = dict(_pair(text) for text in options.set)
    wanted |= dict.fromkeys(options.unset)
    new, told = changed(fleet, wanted, actor=f"cli:{getpass.getuser()}", at_ms=wall_ms())
    if new != fleet:
        await people.put_fleet(new, told)
    counts: dict[str, object] = msgspec.to_builtins(settings_of(new))
    own = chosen_of(new)
    lines = [f"{name} = {value or '-'}{'' if name in own else '  (usual)'}" for name, value in counts.items()]
    answer: dict[str, object] = {"fleet": fleet.id, "settings": counts, "chosen": sorted(own)}
    if options.changes:
        kept = await people.fleet_changes(fleet.id)
        answer["changes"] = msgspec.to_builtins(kept)
        lines += [f"{c.at_ms} {c.actor}: {_shown(c.changed)}" for c in kept]
    return answer, "\n".join(lines)


def _pair(text: str) -> tuple[str, object]:
    """Return name and value of ``NAME=VALUE``, as the setting's type where it reads as one."""
    name, sign, value = text.partition("=")
    if not sign:
        raise Invalid("invalid_setting", f"--set takes NAME=VALUE, got {text!r}")
    usual = getattr(FleetSettings(), name, "")
    if isinstance(usual, str):
        return name, value
    with contextlib.suppress(msgspec.ValidationError):
        return name, msgspec.convert(value, type(usual), strict=False)
    return name, value


def _shown(changes: dict[str, tuple[Scalar, Scalar]]) -> str:
    return ", ".join(f"{name} {before or '-'} -> {after or '-'}" for name, (before, after) in changes.items())
