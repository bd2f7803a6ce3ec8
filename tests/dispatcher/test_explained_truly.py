"""Explanations are true: who really has it, who said what, who was not there, and what counted."""

import msgspec
import pytest

from dispatcher import words
from dispatcher.settings import DispatchSettings
from domain.courier import ShiftState
from domain.order import TimeWindow
from domain.position import Presence
from tests.dispatcher.desk_world import World


async def texts(world, order_id):
    return [(await world.desk.explanation(order_id, language))["text"] for language in ("en", "es")]


async def test_somebody_a_person_took_out_is_not_said_to_have_declined(world):
    ana = await world.courier("ana", 100)
    order_id = await world.place()
    await world.desk.exclude(order_id, ana, excluded=True, actor="user:u_1")
    english, spanish = await texts(world, order_id)
    assert english == "Nobody is left to ask. A person decided that Ana does not take it."
    assert spanish == "Ya no queda a quién preguntarle. Alguien decidió que Ana no lo lleve."


async def test_silence_and_a_no_are_told_apart(world):
    ana = await world.courier("ana", 100)
    silent = await world.place()
    await world.advance(70)
    assert "Ana no contestó." in (await texts(world, silent))[1]
    world.ping(ana, 100)
    declined = await world.place(pickup=(-300.0, 0.0))
    (offer,) = world.desk.offers(ana)
    await world.desk.reply(ana, offer.offer_id, accept=False)
    await world.settle()
    assert "Ana dijo que no." in (await texts(world, declined))[1]


async def test_breaks_lost_contact_and_short_shifts_are_named(world):
    for name in ("ana", "caro", "dani"):
        await world.courier(name, 100)
    await world.courier("beto", 900)
    await world.desk.set_shift("c_ana", "break")
    world.ping("c_caro", 100, presence=Presence.OFFLINE)
    await world.desk.set_shift("c_dani", ShiftState.ON, ends_at_ms=world.clock.now_ms() + 120_000)
    order_id = await world.place()
    doc = await world.desk.explanation(order_id, "en")
    assert "Ana is on a break. Caro is out of contact." in doc["text"]
    assert "Dani finishes too early to deliver it." in doc["text"]
    assert doc["looked_at"] == 1
    because = {out["name"]: (out["rule"], out["because"]) for out in doc["excluded"]}
    assert because["Ana"] == ("unavailable", "on_break")
    assert because["Dani"] == ("shift_end", None)


async def test_who_cannot_be_there_in_its_time_is_named(world):
    await world.courier("ana", 3000)
    soon = TimeWindow(latest_at_ms=world.clock.now_ms() + 240_000)
    order_id = await world.place(dropoff_fields={"window": soon})
    assert "Ana no llegaría a tiempo." in (await texts(world, order_id))[1]


async def test_after_a_hand_over_it_says_who_has_it_now_and_who_had_it(world):
    ana, beto = await world.courier("ana", 0), await world.courier("beto", 1000)
    order_id = await world.accepted(ana)
    await world.act(ana, order_id, "picked_up")
    await world.desk.hand_over(order_id, beto, actor="user:u_1")
    await world.settle()
    english, spanish = await texts(world, order_id)
    assert english == "A person gave this order to Beto. Ana had it and takes it no further."
    assert spanish == "Una persona le dio este pedido a Beto. Ana lo traía y ya no lo lleva."


async def test_with_a_broadcast_the_first_yes_is_who_is_explained():
    world = World(DispatchSettings(improve_s=0.05, offer_broadcast=3))
    await world.start()
    try:
        await world.courier("ana", 100)
        beto = await world.courier("beto", 900)
        order_id = await world.place()
        (offer,) = world.desk.offers(beto)
        assert "se lo lleva quien diga que sí primero" in offer.why["words"]["es-MX"]
        await world.accept(beto)
        doc = await world.desk.explanation(order_id, "en")
        assert doc["courier"]["courier_id"] == beto
        assert doc["text"].startswith("This order goes to Beto.")
        assert words.TOGETHER["en"] not in doc["text"]
    finally:
        await world.stop()
        world.planner.close()


async def test_a_choice_by_hand_names_whom_the_plan_had_chosen(world):
    await world.courier("ana", 100)
    beto = await world.courier("beto", 1500)
    order_id = await world.place()
    await world.desk.assign(order_id, beto, pin=True, actor="user:u_1")
    english, _ = await texts(world, order_id)
    assert "With Ana it would be" in english
    assert "The plan would have chosen Ana." in english
    assert "Nobody else" not in english


async def test_an_order_somebody_had_accepted_is_given_to_another_without_wrong_blame(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 1500)
    order_id = await world.accepted(ana)
    await world.desk.assign(order_id, beto, pin=True, actor="user:u_1")
    english, _ = await texts(world, order_id)
    assert english.startswith("A person gave this order to Beto.")
    assert "somebody else" not in english
    assert "Nobody else" not in english


async def test_an_offer_of_two_orders_says_so_once(world):
    ready = {"ready_at_ms": world.clock.now_ms() + 20 * 60_000}
    for metres in (2000.0, 2100.0):
        await world.place(pickup_fields=ready, dropoff=(metres, 0.0))
    ana = await world.courier("ana", 100)
    await world.until_asked(ana)
    (offer,) = world.desk.offers(ana)
    assert len(offer.order_ids) == 2
    assert offer.why["words"]["es-MX"].startswith("Son 2 pedidos que van juntos; en total se suman")


async def test_what_is_only_planned_says_that_nobody_was_asked(world):
    await world.courier("ana", 100)
    order_id = await world.place(
        pickup_fields={"ready_at_ms": world.clock.now_ms() + 30 * 60_000}, priority=2
    )
    english, _ = await texts(world, order_id)
    assert "Nobody was asked yet, so it may still change." in english
    assert "It has priority" in english


async def test_an_order_for_tomorrow_says_when(world):
    await world.courier("ana", 100)
    order_id = await world.place(pickup_fields={"ready_at_ms": world.clock.now_ms() + 24 * 3_600_000})
    english, spanish = await texts(world, order_id)
    assert english == "It is too early: its pickup is tomorrow at 02:00."
    assert spanish == "Todavía es temprano: se recoge mañana a las 02:00."


async def test_paid_work_that_counted_is_told():
    usual = DispatchSettings(improve_s=0.05)
    strong = msgspec.structs.replace(usual.planner, fairness=20.0)
    world = World(msgspec.structs.replace(usual, planner=strong))
    await world.start()
    try:
        ana = await world.courier("ana", 100)
        await world.courier("beto", 700)
        done = await world.place()
        await world.desk.assign(done, ana, pin=True, actor="user:u_1")
        await world.act(ana, done, "picked_up")
        await world.advance(1800, step=30)
        await world.act(ana, done, "delivered")
        world.ping("c_ana", 100)
        world.ping("c_beto", 700)
        await world.settle()
        _, spanish = await texts(world, await world.place())
        assert "Este pedido le toca a Beto." in spanish
        assert "Hoy Beto lleva 15 minutos menos de trabajo que los demás; eso también contó." in spanish
    finally:
        await world.stop()
        world.planner.close()


@pytest.mark.parametrize(
    ("minutes", "told"), [(0.2, "menos de un minuto"), (1, "1 minuto"), (498, "unas 8 horas")]
)
def test_long_sums_are_told_in_hours(minutes, told):
    assert told in words.chosen("es-MX", "Ana", minutes, by_hand=False)


def test_vehicles_are_named_in_words():
    told = words.forbidden("en", "Tepito", pickup=False, vehicles=["cargo_bike", "car"])
    assert told == "The drop-off is inside the zone “Tepito”, where cargo bikes and cars may not go."
