"""Disputes, in the database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.disputes.model import (
    Act,
    Counts,
    Dispute,
    DisputeKind,
    DisputeState,
    Entry,
    Wanted,
)
from qantara.ids import CustomerId

_SELECT = "SELECT * FROM disputes.dispute"


def _dispute(row: Row) -> Dispute:
    return Dispute(
        row["id"],
        row["number"],
        CustomerId(row["customer_id"]),
        row["payment_id"],
        DisputeKind(row["kind"]),
        DisputeState(row["state"]),
        row["words"],
        row["opened_at"],
        row["end_due_at"],
        row["due_at"],
        row["ended_at"],
        row["sequence"],
    )


async def last_number(tx: Tx, year: int, count: int) -> int:
    """Take so many numbers of a year; the last of them."""
    return int(
        await tx.fetchval(
            "INSERT INTO disputes.number AS n (year, last) VALUES ($1, $2)"
            " ON CONFLICT (year) DO UPDATE SET last = n.last + excluded.last RETURNING last",
            year,
            count,
        )
    )


async def add(tx: Tx, new: Sequence[Dispute]) -> None:
    await tx.execute(
        "INSERT INTO disputes.dispute (id, number, customer_id, payment_id, kind, state, words,"
        " opened_at, end_due_at, due_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])",
        [each.id for each in new],
        [each.number for each in new],
        [each.customer_id for each in new],
        [each.payment_id for each in new],
        [each.kind.value for each in new],
        [each.state.value for each in new],
        [each.words for each in new],
        [each.opened_at for each in new],
        [each.end_due_at for each in new],
        [each.due_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Dispute]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _dispute(row) for row in rows}


async def by_numbers(tx: Tx, numbers: Sequence[str]) -> dict[str, Dispute]:
    if not numbers:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE number = ANY($1::text[])", list(numbers))
    return {row["number"]: _dispute(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Dispute]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _dispute(row) for row in rows}


async def running(tx: Tx, payment_ids: Sequence[str]) -> dict[tuple[str, str], Dispute]:
    """Those about these payments that have not ended, by customer and payment."""
    rows = await tx.fetch(
        _SELECT + " WHERE payment_id = ANY($1::text[]) AND due_at IS NOT NULL", list(payment_ids)
    )
    return {(row["customer_id"], row["payment_id"]): _dispute(row) for row in rows}


async def page(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Dispute]:
    """A customer's, newest first, those before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1"
        " AND sequence < coalesce($2::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_dispute(row) for row in rows]


async def queue(tx: Tx, wanted: Wanted) -> list[Dispute]:
    """What is due soonest first; what has ended comes last, by its opening."""
    after = wanted.after
    rows = await tx.fetch(
        _SELECT + " WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR kind = $2)"
        " AND ($3::timestamptz IS NULL OR due_at <= $3)"
        " AND ($5::bigint IS NULL OR (coalesce(due_at, 'infinity'), sequence)"
        " > (coalesce($4::timestamptz, 'infinity'), $5))"
        " ORDER BY coalesce(due_at, 'infinity'), sequence LIMIT $6",
        wanted.state.value if wanted.state else None,
        wanted.kind.value if wanted.kind else None,
        wanted.overdue_at,
        after.due_at if after else None,
        after.sequence if after else None,
        wanted.limit,
    )
    return [_dispute(row) for row in rows]


async def advance(tx: Tx, moves: Sequence[tuple[Dispute, Dispute]]) -> list[bool]:
    """Put each from what was read to what it becomes; True where it still stood there."""
    rows = await tx.fetch(
        "UPDATE disputes.dispute d SET state = n.state, due_at = n.due_at, ended_at = n.ended_at"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])"
        " AS n(id, before, state, due_at, ended_at) WHERE d.id = n.id AND d.state = n.before"
        " RETURNING d.id",
        [before.id for before, _ in moves],
        [before.state.value for before, _ in moves],
        [after.state.value for _, after in moves],
        [after.due_at for _, after in moves],
        [after.ended_at for _, after in moves],
    )
    done = {row["id"] for row in rows}
    return [before.id in done for before, _ in moves]


async def keep(tx: Tx, entries: Sequence[Entry]) -> None:
    await tx.execute(
        "INSERT INTO disputes.entry (dispute_id, act, actor, words, occurred_at)"
        " SELECT dispute, act, actor, words, at FROM unnest($1::text[], $2::text[], $3::text[],"
        " $4::text[], $5::timestamptz[]) WITH ORDINALITY"
        " AS n(dispute, act, actor, words, at, place) ORDER BY place",
        [each.dispute_id for each in entries],
        [each.act.value for each in entries],
        [each.actor for each in entries],
        [each.words for each in entries],
        [each.occurred_at for each in entries],
    )


async def entries(tx: Tx, dispute_ids: Sequence[str]) -> dict[str, list[Entry]]:
    """All that happened in disputes, oldest first."""
    rows = await tx.fetch(
        "SELECT * FROM disputes.entry WHERE dispute_id = ANY($1::text[]) ORDER BY sequence",
        list(dispute_ids),
    )
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        found[row["dispute_id"]].append(
            Entry(
                row["dispute_id"],
                Act(row["act"]),
                row["actor"],
                row["words"],
                row["occurred_at"],
                row["sequence"],
            )
        )
    return found


async def counts(tx: Tx, now: datetime) -> Counts:
    rows = await tx.fetch(
        "SELECT state, kind, count(*)::int AS these,"
        " (count(*) FILTER (WHERE due_at <= $1))::int AS late"
        " FROM disputes.dispute GROUP BY state, kind",
        now,
    )
    states = dict.fromkeys(DisputeState, 0)
    kinds = dict.fromkeys(DisputeKind, 0)
    for row in rows:
        state = DisputeState(row["state"])
        states[state] += row["these"]
        if state in {DisputeState.OPEN, DisputeState.ANSWERED}:
            kinds[DisputeKind(row["kind"])] += row["these"]
    return Counts(states, kinds, sum(row["late"] for row in rows))
