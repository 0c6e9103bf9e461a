"""A pacs.008 comes in: from a participant for abroad or for another one, or from the gateway."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.ledger import flow as ledger
from qantara.rails.model import CreditTransfer
from qantara.scheme import letters
from qantara.scheme.ips import authorisations, bookings, payments, statuses, store
from qantara.scheme.ips.entries import Inbound, Inside, Outbound, Transfer, entry
from qantara.scheme.ips.model import START, TRANSITIONS, Event, IpsNode, Payment, Side
from qantara.scheme.letters import Original
from qantara.scheme.model import advance

_Entry = Outbound | Inbound | Inside
_RESERVED = frozenset({Event.SUBMIT, Event.CARRY})


async def take_in(
    tx: Tx, node: IpsNode, received: Sequence[mail.Received[Any]], now: datetime
) -> list[QantaraError | None]:
    """Each pacs.008 (a `CreditTransfer` or `DomesticTransfer`): checked, and sent to whom it
    concerns next; or RJCT with its code.

    That is the access provider of this side, or where the provider of the customer is its own,
    the party behind it; inside the system, the payee's provider. A participant's own money is
    reserved here and now. What the gateway sends is reserved when the access provider has
    agreed. Somebody who takes no part is NotFound and gets no answer; a message that says
    something else the second time is a Conflict.
    """
    await mail.take(tx, [item.message for item in received], now)
    uetrs = [item.record.uetr for item in received]
    known = await store.lock_payments(tx, uetrs, whole=True)
    suspended = await store.suspended(tx)
    entries: dict[str, _Entry] = {}
    repeats: dict[int, _Entry] = {}
    outcomes: list[QantaraError | None] = []
    for place, item in enumerate(received):
        sender, uetr = item.message.sender, item.record.uetr
        if sender != node.gateway and node.participant(sender) is None:
            outcomes.append(NotFound(Reason.INSTITUTION_UNKNOWN, sender=sender))
            continue
        outcomes.append(None)
        if uetr in known or uetr in entries:
            repeats[place] = entry(node, item, suspended)
        else:
            entries[uetr] = entry(node, item, suspended)
    new = await _reserve(tx, node, [each.payment(now) for each in entries.values()], now)
    await store.insert_payments(tx, new, now)
    known |= {payment.uetr: payment for payment, _ in new}
    out = [_first(entries[uetr], known[uetr], now) for uetr in entries]
    for place, each in repeats.items():
        payment = known[each.item.record.uetr]
        if each.contradicts(payment):
            outcomes[place] = Conflict(Reason.ID_REUSED, id=payment.message_id)
        else:
            out += _repeated(each, payment, now)
    await mail.send(tx, out, now)
    return outcomes


async def _reserve(
    tx: Tx, node: IpsNode, new: list[tuple[Payment, Event]], now: datetime
) -> list[tuple[Payment, Event]]:
    """Hold the money of participants that send; what the book refuses is refused."""
    wishes = {
        payment.uetr: bookings.reserve(node, payment, now)
        for payment, event in new
        if event in _RESERVED
    }
    transfers = [transfer for wish in wishes.values() for transfer in wish]
    posted = {outcome.id: outcome for outcome in await ledger.post(tx, transfers, now)}
    decided = []
    for payment, event in new:
        refused = bookings.refused(node, wishes.get(payment.uetr, []), posted)
        if refused is None:
            decided.append((payment, event))
            continue
        said = letters.refusal(refused)
        rejected = replace(
            payment,
            state=advance(TRANSITIONS, START, Event.REFUSE),
            reason=said.reason,
            text=said.text,
            due_at=None,
            onward=b"",
        )
        decided.append((rejected, Event.REFUSE))
    return decided


def _first(each: _Entry, payment: Payment, now: datetime) -> mail.Outgoing:
    if payment.reason is not None:
        return statuses.status_to(each.node, payment, payment.origin, now)
    return _next_leg(each, payment)


def _next_leg(each: _Entry, payment: Payment) -> mail.Outgoing:
    """The pacs.008 to the access provider, or past it where there is none."""
    node, record = each.node, each.item.record
    provider = payment.parties.get(Side.SAP)
    if provider is None:
        return statuses.onward(node, payment)
    if isinstance(record, CreditTransfer) and authorisations.is_asked(node, payment):
        return authorisations.request(node, record, payment)
    own_id = statuses.leg_id(node, record.uetr, "sap")
    leg: Transfer = replace(record, message_id=own_id, created_at=payment.recorded_at)
    return letters.letter(provider, leg, node.profile)


def _repeated(each: _Entry, payment: Payment, now: datetime) -> list[mail.Outgoing]:
    """The same message again gets its answer again; the same UETR in another one is DU03."""
    node, record, sender = each.node, each.item.record, each.item.message.sender
    if each.repeats(payment):
        return payments.again(node, payment, _next_leg(each, payment), now)
    status = letters.answer(
        letters.message_id(node.role, record.uetr, "duplicate", sender, record.message_id),
        Original.of(record),
        letters.refuse(Reason.MESSAGE_DUPLICATE),
        (record.instructed_agent.bic, record.instructing_agent.bic),
        now,
    )
    return [letters.letter(sender, status, each.answer_profile)]
