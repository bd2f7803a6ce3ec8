"""Why a courier is not seen, as codes a page can translate."""

import pytest

from domain.courier import Courier, ShiftState
from domain.ids import CourierId, FleetId
from domain.position import Presence
from tracker.diagnosis import diagnose
from tracker.ingest.claim import Result
from tracker.pipeline import Pipeline
from tracker.sentences import LANGUAGES, sentence
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


def test_a_phone_that_saves_power_is_said_in_words_with_its_pace():
    state = courier(contact_ms=NOW_MS, newest_fix_ms=NOW_MS, power_saver_since_ms=NOW_MS - 720_000)
    says = diagnose(state, Presence.ONLINE, NOW_MS, 1.0, SETTINGS).says
    assert says == {
        "en": "The phone has been saving power for 12 min.",
        "es-MX": "El teléfono lleva 12 min ahorrando batería.",
    }
    assert sentence(("power_saver",), "en", saving_s=720, every_s=300).endswith("positions come every 5 min.")


def test_every_cause_has_words_in_both_languages():
    codes = [
        "off_shift",
        "on_break",
        "link_refused",
        "never_connected",
        "no_contact",
        "no_fix",
        "old_fixes",
        "battery_low",
    ]
    codes += [f"refused_{result}" for result in Result]
    for code in codes:
        texts = {sentence((code,), language, contact_age_s=1, fix_age_s=1) for language in LANGUAGES}
        assert len(texts) == 2
        assert not any("{" in text for text in texts)


@pytest.mark.parametrize(
    "result", sorted(set(Result) - {Result.ACCEPTED, Result.HEARTBEAT, Result.DUPLICATE})
)
def test_no_reason_is_shown_as_a_bare_code(result):
    for language in LANGUAGES:
        assert "refused_" not in sentence((f"refused_{result}",), language)


def test_where_refusals_tell_why_there_is_no_position_the_gps_is_not_suspected():
    says = sentence(("no_fix", "refused_future"), "en")
    assert says.startswith(
        "The phone is in contact, but none of its positions could be used yet. The phone's clock"
    )
    assert "GPS may be off" in sentence(("no_fix",), "en")


def test_off_shift_is_said_once():
    assert sentence(("off_shift", "refused_off_shift"), "en") == "Off shift, so positions are not taken."


def test_nothing_is_still_arriving_from_a_phone_that_is_silent():
    says = sentence(("no_contact", "refused_late"), "en", contact_age_s=35)
    assert says == "Nothing heard from the phone for 35 s."


def test_when_all_is_well_it_says_so():
    assert sentence((), "es-MX") == "Todo bien."
