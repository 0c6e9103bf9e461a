"""Saved payees, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ids import CustomerId
from qantara.wallet.model import Beneficiary, BeneficiaryState, Rename, Use

_TEXTS = (
    *("id", "customer_id", "payee_check_id", "country", "address_type", "address", "agent_bic"),
    *("name", "asked_name", "nickname"),
)
_SELECT = "SELECT * FROM wallet.beneficiary"


def _beneficiary(row: Row) -> Beneficiary:
    values = {name: row[name] for name in _TEXTS}
    values["customer_id"] = CustomerId(row["customer_id"])
    return Beneficiary(
        **values,
        state=BeneficiaryState(row["state"]),
        saved_at=row["saved_at"],
        used_at=row["used_at"],
        removed_at=row["removed_at"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, new: Sequence[Beneficiary]) -> None:
    """Keep payees; one saved already, or whose id is known, stays as it is."""
    await tx.execute(
        "INSERT INTO wallet.beneficiary (id, customer_id, payee_check_id, country, address_type,"
        " address, agent_bic, name, asked_name, nickname, state, saved_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],"
        " $12::timestamptz[]) ON CONFLICT DO NOTHING",
        *([getattr(each, name) for each in new] for name in _TEXTS),
        [each.state.value for each in new],
        [each.saved_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Beneficiary]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _beneficiary(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Beneficiary]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _beneficiary(row) for row in rows}


async def page(
    tx: Tx, customer_id: str, state: BeneficiaryState, before: int | None, limit: int
) -> list[Beneficiary]:
    """A customer's, newest first, those before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1 AND state = $2"
        " AND sequence < coalesce($3::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $4",
        customer_id,
        state.value,
        before,
        limit,
    )
    return [_beneficiary(row) for row in rows]


async def rename(tx: Tx, renamed: Sequence[Rename]) -> None:
    await tx.execute(
        "UPDATE wallet.beneficiary b SET nickname = n.nickname"
        " FROM unnest($1::text[], $2::text[]) AS n(id, nickname)"
        " WHERE b.id = n.id AND b.state = 'saved'",
        [each.id for each in renamed],
        [each.nickname for each in renamed],
    )


async def remove(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    await tx.execute(
        "UPDATE wallet.beneficiary SET state = 'removed', removed_at = $2"
        " WHERE id = ANY($1::text[]) AND state = 'saved'",
        list(ids),
        now,
    )


async def use(tx: Tx, uses: Sequence[Use], now: datetime) -> None:
    """Note which check is asked for to pay whom; the same check again changes nothing."""
    await tx.execute(
        "WITH new AS (INSERT INTO wallet.use (payee_check_id, beneficiary_id, used_at)"
        " SELECT *, $3 FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT DO NOTHING RETURNING beneficiary_id)"
        " UPDATE wallet.beneficiary b SET used_at = $3 FROM new WHERE b.id = new.beneficiary_id",
        [each.check_id for each in uses],
        [each.id for each in uses],
        now,
    )
