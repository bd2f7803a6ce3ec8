"""Every decision says why: what it cost, who came next, who was out of the question and by which rule."""

import asyncio

import pytest

from domain.errors import NotFound


async def test_an_offer_says_what_it_costs_who_came_next_and_who_was_out_of_the_question(world):
    ana = await world.courier("ana lopez", 100)
    await world.courier("beto", 1500)
    await world.courier("caro", 2500)
    tired = await world.courier("dani", 50)
    await world.desk.set_shift(tired, "break")
    order_id = await world.place()
    (offer,) = world.desk.offers(ana)
    why = offer.why
    assert why["courier"] == {"courier_id": ana, "name": "Ana"}
    assert [option["name"] for option in why["alternatives"]] == ["Beto", "Caro"]
    costs = [why["cost_min"], *(option["cost_min"] for option in why["alternatives"])]
    assert costs == sorted(costs)
    assert why["alternatives"][0]["extra_min"] == pytest.approx(costs[1] - costs[0], abs=0.01)
    assert why["looked_at"] == 3
    assert "goes to Ana" in why["words"]["en"]
    assert "le toca a Ana" in why["words"]["es-MX"]
    assert "Beto" in why["words"]["en"]
    assert order_id == why["order_id"]


async def test_the_explanation_is_kept_with_the_assignment_in_the_readers_language(world):
    ana = await world.courier("ana", 100)
    order_id = await world.accepted(ana)
    english = await world.desk.explanation(order_id, "en")
    spanish = await world.desk.explanation(order_id, "es")
    assert english["courier"]["courier_id"] == ana
    assert english["text"].startswith("This order goes to Ana.")
    assert spanish["text"].startswith("Este pedido le toca a Ana.")
    await world.act(ana, order_id, "delivered")
    assert (await world.desk.explanation(order_id, "en"))["text"] == english["text"]


async def test_who_said_no_is_named_with_that_rule(world):
    ana, beto = await world.courier("ana", 100), await world.courier("beto", 900)
    order_id = await world.place()
    (offer,) = world.desk.offers(ana)
    await world.desk.reply(ana, offer.offer_id, accept=False)
    await world.settle()
    (offer,) = world.desk.offers(beto)
    assert [(out["name"], out["rule"]) for out in offer.why["excluded"]] == [("Ana", "excluded")]
    assert "Ana said no" in offer.why["words"]["en"]
    assert (await world.desk.explanation(order_id, "en"))["courier"]["courier_id"] == beto


async def test_an_order_that_waits_says_why(world):
    order_id = await world.place(requires=frozenset({"cold"}))
    assert (await world.desk.explanation(order_id, "en"))["text"].startswith("No courier is on shift")
    await world.courier("ana", 100)
    doc = await world.desk.explanation(order_id, "es-MX")
    assert doc["reason"] == "skills"
    assert doc["text"].startswith("Nadie en turno trae lo que necesita.")
    assert [out["rule"] for out in doc["excluded"]] == ["skills"]


async def test_a_choice_by_hand_is_told_apart_and_keeps_what_the_planner_would_have_done(world):
    await world.courier("ana", 100)
    beto = await world.courier("beto", 1500)
    order_id = await world.place()
    await world.desk.assign(order_id, beto, pin=True, actor="user:u_1")
    doc = await world.desk.explanation(order_id, "en")
    assert (doc["kind"], doc["decided_by"]) == ("by_hand", "user:u_1")
    assert doc["courier"]["courier_id"] == beto
    assert doc["text"].startswith("A person gave this order to Beto.")
    assert doc["cost_min"] is not None


async def test_nothing_is_explained_about_an_unknown_order(world):
    with pytest.raises(NotFound) as unknown:
        await world.desk.explanation("o_none", "en")
    assert unknown.value.code == "no_explanation"


async def test_an_order_that_a_better_plan_moved_says_from_whom_and_what_that_saves(world):
    await world.courier("ana", 1500)
    soon_ms = world.clock.now_ms() + 12 * 60_000
    order_id = await world.place(pickup_fields={"ready_at_ms": soon_ms}, dropoff=(-800.0, 0.0))
    assert "goes to Ana" in (await world.desk.explanation(order_id, "en"))["text"]
    late = await world.place(pickup=(1500.0, 600.0), dropoff=(1500.0, 3000.0))
    beto = await world.courier("beto", 250)
    state, replanner = world.desk._state, world.desk._replanner
    better = world.planner.improve_here(replanner._picture(), 0.3)
    assert await replanner._adopt_if_better(better)
    await world.settle()
    assert state.board.planned_courier()[order_id] == beto
    assert state.board.planned_courier()[late] == "c_ana"
    english = await world.desk.explanation(order_id, "en")
    assert english["moved"]["before"] == {"courier_id": "c_ana", "name": "Ana"}
    assert english["moved"]["gain_min"] > 0
    assert "It was meant for Ana before; giving it to Beto saves people" in english["text"]
    spanish = await world.desk.explanation(order_id, "es")
    assert "Antes era para Ana; al dárselo a Beto, la gente se ahorra" in spanish["text"]
    await world.until_asked(beto)
    assert world.desk.offers(beto)[0].why["moved"]["before"]["name"] == "Ana"


async def test_an_improvement_is_compared_anew_when_the_plan_changed_meanwhile(world):
    await world.courier("ana", 1500)
    await world.place(dropoff=(-800.0, 0.0))
    replanner, epoch = world.desk._replanner, world.desk._state.board.epoch
    better = world.planner.improve_here(replanner._picture(), 0.05)
    adopting = asyncio.create_task(replanner._adopt_if_better(better))
    await asyncio.sleep(0)
    replanner._insert()
    assert not await adopting
    assert world.desk._state.board.epoch == epoch + 1
