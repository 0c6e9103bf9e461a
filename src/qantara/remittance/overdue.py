"""What waits too long: quotes expire, payments without an answer are sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx, deadlines
from qantara.db.mail import Outgoing, send, send_again
from qantara.rails import flow as rails
from qantara.rails.model import envelope_name
from qantara.remittance import inbound_store, messages, store
from qantara.remittance.messages import Original
from qantara.remittance.model import (
    FINAL,
    KIND,
    Change,
    Event,
    InboundState,
    Institution,
    Remittance,
    State,
)
from qantara.remittance.receiving import answer
from qantara.remittance.reviewing import lapse
from qantara.remittance.sending import advance

_ENDED = FINAL | {State.IN_REVIEW}


async def time_out(tx: Tx, node: Institution, subjects: Sequence[str], now: datetime) -> None:
    """Quotes whose time is over expire, and so do payments that nobody reviewed; payments without
    an answer are told as overdue and brought to the system's mind, at growing distances.

    That is done by the very same pacs.008: whoever knows its UETR and message id answers with
    the last word on it, and whoever never saw it takes it now. A second payment cannot come of
    it. Where the system answers requests for a status, it is asked instead.
    """
    found = await store.lock(tx, subjects)
    await lapse(tx, node, [each for each in found.values() if each.state is State.IN_REVIEW], now)
    waiting = [each for each in found.values() if each.state not in _ENDED]
    await advance(tx, [Change(remittance, Event.TIME_OUT) for remittance in waiting], now)
    overdue = [remittance for remittance in waiting if remittance.state is not State.QUOTED]
    await deadlines.set(tx, KIND, [(each.id, now + _wait(node, each)) for each in overdue])
    if node.status_requests:
        await send(tx, [_request(node, each, now) for each in overdue], now)
    else:
        about = [(each.uetr, each.message_id) for each in overdue if each.uetr and each.message_id]
        await send_again(tx, node.ips, about, now)


async def remind(tx: Tx, node: Institution, uetrs: Sequence[str], now: datetime) -> None:
    """What we have reserved for somebody and the system has not confirmed stays reserved; our
    yes is said again, and whoever knows how it ended answers that.
    """
    if not uetrs:
        return
    again = now + timedelta(seconds=node.overdue_seconds)
    await deadlines.set(tx, KIND, [(uetr, again) for uetr in uetrs])
    found = await inbound_store.lock(tx, uetrs)
    waiting = [each for each in found.values() if each.state is InboundState.RECEIVED]
    await send(tx, [answer(node, each, Original.of(each), now) for each in waiting], now)


def _wait(node: Institution, remittance: Remittance) -> timedelta:
    waits = node.resend_seconds
    return timedelta(seconds=waits[min(remittance.resends, len(waits) - 1)])


def _request(node: Institution, remittance: Remittance, now: datetime) -> Outgoing:
    """Asked in the system's own service for what stays inside: it has no other for this."""
    record, inside = messages.status_request(node, remittance, now), node.profile.inside
    raw = rails.build(record, inside)
    name = envelope_name(rails.name_of(record, inside), inside)
    return Outgoing(node.ips, record.message_id, name, remittance.uetr, raw)
