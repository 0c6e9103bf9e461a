"""The transfers of a payment, from the sending and from the receiving side: pure functions.

Where customers' funds and own funds meet, one rule holds: what stands apart for customers moves
by exactly what customers' balances move by, and the difference is made up between the two.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.ledger.model import Balancing, Transfer, TransferKind
from qantara.money import Asset
from qantara.remittance.model import (
    BLOCKED,
    FEES,
    INCOMING,
    LATE_ANSWER,
    OUTGOING,
    Event,
    GatewayQuote,
    Inbound,
    InboundState,
    Institution,
    Quote,
    Remittance,
    position,
)

Leg = tuple[str, str, str, int, Asset]
"""What it is, debit, credit, minor units, asset."""


def cover(node: Institution, needed: int, moved: int) -> list[Leg]:
    """Bring the customers' claim from what `moved` on it to what it `needed` to move by."""
    missing = needed - moved
    pair = (node.own, node.claim) if missing > 0 else (node.claim, node.own)
    return [("own_funds", *pair, abs(missing), node.asset)]


def chain(
    subject: tuple[str, ...], reference: str, legs: Sequence[Leg], now: datetime
) -> list[Transfer]:
    """Direct transfers of all legs that move something, joined to whatever follows."""
    return [
        Transfer(
            id=ids.uuid_text(*subject, name),
            debit=debit,
            credit=credit,
            amount=amount,
            asset=asset.code,
            code=f"remittance.{name}",
            reference=reference,
            occurred_at=now,
            linked=True,
        )
        for name, debit, credit, amount, asset in legs
        if amount
    ]


def closed(made: list[Transfer]) -> list[Transfer]:
    """A chain that ends here."""
    return [*made[:-1], replace(made[-1], linked=False)]


def hold(remittance: Remittance, account: str, now: datetime) -> Transfer:
    """Reserve the whole debit in the sender's account."""
    debit = remittance.quote.total_debit
    return Transfer(
        id=ids.uuid_text(remittance.id, "hold"),
        kind=TransferKind.HOLD,
        debit=account,
        credit=OUTGOING,
        amount=debit.minor,
        asset=debit.asset.code,
        code="remittance.accept",
        reference=remittance.id,
        occurred_at=now,
    )


def release(remittance: Remittance, now: datetime) -> Transfer:
    """Give the sender back exactly what was held."""
    return Transfer(
        id=ids.uuid_text(remittance.id, "void"),
        kind=TransferKind.VOID,
        hold_id=remittance.hold_id,
        amount=0,
        code="remittance.reject",
        reference=remittance.uetr or remittance.id,
        occurred_at=now,
    )


def pay(node: Institution, remittance: Remittance, event: Event, now: datetime) -> list[Transfer]:
    """Post the hold, pay whoever exchanges the money, and earn the fee.

    It leaves through the scheme's claim, into the account that we keep for the FX provider as
    its access provider, or into our own position. A blocked payment is booked as a settled
    one. Its money has left through the scheme and is kept where it was blocked, neither
    credited nor returned, so it is no longer e-money here and no longer a claim of ours; what
    a court gives back arrives as a payment of its own.
    """
    quote = remittance.quote
    sent, fee = quote.offer.interbank_source.minor, quote.sender_fee.minor
    target = target_of(node, quote.offer)
    legs: list[Leg] = [
        ("principal", OUTGOING, target, sent, node.asset),
        ("fee", OUTGOING, FEES, fee, node.asset),
        *cover(node, sent + fee, sent if target == node.claim else 0),
        *_abroad(node, quote),
    ]
    reference = remittance.uetr or remittance.id
    posted = Transfer(
        id=ids.uuid_text(remittance.id, "post"),
        kind=TransferKind.POST,
        hold_id=remittance.hold_id,
        amount=0,
        code=f"remittance.{event}",
        reference=reference,
        occurred_at=now,
        linked=True,
    )
    return closed([posted, *chain((remittance.id,), reference, legs, now)])


def target_of(node: Institution, offer: GatewayQuote) -> str:
    """The ledger account through which money exchanged by this offer leaves."""
    if offer.id is None:
        return position(node.asset)
    return node.correspondent(offer.source_sap_bic, offer.source_sap_account) or node.claim


def _abroad(node: Institution, quote: Quote) -> list[Leg]:
    """Own FX: what our account abroad has paid out, against our position in that currency."""
    if quote.offer.id is not None or node.own_fx is None:
        return []
    account = node.own_fx.accounts[quote.request.destination_country]
    paid = quote.offer.interbank_destination
    return [("abroad", position(paid.asset), account.code, paid.minor, paid.asset)]


def reserve(payment: Inbound, now: datetime) -> list[Transfer]:
    """Reserve the whole way to the recipient: what the account could not take is refused now,
    and what is promised now is paid even if the account is frozen meanwhile.
    """
    legs: list[Leg] = [
        ("reserve", payment.paid_from, INCOMING, *_amount(payment, payment.interbank.minor)),
        (
            "promise",
            INCOMING,
            payment.account_code or "",
            *_amount(payment, payment.credited.minor),
        ),
    ]
    made = chain(("inbound", payment.uetr), payment.uetr, legs, now)
    return closed([replace(each, kind=TransferKind.HOLD) for each in made])


def _amount(payment: Inbound, minor: int) -> tuple[int, Asset]:
    return minor, payment.interbank.asset


def credit(node: Institution, payment: Inbound, now: datetime) -> list[Transfer]:
    """One chain: the whole amount in, the recipient's part and the fee out of clearing."""
    whole, part, fee = payment.interbank.minor, payment.credited.minor, payment.fee.minor
    begun: list[Transfer] = []
    legs: list[Leg] = []
    if payment.hold_id:
        begun = [
            _end(payment, TransferKind.POST, "reserve", "arrive", now),
            _end(payment, TransferKind.POST, "promise", "credit", now),
        ]
    else:
        legs = [
            ("arrive", payment.paid_from, INCOMING, whole, node.asset),
            ("credit", INCOMING, payment.account_code or "", part, node.asset),
        ]
    legs.append(("fee", INCOMING, FEES, fee, node.asset))
    legs += cover(node, -part, -_through_claim(node, payment))
    return closed(begun + chain(("inbound", payment.uetr), payment.uetr, legs, now))


def block(node: Institution, payment: Inbound, now: datetime) -> list[Transfer]:
    """Take the whole amount and keep it from the recipient: it stays customers' money, apart
    from every account, until an authority says whose it is.
    """
    whole = payment.interbank.minor
    begun: list[Transfer] = []
    legs: list[Leg] = []
    if payment.hold_id:
        begun = [
            _end(payment, TransferKind.POST, "reserve", "arrive", now),
            _end(payment, TransferKind.VOID, "promise", "block", now),
        ]
    else:
        legs = [("arrive", payment.paid_from, INCOMING, whole, node.asset)]
    legs.append(("block", INCOMING, BLOCKED, whole, node.asset))
    legs += cover(node, -whole, -_through_claim(node, payment))
    return closed(begun + chain(("inbound", payment.uetr), payment.uetr, legs, now))


def let_go(payment: Inbound, now: datetime) -> list[Transfer]:
    """Void both reservations."""
    ends = [
        _end(payment, TransferKind.VOID, "reserve", "release", now),
        _end(payment, TransferKind.VOID, "promise", "release", now),
    ]
    return closed(ends)


def take_back(payment: Inbound, now: datetime) -> Transfer:
    """As much of a credited amount as the recipient's account still has available."""
    return Transfer(
        id=ids.uuid_text("inbound", payment.uetr, "take_back"),
        debit=payment.account_code or "",
        credit=INCOMING,
        amount=payment.credited.minor,
        asset=payment.credited.asset.code,
        code="remittance.take_back",
        reference=payment.uetr,
        occurred_at=now,
        balancing=Balancing.DEBIT,
    )


def reverse(node: Institution, payment: Inbound, taken: int, now: datetime) -> list[Transfer]:
    """Give the whole amount back to where it came from, after `taken` out of the recipient's
    account: the fee is given up, and what is missing is our expense.
    """
    whole, missing = payment.interbank.minor, payment.credited.minor - taken
    if payment.state is InboundState.BLOCKED:
        legs: list[Leg] = [("unblock", BLOCKED, INCOMING, whole, node.asset)]
        taken = whole
    else:
        legs = [
            ("late_answer", LATE_ANSWER, INCOMING, missing, node.asset),
            ("give_up_fee", FEES, INCOMING, payment.fee.minor, node.asset),
        ]
    legs.append(("reverse", INCOMING, payment.paid_from, whole, node.asset))
    covering = cover(node, taken, _through_claim(node, payment))
    legs += [("reverse_own_funds", *leg[1:]) for leg in covering]
    return closed(chain(("inbound", payment.uetr), payment.uetr, legs, now))


def _through_claim(node: Institution, payment: Inbound) -> int:
    """How much of the payment moves on the claim itself: all, or nothing where an FX provider
    pays out of the account that we keep for it.
    """
    return payment.interbank.minor if payment.paid_from == node.claim else 0


def _end(payment: Inbound, kind: TransferKind, held: str, name: str, now: datetime) -> Transfer:
    """Post or void one of the two reservations; a chain still open at its end."""
    return Transfer(
        id=ids.uuid_text("inbound", payment.uetr, kind, held),
        kind=kind,
        hold_id=ids.uuid_text("inbound", payment.uetr, held),
        amount=0,
        code=f"remittance.{name}",
        reference=payment.uetr,
        occurred_at=now,
        linked=True,
    )
