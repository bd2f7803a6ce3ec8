"""A small invented world for the tracker's tests: one fleet, one courier, metres around a home place."""

import itertools
from collections.abc import Iterable, Sequence

from domain.courier import Courier, ShiftState, Vehicle
from domain.events import FenceCorrected, FenceCrossed
from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId, OrderId, ZoneId
from domain.order import Order, OrderPlace, OrderStatus
from domain.ports import PingBatch
from domain.position import Fix
from domain.zone import Circle, Zone
from tracker.order_fences import OrderFences
from tracker.pipeline import Pipeline, Processed
from tracker.settings import TrackerSettings

HOME = LonLat(-99.17, 19.41)
FLEET = FleetId("condesa")
ANA = CourierId("c_ana")
PHONE = DeviceId("phone")
START_MS = 1_790_000_000_000


def courier(shift: ShiftState = ShiftState.ON, courier_id: CourierId = ANA) -> Courier:
    return Courier(
        id=courier_id,
        fleet=FLEET,
        name="Ana",
        vehicle=Vehicle.BICYCLE,
        shift=shift,
        shift_started_at_ms=START_MS if shift is ShiftState.ON else None,
    )


def zone(x: float, y: float, radius_m: float, name: str = "z1", dwell_s: int | None = None) -> Zone:
    shape = Circle(center=moved(HOME, x, y), radius_m=radius_m)
    return Zone(id=ZoneId(name), fleet=FLEET, name=name, shape=shape, dwell_s=dwell_s)


def order(
    pickup: tuple[float, float],
    dropoff: tuple[float, float],
    status: OrderStatus = OrderStatus.ASSIGNED,
    name: str = "o1",
) -> Order:
    return Order(
        id=OrderId(name),
        fleet=FLEET,
        status=status,
        pickup=OrderPlace(at=moved(HOME, *pickup)),
        dropoff=OrderPlace(at=moved(HOME, *dropoff)),
        placed_at_ms=START_MS,
        courier_id=ANA,
    )


def fix(at_s: float, x: float, y: float, accuracy_m: float | None = 6.0, **more: float) -> Fix:
    place = moved(HOME, x, y)
    return Fix(START_MS + int(at_s * 1000), place.lon, place.lat, accuracy_m, **more)


def ride(
    way: Sequence[tuple[float, float, float]], step_s: float = 5.0, accuracy_m: float = 6.0
) -> list[Fix]:
    """Fixes along a way of (seconds, x, y) corners, straight and even between them."""
    fixes = []
    for (t0, x0, y0), (t1, x1, y1) in itertools.pairwise(way):
        count = max(1, round((t1 - t0) / step_s))
        for step in range(count):
            share = step / count
            fixes.append(
                fix(t0 + share * (t1 - t0), x0 + share * (x1 - x0), y0 + share * (y1 - y0), accuracy_m)
            )
    fixes.append(fix(*way[-1], accuracy_m))
    return fixes


class World:
    """A pipeline with one courier on shift, fed frame by frame."""

    def __init__(self, *, zones: Iterable[Zone] = (), settings: TrackerSettings | None = None) -> None:
        self.settings = settings or TrackerSettings()
        self.pipeline = Pipeline(FLEET, self.settings)
        self.state = self.pipeline.put_courier(courier(), START_MS)
        for item in zones:
            self.pipeline.engine.zones.put(item)
        self.fences = OrderFences(self.pipeline, lambda _: self.settings.fences.arrival_radius_m, 7_200_000)
        self.events: list[FenceCrossed] = []
        self.corrections: list[FenceCorrected] = []
        self.seq = 0
        self.now_ms = START_MS

    def send(self, *fixes: Fix, delay_s: float = 0.5, device: DeviceId = PHONE) -> Processed:
        """One frame that arrives shortly after its newest fix, never before an earlier frame."""
        self.now_ms = max(self.now_ms, max(fix.fix_at_ms for fix in fixes) + int(delay_s * 1000))
        return self.send_at(self.now_ms, *fixes, device=device)

    def send_at(self, at_ms: int, *fixes: Fix, device: DeviceId = PHONE) -> Processed:
        self.now_ms = max(self.now_ms, at_ms)
        self.seq += 1
        batch = PingBatch(
            fleet=FLEET,
            courier_id=ANA,
            device=device,
            seq=self.seq,
            fixes=fixes,
            indexes=tuple(range(len(fixes))),
            received_at_ms=at_ms,
        )
        done = self.pipeline.process(batch, at_ms)
        self._heard(done.events)
        return done

    def send_each(self, fixes: Iterable[Fix]) -> None:
        for item in fixes:
            self.send(item)

    def wait(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1000)
        self._heard(self.pipeline.settle(self.now_ms))

    def _heard(self, news: Iterable[FenceCrossed | FenceCorrected]) -> None:
        for event in news:
            if isinstance(event, FenceCorrected):
                self.corrections.append(event)
            else:
                self.events.append(event)

    def account(self) -> list[tuple[str, str, int, float]]:
        """What holds after all corrections, as ``told`` has it, in event-time order."""
        return account([*self.events, *self.corrections])

    def told(self) -> list[tuple[str, str, int, float]]:
        """(place, kind, visit, event second) of every event so far."""
        return [
            (str(e.stop_id or e.zone_id), str(e.kind), e.visit, (e.at_ms - START_MS) / 1000)
            for e in self.events
        ]


def account(news: Iterable[FenceCrossed | FenceCorrected]) -> list[tuple[str, str, int, float]]:
    """(place, kind, visit, event second) of everything told that still holds."""
    news = list(news)
    replaced = {event.corrects for event in news if isinstance(event, FenceCorrected)}
    holds = [
        event
        for event in news
        if event.id not in replaced and not (isinstance(event, FenceCorrected) and event.retracted)
    ]
    return sorted(
        ((str(e.stop_id or e.zone_id), str(e.kind), e.visit, (e.at_ms - START_MS) / 1000) for e in holds),
        key=lambda row: (row[3], row),
    )
