"""Staff's word on payments that were held: release, refuse, block."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.db.mail import send
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.remittance import booking, inbound_store
from qantara.remittance.confirming import after, keep
from qantara.remittance.messages import Original
from qantara.remittance.model import (
    Decide,
    Inbound,
    InboundEvent,
    InboundState,
    Institution,
    Verdict,
)
from qantara.remittance.receiving import answer

_EVENT = {Verdict.REFUSE: InboundEvent.REFUSE, Verdict.BLOCK: InboundEvent.BLOCK}


async def decide_held(
    tx: Tx, node: Institution, commands: Sequence[Decide], now: datetime
) -> list[Inbound | Conflict | NotFound]:
    """End the wait, and send the pacs.002 that ACWP announced.

    Released where the scheme confirms first (5 steps), a payment is accepted and goes on
    waiting for that word. The four eyes are the caller's to ask for.
    """
    found = await inbound_store.lock(tx, [each.uetr for each in commands])
    moved: dict[str, tuple[Inbound, Inbound]] = {}
    transfers: list[Transfer] = []
    outcomes: list[Inbound | Conflict | NotFound] = []
    for each in commands:
        payment = found.get(each.uetr)
        if payment is None:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each.uetr))
            continue
        if payment.state is not InboundState.HELD:
            facts = {"state": payment.state.value, "verdict": each.verdict.value}
            outcomes.append(Conflict(Reason.STATE_CONFLICT, uetr=each.uetr, **facts))
            continue
        event = _EVENT.get(each.verdict) or _release(node)
        then = replace(payment, state=after(payment, event), reason=_reason(each))
        transfers += _book(node, payment, event, now)
        moved[each.uetr] = (payment, then)
        found[each.uetr] = then
        outcomes.append(then)
    await ledger.must_post(tx, transfers, now)
    await keep(tx, list(moved.values()), now)
    told = [answer(node, then, Original.of(then), now) for _, then in moved.values()]
    await send(tx, told, now)
    return outcomes


def _release(node: Institution) -> InboundEvent:
    return InboundEvent.RESERVE if node.confirmed else InboundEvent.CREDIT


def _reason(command: Decide) -> Reason | None:
    if command.verdict is Verdict.RELEASE:
        return None
    return command.reason or Reason.REJECTED_BY_RECEIVER


def _book(
    node: Institution, payment: Inbound, event: InboundEvent, now: datetime
) -> list[Transfer]:
    if event is InboundEvent.CREDIT:
        return booking.credit(node, payment, now)
    if event is InboundEvent.BLOCK:
        return booking.block(node, payment, now)
    return booking.let_go(payment, now) if event is InboundEvent.REFUSE else []
