"""Bills that were split, in the database; their parts are money requests."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.wallet.request_model import Split

_SELECT = "SELECT * FROM wallet.split"


def _split(row: Row) -> Split:
    currency = asset(row["currency"])
    return Split(
        row["id"],
        CustomerId(row["customer_id"]),
        AccountId(row["account_id"]),
        Money(int(row["total"]), currency),
        Money(int(row["own"]), currency),
        row["made_at"],
        row["expires_at"],
        row["note"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, new: Sequence[Split]) -> None:
    if not new:
        return
    await tx.execute(
        "INSERT INTO wallet.split (id, customer_id, account_id, total, own, currency, note,"
        " expires_at, made_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]::numeric[],"
        " $5::text[]::numeric[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])",
        [each.id for each in new],
        [each.customer_id for each in new],
        [each.account_id for each in new],
        [str(each.total.minor) for each in new],
        [str(each.own.minor) for each in new],
        [each.total.asset.code for each in new],
        [each.note for each in new],
        [each.expires_at for each in new],
        [each.made_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Split]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _split(row) for row in rows}


async def page(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Split]:
    """A customer's, newest first, those before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1"
        " AND sequence < coalesce($2::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_split(row) for row in rows]
