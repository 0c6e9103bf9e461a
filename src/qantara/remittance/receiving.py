"""Payments that arrive: credit or refuse, answer, and confirm where the scheme asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer, TransferKind
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, MessageName, PaymentStatus, Status
from qantara.remittance import inbound_store, messages, store
from qantara.remittance.model import FEES, INCOMING, Inbound, InboundState, Institution


@dataclass(slots=True)
class _Arrival:
    received: Received[CreditTransfer]
    payment: Inbound
    transfers: list[Transfer]


async def receive(
    tx: Tx, node: Institution, received: Sequence[Received[CreditTransfer]], now: datetime
) -> list[None]:
    """Credit what arrived, less exactly the fee written in the message, and answer pacs.002.

    Where the scheme confirms first (5 steps) the amount is only reserved until then. A payment
    already known by its UETR gives its first answer again.
    """
    await take(tx, [each.message for each in received], now)
    known = await inbound_store.lock(tx, [each.record.uetr for each in received])
    numbers = [each.record.creditor_account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    arrivals: dict[str, _Arrival] = {}
    for each, holding in zip(received, holdings, strict=True):
        if each.record.uetr not in known and each.record.uetr not in arrivals:
            arrivals[each.record.uetr] = _arrive(node, each, holding, now)
    await _post(tx, node, arrivals, now)
    if arrivals:
        await inbound_store.add(tx, [arrival.payment for arrival in arrivals.values()], now)
        await store.add_events(
            tx, [(a.payment.uetr, a.payment.state.value) for a in arrivals.values()], now
        )
        again = now + timedelta(seconds=node.overdue_seconds)
        waiting = [a.payment for a in arrivals.values() if a.payment.hold_id]
        await store.set_deadlines(tx, [(payment.uetr, again) for payment in waiting])
    outgoing = []
    for each in received:
        uetr = each.record.uetr
        payment = arrivals[uetr].payment if uetr in arrivals else known[uetr]
        answer = messages.status_answer(node, each.record, payment.reason, now)
        raw = rails.build(answer, node.profile)
        name = MessageName.PAYMENT_STATUS
        outgoing.append(Outgoing(each.message.sender, answer.message_id, name, uetr, raw))
    await send(tx, outgoing, now)
    return [None] * len(received)


def _arrive(
    node: Institution, each: Received[CreditTransfer], holding: Holding | NotFound, now: datetime
) -> _Arrival:
    record, fee = each.record, each.record.charges[1].amount
    reason = _objection(node, record, holding)
    account = None if isinstance(holding, QantaraError) else holding.account
    payment = Inbound(
        uetr=record.uetr,
        state=InboundState.REFUSED if reason else InboundState.CREDITED,
        account_id=account.id if account else None,
        account_code=account.ledger_code if account else None,
        interbank=record.settlement_amount,
        fee=fee if fee.asset == node.asset else replace(record.settlement_amount, minor=0),
        credited=record.settlement_amount - fee
        if fee.asset == node.asset == record.settlement_amount.asset
        else record.settlement_amount,
        sender_name=record.debtor.name,
        sender_account=record.debtor_account.number or "",
        sender_bic=record.debtor_agent.bic,
        sent=record.instructed_amount,
        end_to_end_id=record.end_to_end_id,
        transaction_id=record.transaction_id,
        message_id=record.message_id,
        note=record.remittance,
        reason=reason,
    )
    if reason:
        return _Arrival(each, payment, [])
    if node.confirmed:
        hold = _reservation(node, payment, now)
        payment = replace(payment, state=InboundState.RECEIVED, hold_id=hold.id)
        return _Arrival(each, payment, [hold])
    return _Arrival(each, payment, _credit(node, payment, now))


def _objection(
    node: Institution, record: CreditTransfer, holding: Holding | NotFound
) -> Reason | None:
    """Why this payment cannot be credited; None if it can."""
    if record.creditor_agent.bic != node.bic:
        return Reason.MESSAGE_WRONG_PARTY
    if isinstance(holding, QantaraError):
        return Reason.PAYEE_UNKNOWN
    if holding.account.state is not AccountState.OPEN:
        return Reason.PAYEE_CLOSED
    fee = record.charges[1].amount
    if record.settlement_amount.asset != node.asset or fee.asset != node.asset:
        return Reason.ASSET_MISMATCH
    if fee.minor >= record.settlement_amount.minor:
        return Reason.AMOUNT_NOT_POSITIVE
    return None


def _transfer(
    payment: Inbound, name: str, debit: str, credit: str, amount: int, now: datetime
) -> Transfer:
    return Transfer(
        id=str(ids.uuid_derived("inbound", payment.uetr, name)),
        debit=debit,
        credit=credit,
        amount=amount,
        asset=payment.interbank.asset.code,
        code=f"remittance.{name}",
        reference=payment.uetr,
        occurred_at=now,
        linked=True,
    )


def _reservation(node: Institution, payment: Inbound, now: datetime) -> Transfer:
    arrived = _transfer(payment, "reserve", node.claim, INCOMING, payment.interbank.minor, now)
    return replace(arrived, kind=TransferKind.HOLD, linked=False)


def _credit(node: Institution, payment: Inbound, now: datetime) -> list[Transfer]:
    """One chain: the whole amount in, the recipient's part and the fee out of clearing."""
    if payment.hold_id:
        first = Transfer(
            id=str(ids.uuid_derived("inbound", payment.uetr, "post")),
            kind=TransferKind.POST,
            hold_id=payment.hold_id,
            amount=0,
            code="remittance.arrive",
            reference=payment.uetr,
            occurred_at=now,
            linked=True,
        )
    else:
        first = _transfer(payment, "arrive", node.claim, INCOMING, payment.interbank.minor, now)
    account = payment.account_code or ""
    chain = [first, _transfer(payment, "credit", INCOMING, account, payment.credited.minor, now)]
    if payment.fee.minor:
        chain.append(_transfer(payment, "fee", INCOMING, FEES, payment.fee.minor, now))
        chain.append(_transfer(payment, "own_funds", node.own, node.claim, payment.fee.minor, now))
    chain[-1] = replace(chain[-1], linked=False)
    return chain


async def _post(tx: Tx, _node: Institution, arrivals: dict[str, _Arrival], now: datetime) -> None:
    """Post every arrival's chain; one that the book refuses becomes a refusal to the sender."""
    transfers = [transfer for arrival in arrivals.values() for transfer in arrival.transfers]
    posted = iter(await ledger.post(tx, transfers, now))
    for arrival in arrivals.values():
        refusals = [next(posted).refusal for _ in arrival.transfers]
        causes = [r.reason for r in refusals if r is not None]
        if causes:
            told = [reason for reason in causes if reason is not Reason.CHAIN_BROKEN]
            arrival.payment = replace(
                arrival.payment,
                state=InboundState.REFUSED,
                hold_id=None,
                reason=told[0] if told else Reason.CHAIN_BROKEN,
            )


async def confirm(
    tx: Tx, node: Institution, answers: Sequence[PaymentStatus], now: datetime
) -> list[bool]:
    """The scheme's word on payments we reserved: credit them or let go; False if unknown."""
    found = await inbound_store.lock(tx, [answer.uetr for answer in answers])
    finished: dict[str, InboundState] = {}
    transfers: list[Transfer] = []
    for answer in answers:
        payment = found.get(answer.uetr)
        if payment is None or payment.state is not InboundState.RECEIVED:
            continue
        if answer.uetr in finished or answer.status not in (Status.ACCC, Status.RJCT):
            continue
        if answer.status is Status.ACCC:
            finished[answer.uetr] = InboundState.CREDITED
            transfers += _credit(node, payment, now)
        else:
            finished[answer.uetr] = InboundState.RELEASED
            transfers.append(_letting_go(payment, now))
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Conflict(Reason.STATE_CONFLICT, id=outcome.id, detail=str(outcome.code))
    if finished:
        await inbound_store.finish(tx, list(finished.items()), now)
        await store.clear_deadlines(tx, list(finished))
        await store.add_events(tx, [(u, state.value) for u, state in finished.items()], now)
    return [answer.uetr in found for answer in answers]


def _letting_go(payment: Inbound, now: datetime) -> Transfer:
    return Transfer(
        id=str(ids.uuid_derived("inbound", payment.uetr, "void")),
        kind=TransferKind.VOID,
        hold_id=payment.hold_id,
        amount=0,
        code="remittance.release",
        reference=payment.uetr,
        occurred_at=now,
    )
