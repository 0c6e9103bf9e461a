"""What a payment left behind in the books, for those who look into it."""

from collections.abc import Sequence

from qantara import ids
from qantara.db import Tx
from qantara.errors import NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import LedgerRow
from qantara.remittance import store
from qantara.remittance.model import Inbound, Remittance

# What may begin a chain of a payment that arrived: reservations, a credit at once, the way back.
_ARRIVED = ("reserve", "promise", "arrive", "take_back", "unblock", "late_answer", "reverse")


async def sent_payments(tx: Tx, uetrs: Sequence[str]) -> list[Remittance | NotFound]:
    found = await store.by_uetrs(tx, uetrs)
    return [found.get(each) or NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each) for each in uetrs]


async def rows_of_sent(tx: Tx, sent: Remittance) -> list[LedgerRow]:
    if sent.hold_id is None:
        return []
    return await ledger.rows_about(tx, [sent.hold_id], [sent.id, sent.uetr or sent.id])


async def rows_of_received(tx: Tx, received: Inbound) -> list[LedgerRow]:
    began = [ids.uuid_text("inbound", received.uetr, name) for name in _ARRIVED]
    return await ledger.rows_about(tx, began, [received.uetr])
