"""Why a courier is not seen, as codes a page can translate."""

import pytest

from domain.courier import Courier, ShiftState
from domain.ids import CourierId, FleetId
from domain.position import Presence
from tracker.diagnosis import diagnose
from tracker.ingest.claim import Result
from tracker.pipeline import Pipeline
from tracker.settings import TrackerSettings

NOW_MS = 1_800_000_000_000
SETTINGS = TrackerSettings()


def courier(shift=ShiftState.ON, **facts):
    pipeline = Pipeline(FleetId("f"), SETTINGS)
    record = Courier(id=CourierId("c"), fleet=FleetId("f"), name="Ana", shift=shift)
    state = pipeline.put_courier(record, NOW_MS)
    for name, value in facts.items():
        setattr(state, name, value)
    return state


def causes(state, presence=Presence.ONLINE):
    return diagnose(state, presence, NOW_MS, 1.0, SETTINGS).causes


@pytest.mark.parametrize(
    ("facts", "presence", "expected"),
    [
        ({}, Presence.OFFLINE, ("never_connected",)),
        ({"shift": ShiftState.BREAK}, Presence.OFFLINE, ("on_break", "never_connected")),
        ({"contact_ms": NOW_MS - 300_000}, Presence.OFFLINE, ("no_contact",)),
        ({"contact_ms": NOW_MS}, Presence.ONLINE, ("no_fix",)),
        ({"contact_ms": NOW_MS, "newest_fix_ms": NOW_MS - 90_000}, Presence.ONLINE, ("old_fixes",)),
        ({"contact_ms": NOW_MS, "newest_fix_ms": NOW_MS}, Presence.ONLINE, ()),
        (
            {"contact_ms": NOW_MS, "newest_fix_ms": NOW_MS, "battery_pct": 9.0},
            Presence.ONLINE,
            ("battery_low",),
        ),
    ],
)
def test_each_state_of_a_phone_has_its_cause(facts, presence, expected):
    assert causes(courier(**facts), presence) == expected


def test_recent_refusals_are_causes_the_newest_first_and_old_ones_are_not():
    state = courier(contact_ms=NOW_MS, newest_fix_ms=NOW_MS)
    state.last_result_ms.update(
        {
            Result.VAGUE: NOW_MS - 2000,
            Result.FUTURE: NOW_MS - 1000,
            Result.IMPOSSIBLE_SPEED: NOW_MS - 500_000,
            Result.ACCEPTED: NOW_MS,
        }
    )
    assert causes(state) == ("refused_future", "refused_vague")
