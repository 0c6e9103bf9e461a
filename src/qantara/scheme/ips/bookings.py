"""What moves in the books when a payment moves.

A payment is reserved from who pays to who is paid, and posted or released at its end. Going out
by four steps it is settled at once instead; in the same breath its way back is reserved, so that
a reversal can never fail for lack of money: a rejection posts that way back, a new transfer, and
success releases it. Where one bank stands on both ends nothing moves.

A blocked payment is booked as a settled one. The payee's provider keeps the money apart in its
own book; here, at the access provider and on the source side it has been paid.
"""

from collections.abc import Sequence
from datetime import datetime

from qantara.errors import Reason, Refused
from qantara.ledger.model import Posted, ResultCode, Transfer, TransferKind
from qantara.scheme import letters
from qantara.scheme.ips.model import Event, IpsNode, Payment, Route, Settlement, State

_SETTLING = frozenset({Event.PSP_ACCEPT, Event.PSP_BLOCK, Event.CONFIRM, Event.BLOCK})
_RELEASING = frozenset({Event.SAP_REJECT, Event.PSP_REJECT, Event.REJECT, Event.EXPIRE})


def of_event(node: IpsNode, payment: Payment, event: Event, now: datetime) -> list[Transfer]:
    """The transfers of one move of a payment that is in the state before it."""
    incoming = payment.route is Route.IN
    if payment.own:
        return []
    if event is Event.SAP_ACCEPT:
        return reserve(node, payment, now) if incoming else []
    if event in _SETTLING:
        return [_end(node, payment, now, settled=True)]
    unreserved = payment.state is State.AT_DESTINATION_SAP
    if event in _RELEASING and not unreserved:
        return [_end(node, payment, now, settled=False)]
    return []


def reserve(node: IpsNode, payment: Payment, now: datetime) -> list[Transfer]:
    if payment.own:
        return []
    pays, paid = node.account_of(payment.pays), node.account_of(payment.paid)
    if not _settles_first(payment):
        return [_opening(node, payment, TransferKind.HOLD, (pays, paid), now)]
    return [
        _opening(node, payment, TransferKind.DIRECT, (pays, paid), now),
        _opening(node, payment, TransferKind.HOLD, (paid, pays), now),
    ]


def _settles_first(payment: Payment) -> bool:
    return payment.route is Route.OUT and payment.steps == 4  # noqa: PLR2004 - the variant's name


def _opening(
    node: IpsNode,
    payment: Payment,
    kind: TransferKind,
    accounts: tuple[str, str],
    now: datetime,
) -> Transfer:
    first = kind is TransferKind.DIRECT
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, kind),
        debit=accounts[0],
        credit=accounts[1],
        amount=payment.amount.minor,
        asset=payment.amount.asset.code,
        kind=kind,
        code="ips.settle" if first else "ips.reserve",
        reference=payment.uetr,
        occurred_at=now,
        linked=first,
    )


def _end(node: IpsNode, payment: Payment, now: datetime, *, settled: bool) -> Transfer:
    back = _settles_first(payment)
    kind = TransferKind.VOID if settled is back else TransferKind.POST
    codes = {(False, True): "ips.settle", (True, False): "ips.reverse"}
    return Transfer(
        id=letters.transfer_id(node.role, payment.uetr, kind),
        amount=0,
        kind=kind,
        hold_id=letters.transfer_id(node.role, payment.uetr, TransferKind.HOLD),
        code=codes.get((back, settled), "ips.release"),
        reference=payment.uetr,
        occurred_at=now,
    )


def refused(
    node: IpsNode, transfers: Sequence[Transfer], posted: dict[str, Posted]
) -> Refused | None:
    """Why the book did not take these transfers, in the words of the system; None if it did.

    Too little is AM04 where money itself moves, AM23 where a position meets its net debit cap.
    """
    outcomes = [posted[transfer.id] for transfer in transfers]
    causes = [o for o in outcomes if not o.accepted and o.code is not ResultCode.CHAIN_BROKEN]
    refusal = causes[0].refusal if causes else None
    if refusal is None or refusal.reason is not Reason.INSUFFICIENT_FUNDS:
        return refusal
    net = node.settlement is Settlement.DEFERRED_NET
    reason = Reason.NET_DEBIT_CAP if net else Reason.LIQUIDITY_SHORT
    return Refused(reason, rule=refusal.rule)
