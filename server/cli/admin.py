"""``relevo fleet|user|courier|token``: administration, also beside a running server."""

import argparse
import asyncio
import getpass
import json
import os
import re
import secrets
import sys
import zoneinfo
from collections.abc import Awaitable, Callable

from domain.courier import Courier, Vehicle
from domain.errors import Conflict, Invalid, NotFound
from domain.geo import LonLat
from domain.ids import CourierId, FleetId, new_courier_id, new_token_id, new_user_id
from domain.people import Fleet, Role, Token, User
from domain.ports import PeopleStore
from server import tokens
from server.cli import fleet_settings
from server.cli.record import add_record_options, open_record
from server.clock import wall_ms

SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
USER_ROLES = (Role.OWNER, Role.DISPATCHER, Role.VIEWER)
TOKEN_ROLES = (*USER_ROLES, Role.COURIER, Role.SHOP, Role.INTEGRATION)
Answer = dict[str, object]
Work = Callable[[argparse.Namespace, PeopleStore], Awaitable[tuple[Answer, str]]]
Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the subcommands."""
    fleet = _group(commands, "fleet", "fleets: the co-ops on this server")
    add = _command(fleet, "add", "add a fleet", add_fleet)
    add.add_argument("slug", metavar="SLUG", help="short name in lower case, for example condesa")
    add.add_argument("--name", required=True, help="name that people see")
    add.add_argument("--lon", type=float, required=True, help="longitude of the centre, degrees")
    add.add_argument("--lat", type=float, required=True, help="latitude of the centre, degrees")
    add.add_argument("--tz", required=True, help="IANA time zone, for example America/Mexico_City")
    choose = _command(fleet, "settings", "show or change what a fleet chose", choose_settings)
    fleet_settings.add_arguments(choose)

    user = _group(commands, "user", "people who sign in with a password")
    add = _command(user, "add", "add somebody who signs in", add_user)
    add.add_argument("fleet", metavar="FLEET")
    add.add_argument("login", metavar="LOGIN", help="what they type to sign in")
    add.add_argument("--name", help="name that people see; the login by default")
    add.add_argument("--role", choices=[r.value for r in USER_ROLES], default=Role.OWNER.value)
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    courier = _group(commands, "courier", "couriers")
    add = _command(courier, "add", "add a courier", add_courier)
    add.add_argument("fleet", metavar="FLEET")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--vehicle", default="bicycle", help=f"{', '.join(Vehicle)}; bike means bicycle")
    add.add_argument("--skill", action="append", default=[], help="what orders may require; may be repeated")
    add.add_argument("--auto-accept", action="store_true", help="assignments need no reply")

    token = _group(commands, "token", "bearer tokens of devices and programs")
    create = _command(token, "create", "make a token; it is printed once", create_token)
    create.add_argument("--role", choices=[r.value for r in TOKEN_ROLES], required=True)
    create.add_argument("--fleet", metavar="SLUG", help="may be left out when there is one fleet")
    create.add_argument("--courier", metavar="ID", help="for role courier")
    create.add_argument("--subject", metavar="NAME", help="for role shop: the shop's name; whom it acts as")
    create.add_argument("--label", default="", help="to recognise it by")
    create.add_argument("--expires-in-days", type=float, metavar="N")


async def add_fleet(options: argparse.Namespace, people: PeopleStore) -> tuple[Answer, str]:
    """Add a fleet."""
    if not SLUG.match(options.slug):
        raise Invalid(
            "invalid_slug", "a slug has 1 to 64 of a-z, 0-9, - and _, and begins with a letter or digit"
        )
    center = LonLat(options.lon, options.lat)
    if not center.is_valid():
        raise Invalid("invalid_place", f"--lon {options.lon} --lat {options.lat} is no place on Earth")
    try:
        zoneinfo.ZoneInfo(options.tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise Invalid("invalid_time_zone", f"{options.tz!r} is no IANA time zone") from None
    fleet_id = FleetId(options.slug)
    if await people.find_fleet(fleet_id) is not None:
        raise Conflict("fleet_exists", f"there is a fleet {fleet_id} already")
    await people.put_fleet(
        Fleet(id=fleet_id, name=options.name, center=center, time_zone=options.tz, created_at_ms=wall_ms())
    )
    return {"fleet": fleet_id}, f"fleet {fleet_id} added"


async def choose_settings(options: argparse.Namespace, people: PeopleStore) -> tuple[Answer, str]:
    """Show or change what a fleet chose."""
    fleet = await people.find_fleet(await _fleet(people, options.fleet))
    assert fleet is not None  # noqa: S101 - its id was just found
    return await fleet_settings.choose(options, people, fleet)


async def add_user(options: argparse.Namespace, people: PeopleStore) -> tuple[Answer, str]:
    """Add somebody who signs in."""
    fleet = await _fleet(people, options.fleet)
    login = options.login.strip().lower()
    if not 0 < len(login) <= 200:
        raise Invalid("invalid_login", "a login has 1 to 200 characters")
    if await people.find_user(login) is not None:
        raise Conflict("login_taken", f"somebody signs in as {login} already")
    from server import passwords  # noqa: PLC0415 - nobody else here needs argon2

    password, made = _password(options)
    user = User(
        id=new_user_id(),
        fleet=fleet,
        login=login,
        name=options.name or options.login,
        role=Role(options.role),
        password_hash=await asyncio.to_thread(passwords.hash_password, password),
    )
    await people.put_user(user)
    answer: Answer = {"user_id": user.id}
    if made:
        answer["password"] = password
    shown = f"; password, shown this once: {password}" if made else ""
    return answer, f"{login} may sign in as {user.role} of {fleet}{shown}"


async def add_courier(options: argparse.Namespace, people: PeopleStore) -> tuple[Answer, str]:
    """Add a courier."""
    fleet = await _fleet(people, options.fleet)
    vehicle = {"bike": "bicycle", "cargo": "cargo_bike"}.get(options.vehicle, options.vehicle)
    if vehicle not in Vehicle.__members__.values():
        raise Invalid("invalid_vehicle", f"{options.vehicle!r} is not one of {', '.join(Vehicle)}")
    courier = Courier(
        id=new_courier_id(),
        fleet=fleet,
        name=options.name,
        vehicle=Vehicle(vehicle),
        skills=frozenset(options.skill),
        auto_accept=options.auto_accept,
    )
    await people.put_courier(courier)
    return {"courier_id": courier.id}, f"courier {courier.name} added: {courier.id}"


async def create_token(options: argparse.Namespace, people: PeopleStore) -> tuple[Answer, str]:
    """Make a token."""
    fleet = await _fleet(people, options.fleet)
    role = Role(options.role)
    if (role is Role.COURIER) != (options.courier is not None):
        raise Invalid("invalid_token", "--courier goes with --role courier, and only with it")
    courier_id = CourierId(options.courier) if options.courier else None
    if courier_id is not None and await people.find_courier(fleet, courier_id) is None:
        raise NotFound("no_such_courier", f"there is no courier {courier_id} in {fleet}")
    secret, now_ms, token_id = tokens.new_secret(), wall_ms(), new_token_id()
    days = options.expires_in_days
    await people.put_token(
        Token(
            id=token_id,
            fleet=fleet,
            role=role,
            secret_sha256=tokens.digest(secret),
            created_at_ms=now_ms,
            label=options.label,
            subject=options.subject or (token_id if role is Role.SHOP else None),
            courier_id=courier_id,
            expires_at_ms=None if days is None else now_ms + int(days * 86_400_000),
        )
    )
    answer: Answer = {"token": secret, "role": role.value, "fleet": fleet, "token_id": token_id}
    if courier_id is not None:
        answer["courier_id"] = courier_id
    return answer, f"{secret}\n(role {role}, fleet {fleet}; shown this once)"


async def _fleet(people: PeopleStore, slug: str | None) -> FleetId:
    if slug is not None:
        if await people.find_fleet(FleetId(slug)) is None:
            raise NotFound(
                "no_such_fleet", f"there is no fleet {slug}; make it with: relevo fleet add {slug} ..."
            )
        return FleetId(slug)
    fleets = await people.fleets()
    if len(fleets) != 1:
        raise Invalid("fleet_needed", f"name the fleet with --fleet; there are {len(fleets)}")
    return fleets[0].id


def _password(options: argparse.Namespace) -> tuple[str, bool]:
    """Return the password and whether it was made here."""
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif os.environ.get("RELEVO_PASSWORD"):
        password = os.environ["RELEVO_PASSWORD"]
    elif sys.stdin.isatty() and not options.json:
        password = getpass.getpass("Password (empty to have one made): ")
    else:
        password = ""
    if not password:
        return secrets.token_urlsafe(12), True
    from server import passwords  # noqa: PLC0415

    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise Invalid(
            "weak_password", f"a password has {passwords.MIN_LENGTH} to {passwords.MAX_LENGTH} characters"
        )
    return password, False


def _group(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help_text: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    parser = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, help_text: str, work: Work
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
    add_record_options(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=lambda options: _run(options, work))
    return parser


def _run(options: argparse.Namespace, work: Work) -> int:
    async def with_record() -> tuple[Answer, str]:
        async with open_record(options) as stores:
            return await work(options, stores.people)

    answer, sentence = asyncio.run(with_record())
    print(json.dumps(answer) if options.json else sentence)
    return 0
