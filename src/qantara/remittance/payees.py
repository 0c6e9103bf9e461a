"""Payee confirmation: ask whose account it is, and answer when others ask us."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.rails import flow as rails
from qantara.rails.model import MessageName, ResolutionReport, ResolutionRequest, UnwritableMessage
from qantara.remittance import messages, payee_store, store
from qantara.remittance.model import CheckPayee, CheckState, Institution, PayeeCheck


async def check_payee(
    tx: Tx, node: Institution, checks: Sequence[CheckPayee], now: datetime
) -> list[PayeeCheck | Refused | Conflict]:
    """Send acmt.023 for each question; the answer comes to `payee_answered`.

    Refused where the corridor is closed or the address cannot be written in a message.
    """
    first = {check.id: check for check in reversed(checks)}
    written = {check.id: _write(node, check, now) for check in first.values()}
    asked = [(first[key], out) for key, out in written.items() if isinstance(out, Outgoing)]
    new = set(await payee_store.add(tx, [(check, out.key) for check, out in asked], now))
    leaving = {check.id: out for check, out in asked if check.id in new}
    await send(tx, list(leaving.values()), now)
    due_at = now + timedelta(seconds=node.check_seconds)
    await store.set_deadlines(tx, [(check_id, due_at) for check_id in leaving])
    kept = await payee_store.by_ids(tx, [check.id for check in checks])
    return [
        _told(check, kept[check.id]) if check.id in kept else _refusal(written[check.id])
        for check in checks
    ]


def _write(node: Institution, check: CheckPayee, now: datetime) -> Outgoing | Refused:
    """The acmt.023 as it would leave, or why this address cannot be asked for."""
    if check.country not in node.corridors:
        return Refused(
            Reason.CORRIDOR_CLOSED, rule="corridor.open", facts={"country": check.country}
        )
    message_id = ids.new_message_id()
    record = messages.resolution_request(node, check, message_id, now)
    try:
        raw = rails.build(record, node.profile)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})
    return Outgoing(node.ips, message_id, MessageName.RESOLUTION_REQUEST, None, raw)


def _refusal(written: Outgoing | Refused) -> Refused | Conflict:
    return written if isinstance(written, Refused) else Conflict(Reason.STATE_CONFLICT)


def _told(check: CheckPayee, found: PayeeCheck) -> PayeeCheck | Conflict:
    asked = (check.customer_id, check.country, check.address_type, check.address, check.agent_bic)
    stored = (found.customer_id, found.country, found.address_type, found.address, found.agent_bic)
    return found if asked == stored else Conflict(Reason.ID_REUSED, id=check.id)


async def payee_answered(
    tx: Tx, _node: Institution, received: Sequence[Received[ResolutionReport]], now: datetime
) -> list[NotFound | None]:
    """Take acmt.024: the name to show, the account to pay, or why there is none."""
    await take(tx, [each.message for each in received], now)
    asked = [each.record.original_message_id for each in received]
    checks = await payee_store.lock_by_message(tx, asked)
    answered = [
        _answer(checks[each.record.original_message_id], each.record)
        for each in received
        if each.record.original_message_id in checks
    ]
    first = {check.id: check for check in reversed(answered)}
    still_open = [c for c in first.values() if checks[c.message_id].state is CheckState.ASKED]
    await payee_store.answer(tx, still_open, now)
    await store.clear_deadlines(tx, [check.id for check in still_open])
    await store.add_events(tx, [(check.id, check.state.value) for check in still_open], now)
    return [
        None if key in checks else NotFound(Reason.ID_MALFORMED, param="OrgnlAssgnmt", value=key)
        for key in asked
    ]


def _answer(check: PayeeCheck, report: ResolutionReport) -> PayeeCheck:
    if not report.verified or report.account is None or report.account.number is None:
        return replace(check, state=CheckState.NOT_FOUND, reason=report.reason or "AC01")
    return replace(
        check,
        state=CheckState.CONFIRMED,
        display_name=report.display_name,
        legal_name=report.payee.name if report.payee else None,
        town=report.payee.town if report.payee else None,
        account_number=report.account.number,
        account_is_iban=report.account.iban is not None,
        account_agent_bic=report.agent.bic if report.agent else check.agent_bic,
    )


async def answer_resolution(
    tx: Tx, node: Institution, received: Sequence[Received[ResolutionRequest]], now: datetime
) -> list[None]:
    """Answer acmt.023 about our own accounts; a repeat is answered again."""
    await take(tx, [each.message for each in received], now)
    numbers = [each.record.account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    outgoing = []
    for each, holding in zip(received, holdings, strict=True):
        message_id, raw = _report(node, each.record, _payable(holding), now)
        name = MessageName.RESOLUTION_REPORT
        outgoing.append(Outgoing(each.message.sender, message_id, name, None, raw))
    await send(tx, outgoing, now)
    return [None] * len(received)


def _report(
    node: Institution, asked: ResolutionRequest, holding: Holding | None, now: datetime
) -> tuple[str, bytes]:
    """The answer as it leaves; a name that the rails cannot carry is no answer, and no failure."""
    report = messages.resolution_report(node, asked, holding, now)
    try:
        return report.message_id, rails.build(report, node.profile)
    except UnwritableMessage:
        report = messages.resolution_report(node, asked, None, now, messages.NO_ANSWER)
        return report.message_id, rails.build(report, node.profile)


def _payable(holding: Holding | NotFound) -> Holding | None:
    if isinstance(holding, QantaraError) or holding.account.state is not AccountState.OPEN:
        return None
    return holding
