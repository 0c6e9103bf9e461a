"""How far a customer has read what happened."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, events
from qantara.remittance.model import Institution
from qantara.wallet import notice_store as store
from qantara.wallet.model import MarkRead


async def mark_read(
    tx: Tx, _node: Institution, marks: Sequence[MarkRead], now: datetime
) -> list[int]:
    """Note that customers have read up to an event; how far each then has. Nothing is unread
    again, and nothing read before it happened.
    """
    last = await events.last(tx)
    able = [MarkRead(each.customer_id, min(each.up_to, last)) for each in marks]
    await store.mark(tx, able, now)
    stand = await store.read_up_to(tx, [each.customer_id for each in able])
    return [stand[each.customer_id] for each in able]


async def read_up_to(tx: Tx, customer_id: str) -> int:
    """The number of the last event that a customer has read, 0 before the first."""
    return (await store.read_up_to(tx, [customer_id])).get(customer_id, 0)
