"""The book in a few figures, and what is held in it."""

from datetime import datetime

from msgspec import Struct

from qantara.db import Tx
from qantara.ledger.model import AccountClass


class Total(Struct, frozen=True):
    """All accounts of a class together, signed as balances are (credits less debits)."""

    account_class: AccountClass
    asset: str
    minor: int


class Held(Struct, frozen=True):
    """Open holds in one asset; `overdue` of them should have been released before now."""

    asset: str
    count: int
    minor: int
    overdue: int


async def totals(tx: Tx) -> list[Total]:
    rows = await tx.fetch(
        "SELECT class, asset, sum(balance) AS minor FROM ledger.account GROUP BY class, asset"
    )
    return [Total(AccountClass(row["class"]), row["asset"], int(row["minor"])) for row in rows]


async def held(tx: Tx, before: datetime) -> list[Held]:
    """What is held now; overdue is what should have been released before a moment."""
    rows = await tx.fetch(
        "SELECT a.asset, count(*) AS count, sum(h.remaining) AS minor,"
        " count(*) FILTER (WHERE h.expires_at < $1) AS overdue"
        " FROM ledger.hold h JOIN ledger.account a ON a.id = h.debit_id GROUP BY a.asset",
        before,
    )
    return [Held(row["asset"], row["count"], int(row["minor"]), row["overdue"]) for row in rows]
