"""An access provider is asked: by pacs.008 on either side, or by API to pay."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Posted, Transfer, TransferKind
from qantara.money import Money
from qantara.rails.model import CreditTransfer, Status
from qantara.scheme import letters
from qantara.scheme.letters import Original, Verdict
from qantara.scheme.model import (
    AUTHORISATION,
    Authorisation,
    AuthorisationRequest,
    advance,
    write_notice,
)
from qantara.scheme.sap import store
from qantara.scheme.sap.model import (
    START,
    TRANSITIONS,
    Event,
    Payment,
    SapNode,
    Side,
    State,
)

_Transfer = mail.Received[CreditTransfer]
_Request = mail.Received[AuthorisationRequest]


class _Wish(Struct, frozen=True):
    """What a message asks for. `refused` is what is wrong before any account is looked at."""

    item: _Transfer | _Request
    side: Side
    number: str | None
    amount: Money
    refused: Verdict | None

    @property
    def uetr(self) -> str:
        return self.item.record.uetr


async def reserve(
    tx: Tx, node: SapNode, received: Sequence[_Transfer], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 of the system, answered by pacs.002.

    Source side (we are intermediary 1): the customer's incoming money is reserved, ACCC.
    Destination side (we are the instructing agent): what the customer pays is reserved, ACTC.
    RJCT where the account named is not that of a customer of ours (RC11), is closed, frozen or
    short (AM04). Anybody but the system is a Conflict, and so is a message that says something
    else the second time.
    """
    return await _take(tx, node, [_asked(node, item) for item in received], now)


async def authorise(
    tx: Tx, node: SapNode, received: Sequence[_Request], now: datetime
) -> list[QantaraError | None]:
    """Each request of the system to pay, answered at once: granted when the money is reserved,
    or refused with the code that a pacs.002 would bear.
    """
    wishes = [
        _Wish(item, Side.DESTINATION, item.record.account, item.record.money, None)
        for item in received
    ]
    return await _take(tx, node, wishes, now)


def _asked(node: SapNode, item: _Transfer) -> _Wish:
    record = item.record
    near = record.intermediary1
    source = near is not None and near.agent.bic == node.bic
    mine = near if source and near is not None else record.intermediary2
    own = record.instructed_agent if source else record.instructing_agent
    wrong = letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=own.bic)
    return _Wish(
        item,
        Side.SOURCE if source else Side.DESTINATION,
        mine.account.number if mine.agent.bic == node.bic else None,
        record.settlement_amount,
        None if own.bic == node.bic else wrong,
    )


async def _take(
    tx: Tx, node: SapNode, wishes: Sequence[_Wish], now: datetime
) -> list[QantaraError | None]:
    await mail.take(tx, [wish.item.message for wish in wishes], now)
    known = await store.lock_payments(tx, [wish.uetr for wish in wishes])
    fresh: dict[str, tuple[Payment, Event]] = {}
    outcomes: list[QantaraError | None] = []
    for wish in wishes:
        sender = wish.item.message.sender
        if sender != node.ips:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, sender=sender))
            continue
        told = _payment(node, wish, now)
        before = known.get(wish.uetr)
        if before is None:
            before, _ = fresh.setdefault(wish.uetr, told)
        outcomes.append(_contradiction(before, told[0]))
    decided = await _book(tx, node, list(fresh.values()), now)
    await store.insert_payments(tx, decided, now)
    known |= {payment.uetr: payment for payment, _ in decided}
    out = [
        _answer(node, wish, known[wish.uetr], now)
        for wish, outcome in zip(wishes, outcomes, strict=True)
        if outcome is None
    ]
    await mail.send(tx, out, now)
    return outcomes


def _contradiction(before: Payment, told: Payment) -> Conflict | None:
    """What is reserved was reserved for the first words of a message, not for later ones."""
    said = (told.amount, told.side, told.customer)
    if told.message_id != before.message_id or said == (
        before.amount,
        before.side,
        before.customer,
    ):
        return None
    return Conflict(Reason.ID_REUSED, id=told.message_id)


def _payment(node: SapNode, wish: _Wish, now: datetime) -> tuple[Payment, Event]:
    customer = node.customer(wish.number)
    refused = letters.ordered(wish.item) or _refusal(node, wish)
    event = Event.RESERVE if refused is None else Event.REFUSE
    payment = Payment(
        uetr=wish.uetr,
        message_id=wish.item.record.message_id,
        sender=wish.item.message.sender,
        side=wish.side,
        customer="" if customer is None else customer.role,
        amount=wish.amount,
        state=advance(TRANSITIONS, START, event),
        reason=None if refused is None else refused.reason,
        text=None if refused is None else refused.text,
        recorded_at=now,
    )
    return payment, event


def _refusal(node: SapNode, wish: _Wish) -> Verdict | None:
    if wish.refused is not None:
        return wish.refused
    if wish.number is None or node.customer(wish.number) is None:
        return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent=node.bic)
    if wish.amount.asset != node.asset:
        return letters.refuse(Reason.CURRENCY_MISMATCH, currency=wish.amount.asset.code)
    return None


async def _book(
    tx: Tx, node: SapNode, new: list[tuple[Payment, Event]], now: datetime
) -> list[tuple[Payment, Event]]:
    """Reserve what the rules allow; what the book refuses is refused."""
    holds = [_hold(node, payment, now) for payment, event in new if event is Event.RESERVE]
    posted = await ledger.post(tx, holds, now)
    by_uetr = {item.reference: outcome for item, outcome in zip(holds, posted, strict=True)}
    return [(_decided(pair, by_uetr.get(pair[0].uetr))) for pair in new]


def _decided(pair: tuple[Payment, Event], outcome: Posted | None) -> tuple[Payment, Event]:
    if outcome is None or outcome.refusal is None:
        return pair
    short = outcome.refusal.reason is Reason.INSUFFICIENT_FUNDS
    reason = Reason.LIQUIDITY_SHORT if short else outcome.refusal.reason
    said = letters.refuse(reason)
    state = advance(TRANSITIONS, START, Event.REFUSE)
    return replace(pair[0], state=state, reason=said.reason, text=said.text), Event.REFUSE


def _hold(node: SapNode, payment: Payment, now: datetime) -> Transfer:
    account = f"customer/{payment.customer}"
    source = payment.side is Side.SOURCE
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, "hold"),
        debit=node.claim if source else account,
        credit=account if source else node.claim,
        amount=payment.amount.minor,
        asset=payment.amount.asset.code,
        kind=TransferKind.HOLD,
        code="sap.reserve",
        reference=payment.uetr,
        occurred_at=now,
    )


def answer_id(node: SapNode, uetr: str) -> str:
    """The id of our answer to a request; given again it is the same message."""
    return letters.message_id(node.role, uetr, "answer")


def _answer(node: SapNode, wish: _Wish, payment: Payment, now: datetime) -> mail.Outgoing:
    """The answer to a request; the same again for the same message, DU03 for another."""
    record, source = wish.item.record, payment.side is Side.SOURCE
    own_id = answer_id(node, record.uetr)
    if record.message_id != payment.message_id:
        said = letters.refuse(Reason.MESSAGE_DUPLICATE)
        own_id = letters.message_id(node.role, record.uetr, "duplicate", record.message_id)
    elif payment.state is State.REJECTED:
        said = Verdict(Status.RJCT, payment.reason, payment.text)
    else:
        said = Verdict(Status.ACCC if source else Status.ACTC)
    if isinstance(record, AuthorisationRequest):
        return _authorisation(wish, own_id, said, now)
    other = record.instructing_agent if source else record.instructed_agent
    status = letters.answer(own_id, Original.of(record), said, (node.bic, other.bic), now)
    return letters.letter(wish.item.message.sender, status, node.profile)


def _authorisation(wish: _Wish, own_id: str, said: Verdict, now: datetime) -> mail.Outgoing:
    granted = said.status is not Status.RJCT
    told = Authorisation(
        message_id=own_id,
        answered_at=now,
        uetr=wish.uetr,
        original_id=wish.item.record.message_id,
        granted=granted,
        reason=said.reason,
        text=said.text,
    )
    sender = wish.item.message.sender
    return mail.Outgoing(sender, own_id, AUTHORISATION, wish.uetr, write_notice(told))
