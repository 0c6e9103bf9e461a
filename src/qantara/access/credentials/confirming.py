"""Confirmations: a person's yes to one payment, bound to its amount and its payee.

What is signed, or what the typed PIN stands for, is the digest of the very intent. Another amount
or another payee has another digest, and for it the confirmation is worth nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qantara.access import flow as access
from qantara.access.credentials import confirmation_store as store
from qantara.access.credentials import passkeys, rules
from qantara.access.credentials.model import (
    FACTORS,
    Answer,
    AskConfirmation,
    Confirmation,
    ConfirmationEvent,
    ConfirmationState,
    Consume,
    Method,
    Used,
)
from qantara.access.model import AuditEntry
from qantara.db import Tx
from qantara.errors import Conflict, Reason, Refused


async def ask(
    tx: Tx, _node: object, asked: Sequence[AskConfirmation], now: datetime
) -> list[Confirmation]:
    """Put questions; each is answered once and lives for its seconds."""
    new = [_asked(each, now) for each in asked]
    await store.insert(tx, new, now)
    return new


def _asked(each: AskConfirmation, now: datetime) -> Confirmation:
    bound = rules.digest(each.by.id, each.intent)
    return Confirmation(
        id=each.id,
        principal_id=each.by.id,
        digest=bound,
        payee=rules.payee_digest(each.by.id, each.intent.payee),
        challenge=rules.challenge(each.nonce, bound),
        state=ConfirmationState.ASKED,
        asked_at=now,
        expires_at=now + timedelta(seconds=each.lasts_seconds),
        code_digest=each.code_digest,
    )


async def confirmation(tx: Tx, confirmation_id: str) -> Confirmation | None:
    return (await store.by_ids(tx, [confirmation_id])).get(confirmation_id)


async def answer(
    tx: Tx, _node: object, answers: Sequence[Answer], now: datetime
) -> list[Confirmation | Refused]:
    """Keep what came back: a right answer proves, a wrong one ends the confirmation."""
    found = await store.by_ids(tx, [each.id for each in answers], lock=True)
    counted = [
        Used(each.passkey_id, counter=each.counter)
        for each in answers
        if each.method is Method.PASSKEY
    ]
    advanced = await passkeys.advance(tx, counted, now)
    moved: dict[str, Confirmation] = {}
    outcomes: list[Confirmation | Refused] = []
    for each in answers:
        outcome = _answered(each, found.get(each.id), advanced, now)
        if isinstance(outcome, Confirmation):
            found[each.id] = moved[each.id] = outcome
        failed = isinstance(outcome, Confirmation) and outcome.method is None
        wrong = Refused(each.why, rule=rules.STEP_UP)
        outcomes.append(wrong if failed else outcome)
    await store.move(tx, list(moved.values()))
    await _note(tx, answers, moved, now)
    return outcomes


def _answered(
    said: Answer, found: Confirmation | None, advanced: set[str], now: datetime
) -> Confirmation | Refused:
    refused = rules.standing(found, said.by.id, now)
    if refused is not None or found is None:
        return refused or Refused(Reason.CONFIRMATION_MISSING, rule=rules.STEP_UP)
    copied = said.method is Method.PASSKEY and said.passkey_id not in advanced
    right = said.method is not None and not copied
    event = ConfirmationEvent.PROVE if right else ConfirmationEvent.FAIL
    after = rules.advance(found, event)
    if isinstance(after, Conflict):
        return Refused(Reason.CONFIRMATION_MISSING, rule=rules.STEP_UP)
    if said.method is None or not right:
        return replace(found, state=after, ended_at=now)
    return replace(found, state=after, method=said.method, factors=FACTORS[said.method])


async def consume(
    tx: Tx, _node: object, asked: Sequence[Consume], now: datetime
) -> list[Confirmation | Refused]:
    """Use proved confirmations up, in the transaction that makes the payments: exactly once each.

    Where the intent is not the very one that was confirmed, `Refused`, and the confirmation is
    spent. Whom it was for is known from now on.
    """
    found = await store.by_ids(tx, [each.id for each in asked], lock=True)
    moved: dict[str, Confirmation] = {}
    outcomes: list[Confirmation | Refused] = []
    for each in asked:
        outcome = _used(each, found.get(each.id), now)
        if isinstance(outcome, Confirmation):
            found[each.id] = moved[each.id] = outcome
        void = isinstance(outcome, Confirmation) and outcome.state is ConfirmationState.VOID
        other = Refused(Reason.CONFIRMATION_MISMATCH, rule=rules.STEP_UP)
        outcomes.append(other if void else outcome)
    await store.move(tx, list(moved.values()))
    used = [each for each in moved.values() if each.state is ConfirmationState.USED]
    await store.know(tx, used, now)
    await _note(tx, asked, moved, now)
    return outcomes


def _used(each: Consume, found: Confirmation | None, now: datetime) -> Confirmation | Refused:
    refused = rules.standing(found, each.by.id, now)
    if refused is not None or found is None:
        return refused or Refused(Reason.CONFIRMATION_MISSING, rule=rules.STEP_UP)
    same = rules.same(found.digest, rules.digest(each.by.id, each.intent))
    event = ConfirmationEvent.USE if same else ConfirmationEvent.MISMATCH
    after = rules.advance(found, event)
    if isinstance(after, Conflict):
        return Refused(Reason.CONFIRMATION_MISSING, rule=rules.STEP_UP)
    return replace(found, state=after, ended_at=now)


async def _note(
    tx: Tx,
    asked: Sequence[Answer] | Sequence[Consume],
    moved: dict[str, Confirmation],
    now: datetime,
) -> None:
    by = {each.id: each.by.id for each in asked}
    entries = [
        AuditEntry(by[each.id], f"confirmation_{each.state}", each.id, {"factors": each.factors})
        for each in moved.values()
    ]
    await access.record(tx, entries, now)


async def payee_known(tx: Tx, principal_id: str, payee: str) -> bool:
    """Whether this person has paid this payee with a confirmation before."""
    return await store.known(tx, principal_id, rules.payee_digest(principal_id, payee))


async def expire(tx: Tx, now: datetime) -> None:
    await store.expire(tx, now)
