"""Payments that arrive: credit or refuse, answer, and confirm where the scheme asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx
from qantara.db.mail import Outgoing, Received, send, take
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Unavailable
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
    payment: Inbound
    transfers: list[Transfer]


async def receive(
    tx: Tx, node: Institution, received: Sequence[Received[CreditTransfer]], now: datetime
) -> list[Conflict | None]:
    """Credit what arrived, less exactly the fee written in the message, and answer pacs.002.

    Where the scheme confirms first (5 steps) the amount is only reserved until then. The same
    message again gets its first answer again; the same UETR in another message is rejected as a
    duplicate; the same message with other content contradicts itself and gets no answer.
    """
    await take(tx, [each.message for each in received], now)
    known = await inbound_store.lock(tx, [each.record.uetr for each in received])
    numbers = [each.record.creditor_account.number or "" for each in received]
    holdings = await parties.account_by_number(tx, numbers)
    arrivals: dict[str, _Arrival] = {}
    outcomes: list[Conflict | None] = []
    for each, holding in zip(received, holdings, strict=True):
        arrival = _arrive(node, each, holding, now)
        uetr = arrival.payment.uetr
        before = known.get(uetr) or arrivals.setdefault(uetr, arrival).payment
        outcomes.append(_contradiction(before, arrival.payment))
    await _post(tx, arrivals, now)
    await _keep(tx, node, [arrival.payment for arrival in arrivals.values()], now)
    known |= {uetr: arrival.payment for uetr, arrival in arrivals.items()}
    answered = [
        _answer(node, each, known[each.record.uetr], now)
        for each, wrong in zip(received, outcomes, strict=True)
        if wrong is None
    ]
    await send(tx, answered, now)
    return outcomes


def _contradiction(before: Inbound, payment: Inbound) -> Conflict | None:
    if before.message_id != payment.message_id or _content(before) == _content(payment):
        return None
    return Conflict(Reason.ID_REUSED, id=payment.message_id)


def _content(payment: Inbound) -> Inbound:
    """What the message said, without what became of it."""
    return replace(payment, state=InboundState.RECEIVED, hold_id=None, reason=None)


async def _keep(tx: Tx, node: Institution, payments: Sequence[Inbound], now: datetime) -> None:
    if not payments:
        return
    await inbound_store.add(tx, payments, now)
    await store.add_events(tx, [(each.uetr, each.state.value) for each in payments], now)
    again = now + timedelta(seconds=node.overdue_seconds)
    await store.set_deadlines(tx, [(each.uetr, again) for each in payments if each.hold_id])


def _answer(
    node: Institution, each: Received[CreditTransfer], payment: Inbound, now: datetime
) -> Outgoing:
    is_other = each.record.message_id != payment.message_id
    reason = Reason.MESSAGE_DUPLICATE if is_other else payment.reason
    answer = messages.status_answer(node, each.record, reason, now)
    raw = rails.build(answer, node.profile)
    name = MessageName.PAYMENT_STATUS
    return Outgoing(each.message.sender, answer.message_id, name, payment.uetr, raw)


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
        return _Arrival(payment, [])
    if node.confirmed:
        holds = _reservation(node, payment, now)
        payment = replace(payment, state=InboundState.RECEIVED, hold_id=holds[0].id)
        return _Arrival(payment, holds)
    return _Arrival(payment, _credit(node, payment, now))


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


def _reservation(node: Institution, payment: Inbound, now: datetime) -> list[Transfer]:
    """Reserve the whole way to the recipient: what the account could not take is refused now,
    and what is promised now is paid even if the account is frozen meanwhile.
    """
    whole, part = payment.interbank.minor, payment.credited.minor
    account = payment.account_code or ""
    arrive = _transfer(payment, "reserve", node.claim, INCOMING, whole, now)
    promise = _transfer(payment, "promise", INCOMING, account, part, now)
    return [
        replace(arrive, kind=TransferKind.HOLD),
        replace(promise, kind=TransferKind.HOLD, linked=False),
    ]


def _credit(node: Institution, payment: Inbound, now: datetime) -> list[Transfer]:
    """One chain: the whole amount in, the recipient's part and the fee out of clearing."""
    if payment.hold_id:
        chain = _end(payment, TransferKind.POST, "arrive", "credit", now)
    else:
        whole, account = payment.interbank.minor, payment.account_code or ""
        chain = [
            _transfer(payment, "arrive", node.claim, INCOMING, whole, now),
            _transfer(payment, "credit", INCOMING, account, payment.credited.minor, now),
        ]
    if payment.fee.minor:
        chain.append(_transfer(payment, "fee", INCOMING, FEES, payment.fee.minor, now))
        chain.append(_transfer(payment, "own_funds", node.own, node.claim, payment.fee.minor, now))
    chain[-1] = replace(chain[-1], linked=False)
    return chain


def _end(
    payment: Inbound, kind: TransferKind, arrive: str, promise: str, now: datetime
) -> list[Transfer]:
    """Post or void both reservations, under these two names; a chain still open at its end."""
    return [
        Transfer(
            id=str(ids.uuid_derived("inbound", payment.uetr, kind, hold)),
            kind=kind,
            hold_id=str(ids.uuid_derived("inbound", payment.uetr, hold)),
            amount=0,
            code=f"remittance.{name}",
            reference=payment.uetr,
            occurred_at=now,
            linked=True,
        )
        for hold, name in (("reserve", arrive), ("promise", promise))
    ]


async def _post(tx: Tx, arrivals: dict[str, _Arrival], now: datetime) -> None:
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
) -> list[Conflict | NotFound | None]:
    """The scheme's word on payments we reserved: credit them or let go.

    `NotFound` for a message we never received; a word that contradicts the first is a `Conflict`.
    """
    found = await inbound_store.lock(tx, [answer.uetr for answer in answers])
    finished: dict[str, InboundState] = {}
    transfers: list[Transfer] = []
    outcomes: list[Conflict | NotFound | None] = []
    for answer in answers:
        payment = found.get(answer.uetr)
        if payment is None or payment.message_id != answer.original_message_id:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=answer.uetr))
            continue
        state = finished.get(answer.uetr, payment.state)
        outcomes.append(_disagreement(answer, state))
        if state is not InboundState.RECEIVED or answer.status not in _FINAL_WORDS:
            continue
        if answer.status is Status.ACCC:
            finished[answer.uetr] = InboundState.CREDITED
            transfers += _credit(node, payment, now)
        else:
            finished[answer.uetr] = InboundState.RELEASED
            transfers += _letting_go(payment, now)
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Unavailable(Reason.INTERNAL, id=outcome.id, detail=str(outcome.code))
    if finished:
        await inbound_store.finish(tx, list(finished.items()), now)
        await store.clear_deadlines(tx, list(finished))
        await store.add_events(tx, [(u, state.value) for u, state in finished.items()], now)
    return outcomes


_FINAL_WORDS = (Status.ACCC, Status.RJCT)


def _disagreement(answer: PaymentStatus, state: InboundState) -> Conflict | None:
    """Whether the scheme says credited of what is not, or rejected of what is."""
    if state is InboundState.RECEIVED or answer.status not in _FINAL_WORDS:
        return None
    if (answer.status is Status.ACCC) == (state is InboundState.CREDITED):
        return None
    return Conflict(Reason.STATE_CONFLICT, uetr=answer.uetr, state=state, status=answer.status)


def _letting_go(payment: Inbound, now: datetime) -> list[Transfer]:
    chain = _end(payment, TransferKind.VOID, "release", "release", now)
    return [chain[0], replace(chain[1], linked=False)]
