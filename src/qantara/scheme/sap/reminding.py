"""What stays reserved for too long: the system is asked how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx, mail
from qantara.ledger import flow as ledger
from qantara.scheme.sap import store
from qantara.scheme.sap.model import Payment, SapNode, State
from qantara.scheme.sap.reserving import answer_id

LIMIT = 1024


async def remind(tx: Tx, node: SapNode, commands: Sequence[object], now: datetime) -> list[None]:
    """Give the answer to each payment reserved for longer than `reminder_seconds` once more, the
    very same message, at growing distances: a system that knows the end says it again.
    """
    wait = timedelta(seconds=node.reminder_seconds)
    held = await ledger.held_since(tx, now - wait, LIMIT)
    if held:
        known = await store.lock_payments(tx, held)
        due = [each for each in known.values() if _is_due(each, now)]
        about = [(each.uetr, answer_id(node, each.uetr)) for each in due]
        await mail.send_again(tx, node.ips, about, now)
        later = [(each.uetr, now + max(wait, now - each.recorded_at)) for each in due]
        await store.remind_at(tx, later)
    return [None] * len(commands)


def _is_due(payment: Payment, now: datetime) -> bool:
    waits = payment.remind_at is not None and payment.remind_at > now
    return payment.state is State.RESERVED and not waits
