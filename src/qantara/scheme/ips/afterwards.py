"""What may follow a payment inside the system: how it stands, its recall, its return."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.money import Money
from qantara.rails.model import (
    Agent,
    CancellationRequest,
    Investigation,
    InvestigationResolution,
    PaymentReturn,
    StatusRequest,
)
from qantara.scheme import letters
from qantara.scheme.ips import afterwards_store, bookings, statuses, store
from qantara.scheme.ips.model import IpsNode, Payment, Route, Side, State
from qantara.scheme.letters import ACCEPTED, Original, Verdict

_ALREADY_RETURNED, _NO_ORIGINAL = "ARDT", "NOOR"


async def inquire(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[StatusRequest]], now: datetime
) -> list[QantaraError | None]:
    """pacs.028 of a party to a payment: its status as it stands (ACTC while on its way).

    NotFound where there is no such payment, or the message named is not between us and it.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        record = item.record
        try:
            payment, side = _between(node, known.get(record.uetr), item.message.sender, record)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if is_fresh:
            words = ("inquiry", record.message_id)
            out.append(statuses.status_to(node, payment, side, now, *words))
    await mail.send(tx, out, now)
    return outcomes


def _between(
    node: IpsNode,
    payment: Payment | None,
    sender: str,
    record: StatusRequest | PaymentReturn | CancellationRequest | InvestigationResolution,
) -> tuple[Payment, Side]:
    """The payment that a message is about, and what its sender is in it."""
    if payment is None:
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=record.uetr)
    side = statuses.side_of(node, payment, sender)
    if record.original_message_id != statuses.original_id(node, payment, side):
        raise NotFound(Reason.REMITTANCE_NOT_FOUND, message=record.original_message_id)
    return payment, side


def _inside(
    node: IpsNode,
    known: dict[str, Payment],
    item: mail.Received[PaymentReturn]
    | mail.Received[CancellationRequest]
    | mail.Received[InvestigationResolution],
    wanted: Side,
) -> Payment:
    """The payment inside this system to which the sender is the wanted party."""
    record, sender = item.record, item.message.sender
    payment, side = _between(node, known.get(record.uetr), sender, record)
    if payment.route is not Route.INSIDE or side is not wanted:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=sender)
    return payment


class _Return(Struct, frozen=True):
    record: PaymentReturn
    payment: Payment
    refused: Verdict | None
    transfers: list[Transfer]


async def give_back(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[PaymentReturn]], now: datetime
) -> list[QantaraError | None]:
    """pacs.004 of the payee's provider: settled by a new transfer and carried to the payer's.

    The payee's provider is told by pacs.002: ACCC, or RJCT where the payment is not settled,
    was given back before (AM05), was smaller (AM02), or the money is short. The same return
    again is told again; with another amount it is a Conflict, as the payer's provider would
    credit what was never settled.
    """
    await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    done = await afterwards_store.returns(tx, list(known))
    wishes: dict[str, _Return] = {}
    again: list[_Return] = []
    outcomes: list[QantaraError | None] = []
    for item in received:
        record = item.record
        try:
            payment = _inside(node, known, item, Side.PSP)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        before = done.get(record.uetr)
        said = (record.return_id, record.returned_amount)
        if before is not None and before[0] == said[0] and before != said:
            outcomes.append(Conflict(Reason.ID_REUSED, id=record.return_id))
            continue
        outcomes.append(None)
        wish = _wish(node, record, payment, done, now)
        if before == said:
            again.append(replace(wish, refused=None, transfers=[]))
            continue
        if wish.refused is None:
            done[record.uetr] = said
            wishes[record.uetr] = wish
        else:
            again.append(wish)
    decided = await _settled(tx, node, wishes, now)
    twins = [_like(each, decided.get(each.record.uetr)) for each in again]
    told = [*decided.values(), *twins]
    await mail.send(tx, [each for one in told for each in _return_told(node, one, now)], now)
    return outcomes


def _wish(
    node: IpsNode,
    record: PaymentReturn,
    payment: Payment,
    done: Mapping[str, tuple[str, Money]],
    now: datetime,
) -> _Return:
    refused = None
    if payment.state is not State.SETTLED:
        refused = letters.refuse(Reason.STATE_CONFLICT, state=payment.state)
    elif record.uetr in done:
        refused = letters.refuse(Reason.DUPLICATE_REFUSED)
    elif record.returned_amount.asset != payment.amount.asset:
        currency = record.returned_amount.asset.code
        refused = letters.refuse(Reason.CURRENCY_MISMATCH, currency=currency)
    elif payment.amount < record.returned_amount:
        refused = letters.refuse(Reason.AMOUNT_ABOVE_LIMIT, limit=str(payment.amount))
    transfer = Transfer(
        id=letters.transfer_id(node.role, payment.uetr, f"return {record.return_id}"),
        debit=node.account_of(payment.paid),
        credit=node.account_of(payment.pays),
        amount=record.returned_amount.minor,
        asset=record.returned_amount.asset.code,
        code="ips.return",
        reference=payment.uetr,
        occurred_at=now,
    )
    return _Return(record, payment, refused, [] if refused else [transfer])


def _like(wish: _Return, first: _Return | None) -> _Return:
    """The same return again, in the batch that decides on it, is told what that decides."""
    same = first is not None and first.record.return_id == wish.record.return_id
    return replace(wish, refused=first.refused) if same and first is not None else wish


async def _settled(
    tx: Tx, node: IpsNode, wishes: Mapping[str, _Return], now: datetime
) -> dict[str, _Return]:
    transfers = [transfer for wish in wishes.values() for transfer in wish.transfers]
    posted = {outcome.id: outcome for outcome in await ledger.post(tx, transfers, now)}
    decided = {}
    for uetr, wish in wishes.items():
        refused = bookings.refused(node, wish.transfers, posted)
        short = None if refused is None else letters.refusal(refused)
        decided[uetr] = replace(wish, refused=short)
    returned = [each.record for each in decided.values() if each.refused is None]
    if returned:
        await afterwards_store.insert_returns(tx, returned, now)
    return decided


def _return_told(node: IpsNode, wish: _Return, now: datetime) -> list[mail.Outgoing]:
    record, payment = wish.record, wish.payment
    answer = letters.answer(
        letters.message_id(node.role, payment.uetr, "return", record.message_id, "status"),
        Original.returned(record),
        wish.refused or ACCEPTED,
        (record.instructed_agent.bic, record.instructing_agent.bic),
        now,
    )
    told = letters.letter(payment.paid, answer, node.domestic)
    if wish.refused is not None:
        return [told]
    onward = replace(
        record,
        message_id=letters.message_id(node.role, payment.uetr, "return"),
        original_message_id=payment.message_id,
    )
    return [letters.letter(payment.pays, onward, node.domestic), told]


async def recall(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[CancellationRequest]], now: datetime
) -> list[QantaraError | None]:
    """camt.056 of the payer's provider: carried to the payee's, or answered by camt.029 RJCR.

    Refused here: a payment that was given back already (ARDT) or is not settled (NOOR).
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    done = await afterwards_store.returns(tx, list(known))
    asked: list[CancellationRequest] = []
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        record = item.record
        try:
            payment = _inside(node, known, item, Side.PAYER)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        outcomes.append(None)
        if not is_fresh:
            continue
        refused = _ALREADY_RETURNED if record.uetr in done else None
        if payment.state is not State.SETTLED:
            refused = _NO_ORIGINAL
        if refused is not None:
            out.append(_declined(node, record, payment, refused, now))
            continue
        asked.append(record)
        out.append(_recall_onward(node, record, payment))
    if asked:
        await afterwards_store.insert_recalls(tx, asked, now)
    await mail.send(tx, out, now)
    return outcomes


def _recall_onward(node: IpsNode, record: CancellationRequest, payment: Payment) -> mail.Outgoing:
    onward = replace(
        record,
        message_id=letters.message_id(node.role, payment.uetr, "recall", record.message_id),
        assigner=Agent(payment.pays_bic),
        assignee=Agent(payment.paid_bic),
        original_message_id=statuses.original_id(node, payment, Side.PSP),
    )
    return letters.letter(payment.paid, onward, node.domestic)


def _declined(
    node: IpsNode, record: CancellationRequest, payment: Payment, reason: str, now: datetime
) -> mail.Outgoing:
    resolution = InvestigationResolution(
        message_id=letters.message_id(node.role, payment.uetr, "declined", record.message_id),
        created_at=now,
        assigner=Agent(payment.paid_bic),
        assignee=Agent(payment.pays_bic),
        case_id=record.case_id,
        case_creator=record.case_creator,
        status=Investigation.RJCR,
        original_cancellation_id=record.cancellation_id,
        original_message_id=record.original_message_id,
        original_end_to_end_id=record.original_end_to_end_id,
        original_transaction_id=record.original_transaction_id,
        uetr=record.uetr,
        reason=reason,
    )
    return letters.letter(payment.pays, resolution, node.domestic)


async def answer_recall(
    tx: Tx,
    node: IpsNode,
    received: Sequence[mail.Received[InvestigationResolution]],
    now: datetime,
) -> list[QantaraError | None]:
    """camt.029 of the payee's provider, carried to who recalled; NotFound if nobody did."""
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.lock_payments(tx, [item.record.uetr for item in received])
    keys = [(item.record.uetr, item.record.original_cancellation_id) for item in received]
    recalled = await afterwards_store.recalls(tx, keys)
    out: list[mail.Outgoing] = []
    outcomes: list[QantaraError | None] = []
    for item, key, is_fresh in zip(received, keys, fresh, strict=True):
        record = item.record
        try:
            payment = _inside(node, known, item, Side.PSP)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
            continue
        if key not in recalled:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, recall=key[1]))
            continue
        outcomes.append(None)
        if is_fresh:
            out.append(_resolution_back(node, record, payment))
    await mail.send(tx, out, now)
    return outcomes


def _resolution_back(
    node: IpsNode, record: InvestigationResolution, payment: Payment
) -> mail.Outgoing:
    back = replace(
        record,
        message_id=letters.message_id(node.role, payment.uetr, "resolution", record.message_id),
        assigner=Agent(payment.paid_bic),
        assignee=Agent(payment.pays_bic),
        original_message_id=payment.message_id,
    )
    return letters.letter(payment.pays, back, node.domestic)
