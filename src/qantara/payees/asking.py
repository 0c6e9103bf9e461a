"""Ask whose account it is, and take the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.payees import messages, rules, store
from qantara.payees.model import (
    KIND,
    Asker,
    CheckEvent,
    CheckPayee,
    CheckState,
    PayeeCheck,
)
from qantara.rails import flow as rails
from qantara.rails.model import (
    MessageName,
    ResolutionReport,
    UnwritableMessage,
    envelope_name,
)

DUE_LIMIT = 500
_Written = tuple[PayeeCheck, Outgoing]


async def check_payee(
    tx: Tx, asker: Asker, asked: Sequence[CheckPayee], now: datetime
) -> list[PayeeCheck | Refused | Conflict]:
    """Send acmt.023 for each question; the answer comes to `payee_answered`.

    Refused where we do not send to that country or the address cannot be written in a message.
    """
    first = {each.id: each for each in reversed(asked)}
    written = {key: _write(asker, each, now) for key, each in first.items()}
    leaving = [out for out in written.values() if not isinstance(out, Refused)]
    new = await store.add(tx, [check for check, _ in leaving], now)
    await send(tx, [out for check, out in leaving if check.id in new], now)
    due_at = now + timedelta(seconds=asker.check_seconds)
    await deadlines.set(tx, KIND, [(check.id, due_at) for check, _ in leaving if check.id in new])
    kept = await store.by_ids(tx, list(first))
    return [_told(each, kept.get(each.id), written[each.id]) for each in asked]


def _write(asker: Asker, asked: CheckPayee, now: datetime) -> _Written | Refused:
    """The acmt.023 as it would leave, or why this address cannot be asked for."""
    if asked.country != asker.country and asked.country not in asker.corridors:
        return Refused(
            Reason.CORRIDOR_CLOSED, rule="corridor.open", facts={"country": asked.country}
        )
    if asked.name is not None and (defect := rails.text_defect(asked.name, "name")) is not None:
        return Refused(Reason.FIELD_INVALID, facts={"param": "name", "value": defect.message})
    profile = rules.profile_for(asker, asked.country)
    check = rules.opened(asker, asked, ids.new_message_id())
    try:
        raw = rails.build(messages.request(asker, check, profile, now), profile)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})
    name = envelope_name(MessageName.RESOLUTION_REQUEST, profile)
    return check, Outgoing(asker.ips, check.message_id, name, None, raw)


def _told(
    asked: CheckPayee, kept: PayeeCheck | None, written: _Written | Refused
) -> PayeeCheck | Refused | Conflict:
    if kept is not None:
        return kept if rules.same_question(asked, kept) else Conflict(Reason.ID_REUSED, id=asked.id)
    return written if isinstance(written, Refused) else Conflict(Reason.STATE_CONFLICT)


async def payee_answered(
    tx: Tx, asker: Asker, received: Sequence[Received[ResolutionReport]], now: datetime
) -> list[NotFound | None]:
    """Take acmt.024: the name to show, the account to pay, or why there is none.

    The first answer counts. One about another account than was asked about is not taken for
    true: the check ends as not found, and says so.
    """
    await take(tx, [each.message for each in received], now)
    asked = [each.record.original_message_id for each in received]
    checks = await store.lock_by_message(tx, asked)
    answered: dict[str, PayeeCheck] = {}
    for each, key in zip(received, asked, strict=True):
        check = checks.get(key)
        if check is not None and check.state is CheckState.ASKED and check.id not in answered:
            answered[check.id] = _answer(asker, check, each.record, now)
    await store.answer(tx, list(answered.values()), now)
    await deadlines.clear(tx, KIND, list(answered))
    await events.add(tx, [(check.id, check.state.value) for check in answered.values()], now)
    return [
        None if key in checks else NotFound(Reason.ID_MALFORMED, param="OrgnlAssgnmt", value=key)
        for key in asked
    ]


def _answer(asker: Asker, check: PayeeCheck, report: ResolutionReport, now: datetime) -> PayeeCheck:
    account = rules.account_found(report)
    if account is None or not rules.is_about(check, report):
        return rules.denied(_moved(check, CheckEvent.DENY), report)
    moved = _moved(check, CheckEvent.CONFIRM)
    return rules.confirmed(moved, report, account, rules.held_until(asker, now))


def _moved(check: PayeeCheck, event: CheckEvent) -> PayeeCheck:
    after = rules.advance(check, event)
    if isinstance(after, Conflict):
        raise after
    return after


async def expire(tx: Tx, _asker: Asker, commands: Sequence[None], now: datetime) -> list[int]:
    """Close the questions that nobody answered in time; how many."""
    due = await deadlines.take(tx, KIND, DUE_LIMIT, now)
    checks = (await store.lock(tx, due)).values()
    waiting = [check for check in checks if check.state is CheckState.ASKED]
    late = [rules.unanswered(_moved(check, CheckEvent.TIME_OUT)) for check in waiting]
    await store.answer(tx, late, now)
    await events.add(tx, [(check.id, check.state.value) for check in late], now)
    return [len(late)] * len(commands)
