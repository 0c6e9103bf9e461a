"""How every scheme role opens its books and takes money into them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara.db import Tx
from qantara.errors import Conflict, Refused
from qantara.ids import uuid_text
from qantara.ledger import flow as ledger
from qantara.ledger.model import NewAccount, Transfer
from qantara.money import Money


class Grant(Struct, frozen=True):
    """Money put from one account of a book into another; `id` is the command's."""

    id: str
    debit: str
    credit: str
    amount: Money


async def open_accounts(tx: Tx, accounts: Sequence[NewAccount], now: datetime) -> None:
    """Harmless where they are open already; `Conflict` where they are on other terms."""
    for outcome in await ledger.open_accounts(tx, accounts, now):
        if isinstance(outcome, Conflict):
            raise outcome


async def take(
    tx: Tx, role: str, code: str, grants: Sequence[Grant], now: datetime
) -> list[Refused | None]:
    """Book the grants as `code`; the same id of the same role acts once."""
    posted = await ledger.post(
        tx,
        [
            Transfer(
                id=uuid_text(role, "fund", grant.id),
                debit=grant.debit,
                credit=grant.credit,
                amount=grant.amount.minor,
                asset=grant.amount.asset.code,
                code=code,
                reference=grant.id,
                occurred_at=now,
            )
            for grant in grants
        ],
        now,
    )
    return [outcome.refusal for outcome in posted]
