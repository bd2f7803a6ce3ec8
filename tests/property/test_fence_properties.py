"""What must hold for every ride: alternation, independence of order, and no gain from worse accuracy."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.courier import Courier, ShiftState
from domain.events import FenceCorrected
from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId, StopId, ZoneId
from domain.ports import PingBatch
from domain.position import Fix
from domain.zone import Circle, FenceEventKind, OrderFence, Zone
from tracker.geofence.fence import Fence, stop_fence, zone_fence
from tracker.geofence.transitions import Evidence, FenceState, Transition, blind, step
from tracker.pipeline import Pipeline
from tracker.settings import FenceSettings, FilterSettings, TrackerSettings

HOME = LonLat(-99.17, 19.41)
FLEET, ANA, PHONE = FleetId("f"), CourierId("c"), DeviceId("d")
START_MS = 1_790_000_000_000
LIMITS = FenceSettings()

# A ride as legs of (seconds, metres east, metres north, accuracy): anything from standing to leaping.
Legs = list[tuple[int, int, int, int]]
legs = st.lists(
    st.tuples(
        st.integers(1, 40), st.integers(-120, 120), st.integers(-60, 60), st.sampled_from([4, 10, 25, 60])
    ),
    min_size=2,
    max_size=40,
)


def fixes_of(ride: Legs) -> list[Fix]:
    at_ms, x, y, fixes = START_MS, -150.0, 0.0, []
    for seconds, east, north, accuracy in ride:
        at_ms, x, y = at_ms + seconds * 1000, x + east, y + north
        place = moved(HOME, x, y)
        fixes.append(Fix(at_ms, place.lon, place.lat, float(accuracy)))
    return fixes


def zone(x: float, radius_m: float, name: str) -> Zone:
    return Zone(
        id=ZoneId(name),
        fleet=FLEET,
        name=name,
        shape=Circle(center=moved(HOME, x, 0), radius_m=radius_m),
        dwell_s=60,
    )


def pipeline() -> Pipeline:
    made = Pipeline(FLEET, TrackerSettings(filters=FilterSettings(live_age_s=86_400)))
    made.put_courier(Courier(id=ANA, fleet=FLEET, name="Ana", shift=ShiftState.ON), START_MS)
    for item in (zone(0, 70, "z1"), zone(100, 150, "z2"), zone(-400, 300, "z3")):
        made.engine.zones.put(item)
    stop = OrderFence(stop_id=StopId("o1.pickup"), courier_id=ANA, center=HOME, radius_m=70)
    made.engine.stops[ANA] = {"stop:o1.pickup": stop_fence(stop, START_MS)}
    return made


def account_of(fixes: Sequence[Fix], order: Sequence[int]) -> list[tuple[str, str, int, int]]:
    """What holds in the end of all that was told, fixes arriving one by one in this order, each in time."""
    made = pipeline()
    holds: dict[str, tuple[str, str, int, int]] = {}
    told = []
    now_ms = START_MS
    for seq, n in enumerate(order, start=1):
        now_ms = max(now_ms, fixes[n].fix_at_ms)
        batch = PingBatch(
            fleet=FLEET, courier_id=ANA, device=PHONE, seq=seq, fixes=(fixes[n],), indexes=(0,),
            received_at_ms=now_ms,
        )  # fmt: skip
        told += made.process(batch, now_ms).events
    told += made.settle(now_ms + 10_000_000)
    for event in told:
        assert event.id not in holds
        if isinstance(event, FenceCorrected):
            was = holds.pop(event.corrects)
            assert was[3] == event.was_at_ms
            if event.retracted:
                continue
        holds[event.id] = (str(event.zone_id or event.stop_id), str(event.kind), event.visit, event.at_ms)
    return sorted(holds.values())


def events_of(frames: Sequence[Sequence[Fix]], *, disorder: bool) -> list[tuple[str, str, int, str]]:
    """Events of all frames; with ``disorder`` the tracker knows from the start that fixes come disordered."""
    made = pipeline()
    events = []
    now_ms = START_MS + 10_000_000
    if disorder:
        made.state.couriers[ANA].timeline.expect_disorder()
    for seq, frame in enumerate(frames, start=1):
        batch = PingBatch(
            fleet=FLEET,
            courier_id=ANA,
            device=PHONE,
            seq=seq,
            fixes=tuple(frame),
            indexes=tuple(range(len(frame))),
            received_at_ms=now_ms,
        )
        events += made.process(batch, now_ms).events
    events += made.settle(now_ms + 10_000_000)
    return [
        (str(e.zone_id or e.stop_id), str(e.kind), e.at_ms, e.id)
        for e in events
        if not isinstance(e, FenceCorrected)
    ]


@settings(max_examples=60, deadline=None)
@given(legs)
def test_entered_and_exited_alternate_per_fence(ride):
    events = events_of([[fix] for fix in fixes_of(ride)], disorder=False)
    for fence in {event[0] for event in events}:
        kinds = [kind for name, kind, _, _ in events if name == fence and kind in ("entered", "exited")]
        assert kinds == ["entered", "exited"] * (len(kinds) // 2) + ["entered"] * (len(kinds) % 2)


@settings(max_examples=60, deadline=None)
@given(legs)
def test_every_event_has_an_id_of_its_own(ride):
    ids = [event[3] for event in events_of([[fix] for fix in fixes_of(ride)], disorder=False)]
    assert len(ids) == len(set(ids))


@settings(max_examples=150, deadline=None)
@given(legs, st.data())
def test_permuting_arrivals_inside_the_window_changes_nothing(ride, data):
    fixes = fixes_of(ride)
    delays = data.draw(st.lists(st.integers(0, 119), min_size=len(fixes), max_size=len(fixes)))
    order = sorted(range(len(fixes)), key=lambda n: (fixes[n].fix_at_ms + delays[n] * 1000, n))
    in_order = events_of([[fix] for fix in fixes], disorder=True)
    assert sorted(events_of([[fixes[n]] for n in order], disorder=True)) == sorted(in_order)


@settings(max_examples=300, deadline=None)
@given(legs, st.data())
def test_any_order_inside_the_window_ends_with_the_same_account_of_events_and_corrections(ride, data):
    fixes = fixes_of(ride)
    delays = data.draw(st.lists(st.integers(0, 119), min_size=len(fixes), max_size=len(fixes)))
    order = sorted(range(len(fixes)), key=lambda n: (fixes[n].fix_at_ms + delays[n] * 1000, n))
    assert account_of(fixes, order) == account_of(fixes, range(len(fixes)))


@settings(max_examples=60, deadline=None)
@given(legs, st.randoms(use_true_random=False))
def test_the_order_within_a_frame_changes_nothing(ride, rng):
    fixes = fixes_of(ride)
    mixed = list(fixes)
    rng.shuffle(mixed)
    assert events_of([mixed], disorder=False) == events_of([fixes], disorder=False)


@settings(max_examples=60, deadline=None)
@given(legs, st.data())
def test_sending_everything_twice_changes_nothing(ride, data):
    fixes = fixes_of(ride)
    twice = [*fixes, *data.draw(st.permutations(fixes))]
    assert events_of([[fix] for fix in twice], disorder=False) == events_of(
        [[fix] for fix in fixes], disorder=False
    )


@settings(max_examples=60, deadline=None)
@given(legs, st.randoms(use_true_random=False))
def test_whatever_the_order_of_arrival_entered_and_exited_alternate(ride, rng):
    fixes = fixes_of(ride)
    rng.shuffle(fixes)
    events = events_of([[fix] for fix in fixes], disorder=False)
    kinds = [kind for name, kind, _, _ in events if name == "o1.pickup" and kind != "crossed"]
    assert kinds == ["entered", "exited"] * (len(kinds) // 2) + ["entered"] * (len(kinds) % 2)


# --- one fence, evidence by evidence ---------------------------------------------------------------


def transitions(fence: Fence, ride: Legs, worse: Sequence[int]) -> list[Transition]:
    """Return what a fence notices when accuracies are worse by some metres; over 65 m is no evidence."""
    state: FenceState | None = None
    before: Evidence | None = None
    seen = []
    for fix, more in zip(fixes_of(ride), worse, strict=True):
        accuracy = (fix.accuracy_m or 0) + more
        if accuracy > 65:
            state = None if state is None else blind(state)
            continue
        now = Evidence(fix.fix_at_ms, fix.lon or 0, fix.lat or 0, accuracy, slow=False, before=before)
        distance = fence.shape.signed_distance_m(now.lon, now.lat)
        state, transition = step(fence, state, now, distance, LIMITS)
        before = now
        if transition is not None:
            seen.append(transition)
    return seen


@settings(max_examples=300)
@given(legs, st.booleans(), st.data())
def test_worse_accuracy_never_adds_a_visit(ride, at_stop, data):
    stop = OrderFence(stop_id=StopId("s"), courier_id=ANA, center=HOME, radius_m=70)
    fence = stop_fence(stop, START_MS) if at_stop else zone_fence(zone(0, 70, "z"))
    worse = data.draw(st.lists(st.sampled_from([0, 0, 5, 30, 90]), min_size=len(ride), max_size=len(ride)))
    good = transitions(fence, ride, [0] * len(ride))
    bad = transitions(fence, ride, worse)
    for kind in (FenceEventKind.ENTERED, FenceEventKind.EXITED):
        assert sum(t.kind is kind for t in bad) <= sum(t.kind is kind for t in good)
