from datetime import timedelta

import asyncpg
import pytest

from moments import NOW, Fresh
from qantara.db import deadlines, events

LATER = NOW + timedelta(seconds=20)


async def test_events_are_read_in_the_order_of_their_writing(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    assert await events.last(tx) == 0
    await events.add(tx, [("rem_1", "quoted"), ("chk_1", "asked"), ("rem_1", "accepted")], NOW)
    await events.add(tx, [], NOW)
    of_one = await events.of(tx, "rem_1")
    assert [(each.subject, each.state) for each in of_one] == [
        ("rem_1", "quoted"),
        ("rem_1", "accepted"),
    ]
    first = of_one[0].sequence
    assert [each.state for each in await events.after(tx, first, 10)] == ["asked", "accepted"]
    assert [each.state for each in await events.after(tx, first, 1)] == ["asked"]
    assert await events.last(tx) == of_one[-1].sequence
    assert of_one[0].recorded_at == NOW


async def test_events_are_history(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await events.add(tx, [("rem_1", "quoted")], NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("UPDATE db.event SET state = 'completed'")
    await tx.execute("SET ROLE NONE")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.execute("DELETE FROM db.event")


async def test_each_package_takes_its_own_deadlines_once(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await deadlines.set(tx, "remittance", [("rem_2", LATER), ("rem_1", NOW)])
    await deadlines.set(tx, "domestic", [("rem_1", NOW)])
    just = NOW - timedelta(microseconds=1)
    assert await deadlines.take(tx, "remittance", 10, just) == []
    assert await deadlines.take(tx, "remittance", 10, LATER) == ["rem_1", "rem_2"]
    assert await deadlines.take(tx, "remittance", 10, LATER) == []
    assert await deadlines.take(tx, "domestic", 10, NOW) == ["rem_1"]


async def test_the_longest_due_is_taken_first_and_the_rest_stays(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    moments = [(f"chk_{n}", NOW + timedelta(seconds=n)) for n in (3, 1, 2)]
    await deadlines.set(tx, "payees", moments)
    assert await deadlines.take(tx, "payees", 2, LATER) == ["chk_1", "chk_2"]
    assert await deadlines.take(tx, "payees", 2, LATER) == ["chk_3"]


async def test_a_deadline_moves_and_goes(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await deadlines.set(tx, "payees", [("chk_1", NOW)])
    await deadlines.set(tx, "payees", [("chk_1", LATER)])
    assert await deadlines.take(tx, "payees", 10, NOW) == []
    await deadlines.clear(tx, "domestic", ["chk_1"])
    await deadlines.clear(tx, "payees", ["chk_1", "chk_9"])
    assert await deadlines.take(tx, "payees", 10, LATER) == []
