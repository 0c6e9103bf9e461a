from datetime import timedelta

import asyncpg
import pytest

from moments import NOW, Fresh
from qantara.db import jobs, mail


def _incoming(key: str) -> mail.Incoming:
    return mail.Incoming("duitnow", key, "pacs.008", None, b"<Document/>")


async def test_a_message_is_new_once_even_within_one_batch(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    assert await mail.take(tx, [_incoming("a"), _incoming("b"), _incoming("a")], NOW) == [
        True,
        True,
        False,
    ]
    assert await mail.take(tx, [_incoming("b"), _incoming("c")], NOW) == [False, True]


async def test_a_sent_message_waits_until_it_is_marked_delivered(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await mail.send(tx, [mail.Outgoing("raast", k, "pacs.008", None, b"x") for k in "abc"], NOW)
    queued = await mail.due(tx, 10, NOW)
    assert [item.key for item in queued] == ["a", "b", "c"]
    assert await mail.due(tx, 2, NOW, {queued[0].sequence}) == [queued[1]]
    assert await mail.due(tx, 10, NOW, {item.sequence for item in queued}) == []
    await mail.delivered(tx, None, [[queued[0].sequence]], NOW)
    await mail.postponed(tx, None, [queued[1]], NOW)
    assert [item.key for item in await mail.due(tx, 10, NOW)] == ["c"]
    later = await mail.due(tx, 10, NOW + timedelta(minutes=5))
    assert [(item.key, item.attempts) for item in later] == [("b", 1), ("c", 0)]
    await mail.refused(tx, None, [(queued[2].sequence, "message_schema")], NOW)
    assert await mail.undeliverable(tx) == [("raast", "c", "message_schema")]
    assert await mail.waiting(tx) == 1


async def test_messages_are_history(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    await mail.take(tx, [_incoming("a")], NOW)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("UPDATE db.inbox SET raw = ''")
    await tx.execute("SET ROLE NONE")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.execute("DELETE FROM db.inbox")


async def test_a_job_is_leased_and_a_rhythmic_one_comes_again(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    rhythm = jobs.Job("seal", "seal", {}, NOW, every_seconds=60)
    await jobs.enqueue(tx, [jobs.Job("one", "expire", {"n": 1}, NOW), rhythm, rhythm])
    claimed = await jobs.claim(tx, 10, NOW)
    assert sorted(job.id for job in claimed) == ["one", "seal"]
    assert await jobs.claim(tx, 10, NOW) == []
    await jobs.finish(tx, claimed, NOW)
    assert await jobs.claim(tx, 10, NOW + timedelta(seconds=59)) == []
    again = await jobs.claim(tx, 10, NOW + timedelta(seconds=60))
    assert [(job.id, job.attempts) for job in again] == [("seal", 1)]
    await jobs.fail(tx, [(again[0], "no route")], NOW)
    assert [job.id for job in await jobs.claim(tx, 10, NOW + timedelta(seconds=2))] == ["seal"]
