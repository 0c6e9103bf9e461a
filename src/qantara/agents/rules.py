"""Prices, digests, judgements and bookings of cash: pure functions.

What stands apart for customers moves by exactly what their balances move by: a fee leaves
customers' funds in the transaction that earns it, and a commission, which is e-money of the
agent's, is put to them out of own funds.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from msgspec.structs import replace

from qantara import ids
from qantara.agents.commands import Deposit, Move, MoveFloat, NewOrder, Redeem
from qantara.agents.model import (
    COMMISSIONS,
    FEES,
    ORDER_TRANSITIONS,
    PASSING,
    PICKUPS,
    UNCLAIMED,
    Agent,
    AgentState,
    Kind,
    Member,
    Order,
    OrderEvent,
    OrderState,
    Receipt,
)
from qantara.errors import Conflict, Reason, Refused
from qantara.ledger.model import Transfer, TransferKind
from qantara.money import Money, Rounding, round_fraction
from qantara.parties.model import Holding
from qantara.policy.model import Act, Decision, Facts, Party, Tariff

SHOWN = 4
"""Characters of a document's number that are told and kept in clear."""
_THOUSAND = 1000
# What a guess at a digest costs: some hundredths of a second and 16 MiB (scrypt).
_WORK, _BLOCK, _LANES, _OCTETS = 2**14, 8, 1, 32


def normal(text: str) -> str:
    """A document's number without what people put between its parts."""
    return "".join(each for each in text.upper() if each.isalnum())


def last(identity: str) -> str:
    return normal(identity)[-SHOWN:]


def code_digest(order_id: str, code: str) -> bytes:
    """What is kept of a code; it is slow to make, and the order's own."""
    return _digest(f"code/{order_id}", code)


def identity_digest(role: str, kind: str, identity: str) -> bytes:
    """What is kept of a document's number: the same wherever in this institution it is shown."""
    return _digest(f"identity/{role}/{kind}", normal(identity))


def _digest(salt: str, text: str) -> bytes:
    return hashlib.scrypt(
        text.encode(), salt=salt.encode(), n=_WORK, r=_BLOCK, p=_LANES, dklen=_OCTETS
    )


def price(tariffs: Mapping[str, Tariff], kind: Kind, amount: Money) -> Money:
    """So much per thousand, half-up, and at least the minimum; nothing where there is no entry."""
    tariff = tariffs.get(kind.value)
    if tariff is None:
        return Money(0, amount.asset)
    share = Fraction(tariff.per_thousand) * amount.minor / _THOUSAND
    return Money(max(round_fraction(share, Rounding.HALF_UP), tariff.minimum.minor), amount.asset)


def moved(order: Order, event: OrderEvent) -> OrderState:
    """The state after an event; `Conflict` where the table knows no such move."""
    after = ORDER_TRANSITIONS.get((order.state, event))
    if after is None:
        raise Conflict(Reason.STATE_CONFLICT, id=order.id, state=order.state, event=event)
    return after


def amount_objection(node: Member, amount: Money) -> Refused | None:
    if amount.asset != node.asset:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": node.asset.code})
    return Refused(Reason.AMOUNT_NOT_POSITIVE) if amount.minor <= 0 else None


def agent_objection(agent: Agent) -> Refused | None:
    is_active = agent.state is AgentState.ACTIVE
    return None if is_active else Refused(Reason.AGENT_SUSPENDED, facts={"agent": agent.id})


def is_opened_by(order: Order, said: Redeem) -> bool:
    """Whether both the code and the document fit; neither is compared in a time that tells."""
    code = hmac.compare_digest(order.code_digest, said.code_digest)
    who = order.recipient
    if who is None:
        shown = hmac.compare_digest(order.identity_last.encode(), said.identity_last.encode())
    else:
        shown = hmac.compare_digest(who.identity_digest, said.identity_digest)
    return code and shown


def missed(node: Member, order: Order) -> Order:
    """The order after one more wrong word."""
    misses = order.misses + 1
    event = OrderEvent.LOCK if misses >= node.cash_attempts else OrderEvent.MISS
    return replace(order, misses=misses, state=moved(order, event))


def person(order: Order) -> str:
    """Who takes the cash: a customer of ours, or whoever has the document."""
    who = order.recipient
    return order.customer_id if who is None else who.identity_digest.hex()


def cash_facts(
    node: Member, amount: Money, day: int, month: int, *, customer_kind: str | None
) -> Facts:
    """`day` and `month`: the person's cash before this act, in minor units."""
    return Facts(
        act=Act.CASH,
        sender=Party(
            country=node.country,
            currency=amount.asset.code,
            customer_kind=customer_kind,
            amount=amount.minor,
            cash_amount=amount.minor,
            cash_today=day + amount.minor,
            cash_month=month + amount.minor,
            funding="cash",
        ),
    )


def pickup_facts(node: Member, amount: Money, customer_kind: str) -> Facts:
    """A payment inside the country, out of e-money, that touches no payment system."""
    side = Party(country=node.country, currency=amount.asset.code, amount=amount.minor)
    return Facts(
        act=Act.PAYMENT,
        sender=replace(side, customer_kind=customer_kind, funding="e_money"),
        recipient=side,
    )


def forbidden(decision: Decision) -> Refused | None:
    """What policy refuses, and what it wants a person to see: cash is not kept waiting."""
    if decision.refusal is None and decision.review:
        first = decision.review[0]
        return Refused(Reason.REVIEW_REQUIRED, rule=first.rule, citation=first.provision)
    return decision.refusal


def first_cause(refusals: Sequence[Refused]) -> Refused:
    """Why a chain was refused: the link at fault, not those that fell with it."""
    told = [each for each in refusals if each.reason is not Reason.CHAIN_BROKEN]
    return (told or list(refusals))[0]


def _booking(
    words: tuple[str, str], debit: str, credit: str, amount: Money, now: datetime
) -> Transfer:
    """`words`: whose it is, and what."""
    subject, name = words
    return Transfer(
        id=ids.uuid_text("agents", *words),
        debit=debit,
        credit=credit,
        amount=amount.minor,
        asset=amount.asset.code,
        code=f"cash.{name}",
        reference=subject,
        occurred_at=now,
    )


def _end(words: tuple[str, str], kind: TransferKind, now: datetime) -> Transfer:
    """Post or void what was held under a name."""
    subject, name = words
    return Transfer(
        id=ids.uuid_text("agents", subject, name, kind),
        kind=kind,
        hold_id=ids.uuid_text("agents", *words),
        amount=0,
        code=f"cash.{'settle' if kind is TransferKind.POST else 'release'}",
        reference=subject,
        occurred_at=now,
    )


def _chain(bookings: Sequence[Transfer]) -> list[Transfer]:
    """All or nothing; what would move nothing is left out."""
    there = [each for each in bookings if each.amount or not each.kind.opens]
    return [replace(each, linked=place < len(there) - 1) for place, each in enumerate(there)]


def _earned(
    node: Member, subject: str, agent: Agent, fee: Money, commission: Money, now: datetime
) -> list[Transfer]:
    """What the institution's own funds gain by the fee and lose by the commission."""
    return [
        _booking((subject, "fee_funds"), node.own, node.claim, fee, now),
        _booking((subject, "commission"), COMMISSIONS, agent.commission_code, commission, now),
        _booking((subject, "commission_funds"), node.claim, node.own, commission, now),
    ]


def deposit_bookings(
    node: Member, said: Deposit, agent: Agent, payee: Holding, receipt: Receipt, now: datetime
) -> list[Transfer]:
    """The agent's float becomes the customer's money, of which the fee is taken."""
    account = payee.account.ledger_code
    return _chain(
        [
            _booking((said.id, "deposit"), agent.float_code, account, said.amount, now),
            _booking((said.id, "fee"), account, FEES, receipt.fee, now),
            *_earned(node, said.id, agent, receipt.fee, receipt.commission, now),
        ]
    )


def order_bookings(order: Order, now: datetime) -> list[Transfer]:
    """Hold what a customer will take; put apart what somebody else will."""
    if order.kind is Kind.PICKUP:
        total = order.amount + order.fee
        return [_booking((order.id, "pickup"), order.account_code, PICKUPS, total, now)]
    held = [
        _booking((order.id, "withdrawal"), order.account_code, PASSING, order.amount, now),
        _booking((order.id, "fee"), order.account_code, FEES, order.fee, now),
    ]
    return _chain([replace(each, kind=TransferKind.HOLD) for each in held])


def pay_bookings(
    node: Member, order: Order, agent: Agent, commission: Money, now: datetime
) -> list[Transfer]:
    """The agent has paid in cash and is given as much float; the fee is earned."""
    key, amount, fee = order.id, order.amount, order.fee
    if order.kind is Kind.PICKUP:
        paid = [
            _booking((key, "pay_out"), PICKUPS, agent.float_code, amount, now),
            _booking((key, "fee"), PICKUPS, FEES, fee, now),
        ]
    else:
        paid = [
            _end((key, "withdrawal"), TransferKind.POST, now),
            _booking((key, "pay_out"), PASSING, agent.float_code, amount, now),
        ]
        if fee.minor:
            paid.append(_end((key, "fee"), TransferKind.POST, now))
    return _chain([*paid, *_earned(node, key, agent, fee, commission, now)])


def give_back(order: Order, now: datetime, *, unclaimed: bool = False) -> list[Transfer]:
    """What was held or put apart, the fee with it; `unclaimed`: the account can take no more."""
    if order.kind is Kind.PICKUP:
        name, account = ("unclaimed", UNCLAIMED) if unclaimed else ("back", order.account_code)
        total = order.amount + order.fee
        return [_booking((order.id, name), PICKUPS, account, total, now)]
    names = ("withdrawal", "fee") if order.fee.minor else ("withdrawal",)
    return _chain([_end((order.id, name), TransferKind.VOID, now) for name in names])


def float_booking(said: MoveFloat, agent: Agent, now: datetime) -> Transfer:
    debit, credit = {
        Move.FUND: (agent.account_code, agent.float_code),
        Move.DRAW: (agent.float_code, agent.account_code),
        Move.COLLECT: (agent.commission_code, agent.account_code),
    }[said.move]
    return _booking((said.id, f"float_{said.move}"), debit, credit, said.amount, now)


def same_wish(order: Order, said: NewOrder) -> bool:
    """Whether an order is what is asked for again; its code and reference were drawn anew."""
    return (order.customer_id, order.account_id, order.amount, order.recipient) == (
        said.customer_id,
        said.account_id,
        said.amount,
        said.recipient,
    )
