"""A message that was refused, sent again, is refused again."""

import pytest

from moments import NOW, Fresh
from qantara.db import mail, refusals
from qantara.db.mail import Incoming, Received
from qantara.errors import Conflict, Reason, Refused


def _message(key: str, raw: bytes = b"<Document/>") -> Received[str]:
    return Received(Incoming("duitnow", key, "pacs.002", None, raw), key)


class Judge:
    """A verb that refuses keys that begin with `no`, and knows a repeat only by the inbox."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, tx, _node, received, now):
        fresh = await mail.take(tx, [each.message for each in received], now)
        self.asked += [each.record for each in received]
        return [
            Conflict(Reason.STATE_CONFLICT, state="settled", key=each.record)
            if new and each.record.startswith("no")
            else Refused(Reason.TIMED_OUT, facts={"seconds": 5})
            if new and each.record.startswith("late")
            else None
            for each, new in zip(received, fresh, strict=True)
        ]


async def test_a_refused_message_is_refused_again_with_the_same_words(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    judge = Judge()
    verb = refusals.remembering(judge)
    assert refusals.remembering(judge) is verb
    async with tx.transaction():
        first = await verb(tx, None, [_message("yes"), _message("no"), _message("late")], NOW)
        again = await verb(tx, None, [_message("late"), _message("no"), _message("yes")], NOW)
    assert first[0] is again[2] is None
    assert isinstance(again[1], Conflict)
    assert (again[1].reason, again[1].facts) == (first[1].reason, first[1].facts)
    assert (again[0].reason, again[0].facts) == (Reason.TIMED_OUT, {"seconds": 5})
    assert judge.asked == ["yes", "no", "late", "yes"]


async def test_the_same_message_twice_in_one_batch_is_refused_twice(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    async with tx.transaction():
        told = await refusals.remembering(Judge())(tx, None, [_message("no")] * 3, NOW)
    assert [each.reason for each in told] == [Reason.STATE_CONFLICT] * 3


async def test_another_message_under_the_same_key_is_judged_for_itself(fresh_both: Fresh) -> None:
    tx = await fresh_both()
    judge = Judge()
    verb = refusals.remembering(judge)
    async with tx.transaction():
        await verb(tx, None, [_message("no")], NOW)
        await verb(tx, None, [_message("no", b"<Other/>")], NOW)
    assert judge.asked == ["no", "no"]


async def test_a_verb_takes_every_message_it_is_given(fresh_both: Fresh) -> None:
    tx = await fresh_both()

    async def forgets(tx, _node, received, now):
        await mail.take(tx, [each.message for each in received[1:]], now)
        return [None] * len(received)

    with pytest.raises(TypeError, match="forgets"):
        await refusals.remembering(forgets)(tx, None, [_message("a"), _message("b")], NOW)


class Turncoat:
    """A verb that takes everything at first and, once it has changed its mind, nothing."""

    changed = False

    async def __call__(self, tx, _node, received, now):
        await mail.take(tx, [each.message for each in received], now)
        wrong = Conflict(Reason.ID_REUSED) if self.changed else None
        return [wrong] * len(received)


async def test_what_was_accepted_is_never_refused_when_the_same_bytes_come_again(
    fresh_both: Fresh,
) -> None:
    tx = await fresh_both()
    judge = Turncoat()
    verb = refusals.remembering(judge)
    async with tx.transaction():
        assert await verb(tx, None, [_message("a"), _message("b")], NOW) == [None, None]
    judge.changed = True
    for _ in range(2):
        async with tx.transaction():
            told = await verb(
                tx, None, [_message("a"), _message("new"), _message("b", b"<Other/>")], NOW
            )
        assert told[0] is None
        assert [each.reason for each in told[1:]] == [Reason.ID_REUSED] * 2
