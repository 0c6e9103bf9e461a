from datetime import timedelta

import asyncpg
import pytest
from msgspec.structs import replace
from scheme_psp import NUMBER, came, incoming, question, status

from moments import NOW, Fresh
from qantara.errors import Conflict, Malformed, NotFound
from qantara.rails.model import MessageName, Status
from qantara.scheme.triggers import flow
from qantara.scheme.triggers.model import (
    PAYMENT_CODES,
    RESOLUTION_CODES,
    Active,
    Direction,
    Effect,
    Held,
    Order,
    Removal,
    Strike,
    Trigger,
)

PAYMENT = MessageName.CREDIT_TRANSFER.value
REJECT = Trigger("trg_1", Effect.REJECT, PAYMENT, {"creditor_account": NUMBER}, code="AB09")


def test_the_codes_are_the_schemes_sets() -> None:
    assert (len(PAYMENT_CODES), len(RESOLUTION_CODES)) == (61, 13)


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": Effect.REJECT, "message": PAYMENT},
        {"effect": Effect.REJECT, "message": PAYMENT, "code": "FF01"},
        {"effect": Effect.REJECT, "message": "pacs.002.001.15", "code": "AB09"},
        {"effect": Effect.REJECT, "code": "AB09"},
        {"effect": Effect.REJECT, "message": MessageName.RESOLUTION_REQUEST, "code": "AB09"},
        {"effect": Effect.LOSE, "code": "AB09"},
        {"effect": Effect.DELAY},
        {"effect": Effect.DELAY, "seconds": 86_401},
        {"effect": Effect.DELAY, "seconds": 0},
        {"effect": Effect.LOSE, "seconds": 5},
        {"effect": Effect.REPEAT, "repeats": 0},
        {"effect": Effect.LOSE, "repeats": 1},
        {"effect": Effect.LOSE, "times": 0},
        {"effect": Effect.LOSE, "where": {"colour": "red"}},
        {"effect": Effect.HALT, "message": PAYMENT},
        {"effect": Effect.HALT, "direction": Direction.OUT},
        {"effect": Effect.LOSE, "direction": Direction.OUT, "where": {"purpose": "FAMI"}},
    ],
)
def test_a_trigger_that_makes_no_sense_is_never_made(wrong: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Trigger("trg_1", **wrong)


def met(trigger: Trigger, record: object, peer: str = "raast") -> bool:
    item = came(record)
    return flow.meets(trigger, peer, item.message.name, item.message.key, None, item.record)


@pytest.mark.parametrize(
    ("where", "strikes"),
    [
        ({}, True),
        ({"peer": "raast"}, True),
        ({"peer": "duitnow"}, False),
        ({"creditor_account": NUMBER, "amount": "1000.00", "currency": "PKR"}, True),
        ({"amount": "1000"}, False),
        ({"priority": "NORM"}, True),
        ({"purpose": "FAMI"}, False),
        ({"debtor_agent": "WAUEMYK0", "debtor_account": "700100200300"}, True),
    ],
)
def test_every_condition_must_hold(where: dict[str, str], *, strikes: bool) -> None:
    assert met(replace(REJECT, where=where), incoming()) is strikes


def test_conditions_look_into_every_message() -> None:
    payment = incoming()
    late = Trigger("trg_2", Effect.LOSE, None, {"status": "RJCT", "reason": "AB05"})
    assert met(late, status(payment, Status.RJCT, "AB05"))
    assert not met(late, payment)
    asked = Trigger("trg_3", Effect.LOSE, None, {"account": NUMBER, "destination_country": "PK"})
    assert met(asked, question())
    assert not met(replace(asked, message=PAYMENT), question())


async def test_what_is_set_stands_until_it_is_removed_or_spent(fresh: Fresh) -> None:
    tx = await fresh("scheme.triggers")
    twice = replace(REJECT, id="trg_2", times=2)
    orders = [Order(REJECT, "prn_a"), Order(twice, "prn_a"), Order(REJECT, "prn_b")]
    first, second, again = await flow.set_triggers(tx, None, orders, NOW)
    assert (first, second.trigger) == (again, twice)
    other = Order(replace(REJECT, code="AB10"), "prn_a")
    assert isinstance((await flow.set_triggers(tx, None, [other], NOW))[0], Conflict)
    active = Active()
    active.learn(await flow.unremoved(tx))
    assert active.of(Direction.IN) == [REJECT, twice]
    active.strike(twice)
    active.strike(twice)
    assert active.of(Direction.IN) == [REJECT]
    await flow.struck(tx, None, [Strike("trg_2", "raast", "k", "u")] * 2, NOW)
    removed, unknown = await flow.remove(
        tx, None, [Removal("trg_1", "prn_b"), Removal("trg_9", "prn_b")], NOW
    )
    assert isinstance(unknown, NotFound)
    assert not removed.active
    active.learn(await flow.unremoved(tx))
    assert active.idle
    history = await flow.page(tx, None, 10)
    assert [(each.trigger.id, each.struck) for each in history] == [("trg_2", 2), ("trg_1", 0)]
    assert await flow.page(tx, "trg_2", 10) == history[1:]
    assert [strike.key for strike, _ in await flow.strikes(tx, "trg_2", 10)] == ["k", "k"]


async def test_history_cannot_be_rewritten(fresh: Fresh) -> None:
    tx = await fresh("scheme.triggers")
    await flow.set_triggers(tx, None, [Order(REJECT, "prn_a")], NOW)
    with pytest.raises(asyncpg.PostgresError):
        await tx.execute("DELETE FROM triggers.trigger")


async def test_what_is_held_comes_out_when_due_and_once(fresh: Fresh) -> None:
    tx = await fresh("scheme.triggers")
    held = Held("hld_1", "raast", "k", PAYMENT, None, b"<x/>", NOW + timedelta(seconds=5))
    await flow.hold(tx, None, [held, replace(held, id="hld_2", key="l")], NOW)
    assert await flow.take_due(tx, NOW) == []
    assert await tx.fetchval("SELECT count(*) FROM db.job WHERE name = 'release'") == 2
    due = await flow.take_due(tx, NOW + timedelta(seconds=5))
    assert [each.key for each in due] == ["k", "l"]
    assert await flow.take_due(tx, NOW + timedelta(seconds=5)) == []


@pytest.mark.parametrize("name", ["pacs.008", "nonsense", "pacs.008.001.13/sct"])
def test_a_trigger_on_a_name_that_no_message_bears_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as caught:
        Trigger(id="trg_1", effect=Effect.LOSE, message=name, times=1)
    assert caught.value.facts["param"] == "message"
