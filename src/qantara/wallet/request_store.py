"""Money requests, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.wallet.model import MoneyRequestState
from qantara.wallet.request_model import MoneyRequest, RequestMove

_TEXTS = (
    *("id", "customer_id", "account_id", "asker_shown", "payer_id", "payer_check_id"),
    *("payer_shown", "note", "split_id"),
)
_SELECT = "SELECT * FROM wallet.money_request"


def _request(row: Row) -> MoneyRequest:
    return MoneyRequest(
        row["id"],
        CustomerId(row["customer_id"]),
        AccountId(row["account_id"]),
        row["asker_shown"],
        CustomerId(row["payer_id"]),
        row["payer_check_id"],
        row["payer_shown"],
        MoneyRequestState(row["state"]),
        Money(int(row["amount"]), asset(row["currency"])),
        row["expires_at"],
        row["asked_at"],
        row["note"],
        row["split_id"],
        row["transfer_id"],
        row["ended_at"],
        row["sequence"],
    )


async def add(tx: Tx, new: Sequence[MoneyRequest]) -> None:
    """Keep requests, in their order; one whose id is known stays as it is."""
    if not new:
        return
    await tx.execute(
        "INSERT INTO wallet.money_request (id, customer_id, account_id, asker_shown, payer_id,"
        " payer_check_id, payer_shown, note, split_id, state, amount, currency, expires_at,"
        " asked_at)"
        " SELECT id, customer, account, asker, payer, checked, shown, note, split, state, amount,"
        " currency, expires, asked FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],"
        " $11::text[]::numeric[], $12::text[], $13::timestamptz[], $14::timestamptz[])"
        " WITH ORDINALITY AS n(id, customer, account, asker, payer, checked, shown, note, split,"
        " state, amount, currency, expires, asked, place) ORDER BY place ON CONFLICT DO NOTHING",
        *([getattr(each, name) for each in new] for name in _TEXTS),
        [each.state.value for each in new],
        [str(each.amount.minor) for each in new],
        [each.amount.asset.code for each in new],
        [each.expires_at for each in new],
        [each.asked_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, MoneyRequest]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _request(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, MoneyRequest]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _request(row) for row in rows}


async def of_splits(tx: Tx, split_ids: Sequence[str]) -> list[MoneyRequest]:
    """The parts of bills, in the order in which they were asked for."""
    if not split_ids:
        return []
    rows = await tx.fetch(
        _SELECT + " WHERE split_id = ANY($1::text[]) ORDER BY sequence", list(split_ids)
    )
    return [_request(row) for row in rows]


async def made_by(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[MoneyRequest]:
    """What a customer asked for, newest first, before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1"
        " AND sequence < coalesce($2::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_request(row) for row in rows]


async def made_to(tx: Tx, payer_id: str, before: int | None, limit: int) -> list[MoneyRequest]:
    """What a customer is asked for, newest first, before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE payer_id = $1"
        " AND sequence < coalesce($2::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $3",
        payer_id,
        before,
        limit,
    )
    return [_request(row) for row in rows]


async def open_between(tx: Tx, askers: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many open requests these customers have made, by asker and asked."""
    if not askers:
        return {}
    rows = await tx.fetch(
        "SELECT customer_id, payer_id, count(*)::int AS open FROM wallet.money_request"
        " WHERE customer_id = ANY($1::text[]) AND state = 'open' GROUP BY customer_id, payer_id",
        list(askers),
    )
    return {(row["customer_id"], row["payer_id"]): row["open"] for row in rows}


async def advance(
    tx: Tx, moves: Sequence[tuple[RequestMove, MoneyRequestState]], now: datetime
) -> list[bool]:
    """Move each request from the state it was read in; True where it still stood there."""
    rows = await tx.fetch(
        "UPDATE wallet.money_request r SET state = n.state, transfer_id = n.transfer,"
        " ended_at = $5 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
        " AS n(id, before, state, transfer) WHERE r.id = n.id AND r.state = n.before"
        " RETURNING r.id",
        [move.request.id for move, _ in moves],
        [move.request.state.value for move, _ in moves],
        [state.value for _, state in moves],
        [move.transfer_id for move, _ in moves],
        now,
    )
    done = {row["id"] for row in rows}
    return [move.request.id in done for move, _ in moves]
