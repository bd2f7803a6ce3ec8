"""Whatever a phone claims, a position is a place on Earth and nothing raises."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.courier import Courier, ShiftState
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import PingBatch
from domain.position import Fix
from tracker.pipeline import Pipeline
from tracker.settings import TrackerSettings

FLEET, ANA = FleetId("f"), CourierId("c")
START_MS = 1_790_000_000_000
anything = st.none() | st.floats() | st.integers(-(2**53), 2**53).map(float)
fixes = st.builds(
    Fix,
    st.integers(-(2**53), 2**53) | st.integers(START_MS - 600_000, START_MS + 60_000),
    anything | st.floats(-180, 180) | st.sampled_from([180.0, -180.0, 179.9999]),
    anything | st.floats(-90, 90) | st.sampled_from([90.0, -90.0, 85.06]),
    anything | st.floats(1, 60),
    anything,
    anything,
    anything,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(fixes, min_size=1, max_size=30))
def test_any_claim_is_survived_and_every_position_is_a_place(claims):
    made = Pipeline(FLEET, TrackerSettings())
    made.put_courier(Courier(id=ANA, fleet=FLEET, name="Ana", shift=ShiftState.ON), START_MS)
    for seq, fix in enumerate(claims, start=1):
        batch = PingBatch(
            fleet=FLEET,
            courier_id=ANA,
            device=DeviceId("d"),
            seq=seq,
            fixes=(fix,),
            indexes=(0,),
            received_at_ms=START_MS,
        )
        done = made.process(batch, START_MS)
        assert sum(done.counts.values()) == 1
        if done.position is not None:
            assert done.position.at.is_valid()
            assert 0 <= done.position.accuracy_m < math.inf
        for point in done.points:
            assert -180 <= point.lon <= 180
            assert -90 <= point.lat <= 90
