"""The run: enrol, stream, kill and restart round after round, let everything settle, judge."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import aiohttp
import msgspec

from bench.faults.errands import Errands, Findings
from bench.faults.ledger import Ledger, Verdict, read_record
from bench.faults.phone import Phone
from bench.faults.postgres import Postgres
from bench.faults.process import ServerProcess
from bench.faults.shop import Shop
from bench.faults.victims import FAULTS, WEIGHTS
from bench.faults.way import ROUND_MS
from domain.ids import FleetId
from storage.keys import STREAM_START
from storage.redis_live import RedisLive

FLEET = FleetId("faults")
SETTLE_TIMEOUT_S = 90.0


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """How hard to try.

    Attributes:
        period_s: between a phone's frames.
        errands: so many couriers carry an order that only fences move.
        pause_s: before each kill.
    """

    rounds: int = 50
    couriers: int = 200
    period_s: float = 1.0
    orders_max: int = 40
    seed: int = 1
    errands: int = 0
    pause_s: tuple[float, float] = (0.3, 2.5)
    victims: Mapping[str, int] = msgspec.field(default_factory=lambda: dict(WEIGHTS))


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One kill: the victim, how long the server took to start, and how long until every phone streamed again.

    ``recovered_s`` counts from the kill until each phone's frames from before are acknowledged and one made
    after the restart, too; it includes the wait for a phone's next frame.
    """

    victim: str
    ready_s: float
    recovered_s: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found."""

    rounds: list[Round]
    verdict: Verdict
    findings: Findings
    frames: int
    reconnects: int
    errors: dict[str, int]
    refusals: dict[str, int]


async def run(
    params: Params, folder: Path, tell: Callable[[str], None], postgres: Postgres | None = None
) -> Result:
    """Run all rounds with a fresh data dir in ``folder``; the record is in ``postgres`` when given."""
    server = ServerProcess(folder / "data", postgres)
    try:
        await server.start()
        return await _Run(params, server, tell).all()
    finally:
        await server.clean_up()


class _Run:
    def __init__(self, params: Params, server: ServerProcess, tell: Callable[[str], None]) -> None:
        self._params = params
        self._server = server
        self._tell = tell
        self._rng = random.Random(params.seed)
        self._ledger = Ledger()

    async def all(self) -> Result:
        phones, shop, errands = await self._enrol()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(shop.run())
            for phone in phones:
                tasks.create_task(phone.run())
            await asyncio.gather(*(phone.on_shift.wait() for phone in phones))
            await errands.begin()
            listener = tasks.create_task(errands.listen())
            rounds = []
            for number in range(1, self._params.rounds + 1):
                rounds.append(await self._round(phones))
                self._tell(f"{number:3d}  {_line(rounds[-1])}  {self._ledger.fixes_acknowledged():8d}")
            shop.close()
            await errands.done(2.5 * ROUND_MS / 1000.0)
            for phone in phones:
                phone.stop_riding()
            listener.cancel()
        findings = await errands.judge()
        for line in errands.incomplete:
            self._tell(f"incomplete: {line}")
        await self._archived()
        await self._server.terminate()
        return Result(
            rounds=rounds,
            verdict=self._ledger.judge(await read_record(self._server.database_url)),
            findings=findings,
            frames=len(self._ledger.acknowledged),
            reconnects=sum(phone.reconnects for phone in phones),
            errors={code: count for code, count in self._ledger.errors.items() if count},
            refusals=dict(self._ledger.refusals()),
        )

    async def _enrol(self) -> tuple[list[Phone], Shop, Errands]:
        admin, url = self._server.admin, self._server.url
        place = ("--lon=-99.17", "--lat=19.41", "--tz=America/Mexico_City")
        await admin("fleet", "add", FLEET, "--name=Faults", *place)
        owner = (await admin("token", "create", "--role=owner", f"--fleet={FLEET}"))["token"]
        shop_token = (await admin("token", "create", "--role=shop", f"--fleet={FLEET}"))["token"]
        phones = []
        headers = {"Authorization": f"Bearer {owner}"}
        async with aiohttp.ClientSession(url, headers=headers, raise_for_status=True) as rest:
            for number in range(self._params.couriers):
                async with rest.post("/api/v1/couriers", json={"name": f"Courier {number}"}) as reply:
                    courier_id = (await reply.json())["id"]
                async with rest.post(f"/api/v1/couriers/{courier_id}/token", json={}) as reply:
                    token = (await reply.json())["token"]
                rng = random.Random(self._rng.random())
                address = url.replace("http", "ws", 1)
                phones.append(Phone(address, courier_id, token, self._ledger, rng, self._params.period_s))
        rng = random.Random(self._rng.random())
        errands = Errands(url, owner, FLEET, phones[: self._params.errands], self._ledger)
        return phones, Shop(url, shop_token, self._ledger, rng, 1.0, self._params.orders_max), errands

    async def _round(self, phones: list[Phone]) -> Round:
        await asyncio.sleep(self._rng.uniform(*self._params.pause_s))
        victims = self._params.victims
        victim = self._rng.choices(list(victims), weights=list(victims.values()))[0]
        began_s = time.monotonic()
        ready_s = await FAULTS[victim](self._server, self._rng)
        async with asyncio.timeout(SETTLE_TIMEOUT_S), asyncio.TaskGroup() as tasks:
            for phone in phones:
                tasks.create_task(phone.streams_again(time.monotonic()))
        return Round(victim=victim, ready_s=ready_s, recovered_s=time.monotonic() - began_s)

    async def _archived(self) -> None:
        """Return once the positions stream is empty."""
        live = RedisLive(f"unix://{self._server.data_dir.resolve()}/redis/redis.sock")
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while (await live.read_points(FLEET, STREAM_START, 1))[1]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        await live.close()


def _line(done: Round) -> str:
    return f"{done.victim:18s}  {done.ready_s:7.2f}  {done.recovered_s:9.2f}"
