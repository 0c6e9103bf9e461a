import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from moments import NOW, Fresh
from qantara.db import Tx, deadlines, events, mail
from qantara.db.leaving import Left, Told, as_many, leave, written
from qantara.errors import Conflict

_MOVE = Left(
    "moved AS (UPDATE db.deadline SET due_at = $1 WHERE kind = $2 RETURNING subject)",
    said="SELECT count(*) FROM moved",
)


@contextmanager
def _heard(tx: Tx) -> Iterator[list[str]]:
    """What is sent to the server inside."""
    heard: list[str] = []

    def hear(query: Any) -> None:
        heard.append(query.query)

    tx.add_query_logger(hear)
    try:
        yield heard
    finally:
        tx.remove_query_logger(hear)


async def _work(tx: Tx, of: str) -> None:
    async with tx.transaction():
        await events.add(tx, [(f"{of}_a", "quoted"), (f"{of}_b", "quoted")], NOW)
        await deadlines.set(tx, "remittance", [(f"{of}_a", NOW)])
        await mail.send(tx, [mail.Outgoing("raast", of, "pacs.008", None, b"x")], NOW)
        await written(tx)


async def test_writes_that_follow_each_other_go_as_one_statement(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await _work(tx, "rem")  # the driver asks for the types of a new statement
    with _heard(tx) as heard:
        await _work(tx, "chk")
        await asyncio.sleep(0)
    assert [query.split()[0] for query in heard] == ["BEGIN;", "WITH", "COMMIT;"]
    found = [each.subject for each in await events.after(tx, 0, 9)]
    assert found == ["rem_a", "rem_b", "chk_a", "chk_b"]
    assert await deadlines.take(tx, "remittance", 9, NOW) == ["chk_a", "rem_a"]
    assert [each.key for each in await mail.due(tx, 9, NOW)] == ["rem", "chk"]


async def test_a_commit_takes_along_what_was_left(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await tx.execute("BEGIN")
    await events.add(tx, [("rem_a", "quoted")], NOW)
    await tx.execute("COMMIT")
    assert await events.last(tx) == 1


async def test_who_reads_reads_what_was_left_before(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    async with tx.transaction():
        await events.add(tx, [("rem_a", "quoted")], NOW)
        assert [each.state for each in await events.of(tx, "rem_a")] == ["quoted"]
        await mail.send(tx, [mail.Outgoing("raast", "m", "pacs.008", None, b"x")], NOW)
        assert await mail.waiting(tx) == 1


async def test_two_writes_to_one_table_keep_their_order(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    async with tx.transaction():
        await deadlines.set(tx, "remittance", [("rem_a", NOW), ("rem_b", NOW)])
        await deadlines.clear(tx, "remittance", ["rem_a"])
        await deadlines.set(tx, "remittance", [("rem_c", NOW)])
    assert await deadlines.take(tx, "remittance", 9, NOW) == ["rem_b", "rem_c"]


async def _give_up(tx: Tx, subject: str) -> None:
    async with tx.transaction():
        await events.add(tx, [(subject, "quoted")], NOW)
        raise ZeroDivisionError


async def test_what_was_left_goes_with_a_transaction_that_is_given_up(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    with pytest.raises(ZeroDivisionError):
        await _give_up(tx, "rem_a")
    async with tx.transaction():
        await events.add(tx, [("rem_b", "quoted")], NOW)
        with pytest.raises(ZeroDivisionError):
            await _give_up(tx, "rem_c")
    assert [each.subject for each in await events.after(tx, 0, 9)] == ["rem_b"]


async def test_outside_a_transaction_nothing_waits(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await events.add(tx, [("rem_a", "quoted")], NOW)
    with _heard(tx) as heard:
        await events.add(tx, [("rem_b", "quoted")], NOW)
        await asyncio.sleep(0)
    assert len(heard) == 1


async def _leave(tx: Tx, left: Left, *values: object, told: Told | None = None) -> None:
    async with tx.transaction():
        await events.add(tx, [("rem_b", "quoted")], NOW)
        await leave(tx, left, *values, told=told)
        await written(tx)


async def test_a_write_tells_what_came_of_it(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await deadlines.set(tx, "remittance", [("rem_a", NOW), ("rem_b", NOW)])
    said: list[int] = []
    async with tx.transaction():
        await events.add(tx, [("rem_a", "quoted")], NOW)
        await leave(tx, _MOVE, NOW, "remittance", told=said.append)
        assert said == []
        await written(tx)
    assert said == [2]
    with pytest.raises(Conflict, match="moved"):
        await _leave(tx, _MOVE, NOW, "remittance", told=as_many(3, "one moved meanwhile"))
    assert await events.last(tx) == 1


async def test_what_the_server_refuses_is_raised_by_the_next_statement(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    wrong = Left("wrong AS (INSERT INTO db.fanout (stream) SELECT $1::text)")
    with pytest.raises(asyncpg.NotNullViolationError):
        await _leave(tx, wrong, "stream")
    assert await events.last(tx) == 0


def test_only_named_writes_can_be_left() -> None:
    with pytest.raises(ValueError, match="writes"):
        Left("SELECT $1")
