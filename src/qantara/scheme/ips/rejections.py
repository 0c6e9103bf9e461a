"""Rejections that have to be heard: said again until the payee's provider agrees.

Where it credits at once, and the system rejects what it is late with, an acknowledgement of that
word is not enough: it could be lost behind it, and the recipient would keep what nobody paid.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx, mail
from qantara.rails.model import PaymentStatus
from qantara.scheme.ips import answers, statuses, store
from qantara.scheme.ips.model import IpsNode, Payment, Side

ENDLESS_SECONDS = 86_400
"""Whoever has not answered by then has never heard of the payment, or never will (example)."""


def first_reminder(node: IpsNode, payment: Payment, now: datetime) -> datetime | None:
    """When to say the rejection of a payment again; None where once is enough."""
    if not answers.must_hear(payment):
        return None
    return now + timedelta(seconds=node.timers.reminder_seconds)


def heard(
    node: IpsNode,
    payment: Payment | None,
    item: mail.Received[PaymentStatus],
    now: datetime,
) -> list[tuple[str, datetime | None]]:
    """The time of the next reminder, where a status changes it: a yes to what is rejected makes
    one necessary, a no ends it.
    """
    if payment is None:
        return []
    side, status = statuses.side_of(node, payment, item.message.sender), item.record.status
    if answers.has_heard(payment, side, status):
        return [(payment.uetr, None)] if payment.due_at is not None else []
    if side is Side.PSP and answers.is_late(payment, side, status):
        due = first_reminder(node, payment, now)
        return [(payment.uetr, due)] if due is not None else []
    return []


async def say_again(tx: Tx, node: IpsNode, unheard: Sequence[Payment], now: datetime) -> None:
    """The rejection once more, at growing distances."""
    if not unheard:
        return
    least = timedelta(seconds=node.timers.reminder_seconds)
    waits: list[tuple[str, datetime | None]] = []
    for each in unheard:
        age = now - each.recorded_at
        given_up = age > timedelta(seconds=ENDLESS_SECONDS)
        waits.append((each.uetr, None if given_up else now + max(least, age)))
    await store.wait_on(tx, waits)
    again = [
        statuses.status_to(node, each, Side.PSP, now, "reminder", now.isoformat())
        for each in unheard
    ]
    await mail.send(tx, again, now)
