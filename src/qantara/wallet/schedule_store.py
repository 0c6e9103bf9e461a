"""Standing orders and their runs, in the database."""

from collections.abc import Sequence
from datetime import date, datetime

from qantara.db import Row, Tx
from qantara.errors import Reason
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.remittance.model import Fixed
from qantara.wallet.model import RunState, ScheduleState
from qantara.wallet.schedule_model import Rhythm, Run, RunMove, Schedule, Terms

_SELECT = "SELECT * FROM wallet.schedule"
_RUNS = "SELECT * FROM wallet.run"


def _schedule(row: Row) -> Schedule:
    terms = Terms(
        CustomerId(row["customer_id"]),
        AccountId(row["account_id"]),
        row["beneficiary_id"],
        Money(int(row["amount"]), asset(row["currency"])),
        Fixed(row["fixed"]),
        Money(int(row["ceiling"]), asset(row["ceiling_currency"])),
        Rhythm(row["rhythm"]),
        row["first_on"],
        row["ends_on"],
        row["purpose"],
        row["note"],
        row["reference"],
    )
    return Schedule(
        row["id"],
        terms,
        ScheduleState(row["state"]),
        row["next_on"],
        row["planned_at"],
        row["ended_at"],
        row["sequence"],
    )


def _run(row: Row) -> Run:
    return Run(
        row["id"],
        row["schedule_id"],
        RunState(row["state"]),
        row["due_on"],
        row["check_id"],
        row["begun_at"],
        row["payment_id"],
        Reason(row["reason"]) if row["reason"] else None,
        row["rule"],
        row["citation"],
        row["ended_at"],
    )


async def add(tx: Tx, new: Sequence[Schedule]) -> None:
    """Keep standing orders; one whose id is known stays as it is."""
    terms = [each.terms for each in new]
    await tx.execute(
        "INSERT INTO wallet.schedule (id, customer_id, account_id, beneficiary_id, state, amount,"
        " currency, fixed, ceiling, ceiling_currency, rhythm, first_on, ends_on, purpose, note,"
        " reference, next_on, planned_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[]::numeric[], $7::text[], $8::text[], $9::text[]::numeric[], $10::text[],"
        " $11::text[], $12::date[], $13::date[], $14::text[], $15::text[], $16::text[],"
        " $17::date[], $18::timestamptz[]) ON CONFLICT DO NOTHING",
        [each.id for each in new],
        [each.customer_id for each in terms],
        [each.account_id for each in terms],
        [each.beneficiary_id for each in terms],
        [each.state.value for each in new],
        [str(each.amount.minor) for each in terms],
        [each.amount.asset.code for each in terms],
        [each.fixed.value for each in terms],
        [str(each.ceiling.minor) for each in terms],
        [each.ceiling.asset.code for each in terms],
        [each.rhythm.value for each in terms],
        [each.first_on for each in terms],
        [each.ends_on for each in terms],
        [each.purpose for each in terms],
        [each.note for each in terms],
        [each.reference for each in terms],
        [each.next_on for each in new],
        [each.planned_at for each in new],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Schedule]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _schedule(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Schedule]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _schedule(row) for row in rows}


async def lock_due(tx: Tx, today: date, limit: int) -> list[Schedule]:
    rows = await tx.fetch(
        _SELECT + " WHERE state = 'active' AND next_on <= $1 ORDER BY next_on, id LIMIT $2"
        " FOR UPDATE",
        today,
        limit,
    )
    return [_schedule(row) for row in rows]


async def page(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Schedule]:
    """A customer's, newest first, those before a sequence number."""
    rows = await tx.fetch(
        _SELECT + " WHERE customer_id = $1"
        " AND sequence < coalesce($2::bigint, 9223372036854775807)"
        " ORDER BY sequence DESC LIMIT $3",
        customer_id,
        before,
        limit,
    )
    return [_schedule(row) for row in rows]


async def remind(tx: Tx, until: date, limit: int) -> list[str]:
    """Note for orders due by a day that their owners are reminded of that day; which they are."""
    rows = await tx.fetch(
        "UPDATE wallet.schedule s SET reminded_on = s.next_on FROM ("
        " SELECT id FROM wallet.schedule WHERE state = 'active' AND next_on <= $1"
        " AND reminded_on IS DISTINCT FROM next_on ORDER BY next_on, id LIMIT $2 FOR UPDATE) d"
        " WHERE s.id = d.id RETURNING s.id",
        until,
        limit,
    )
    return sorted(row["id"] for row in rows)


async def go_on(tx: Tx, moved: Sequence[Schedule]) -> None:
    """Write the next day of orders, or that they have none any more."""
    await tx.execute(
        "UPDATE wallet.schedule s SET state = n.state, next_on = n.next_on, ended_at = n.ended_at"
        " FROM unnest($1::text[], $2::text[], $3::date[], $4::timestamptz[])"
        " AS n(id, state, next_on, ended_at) WHERE s.id = n.id AND s.state = 'active'",
        [each.id for each in moved],
        [each.state.value for each in moved],
        [each.next_on for each in moved],
        [each.ended_at for each in moved],
    )


async def add_runs(tx: Tx, new: Sequence[Run]) -> None:
    await tx.execute(
        "INSERT INTO wallet.run (id, schedule_id, state, due_on, check_id, begun_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::text[],"
        " $6::timestamptz[])",
        [each.id for each in new],
        [each.schedule_id for each in new],
        [each.state.value for each in new],
        [each.due_on for each in new],
        [each.check_id for each in new],
        [each.begun_at for each in new],
    )


async def runs_of(tx: Tx, schedule_id: str, limit: int) -> list[Run]:
    """What became of an order's days, the last first."""
    rows = await tx.fetch(
        _RUNS + " WHERE schedule_id = $1 ORDER BY due_on DESC LIMIT $2", schedule_id, limit
    )
    return [_run(row) for row in rows]


async def runs_in(tx: Tx, state: RunState, limit: int) -> list[Run]:
    """Runs in a state, those begun first before the others."""
    rows = await tx.fetch(
        _RUNS + " WHERE state = $1 ORDER BY begun_at, id LIMIT $2", state.value, limit
    )
    return [_run(row) for row in rows]


async def lock_runs(tx: Tx, ids: Sequence[str]) -> dict[str, Run]:
    rows = await tx.fetch(_RUNS + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _run(row) for row in rows}


async def advance(tx: Tx, moves: Sequence[tuple[RunMove, RunState]], now: datetime) -> list[bool]:
    """Move each run from the state it was read in; True where it still stood there."""
    rows = await tx.fetch(
        "UPDATE wallet.run r SET state = n.state, payment_id = n.payment, reason = n.reason,"
        " rule = n.rule, citation = n.citation,"
        " ended_at = CASE WHEN n.state IN ('placed', 'refused') THEN $8::timestamptz END"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[]) AS n(id, before, state, payment, reason, rule, citation)"
        " WHERE r.id = n.id AND r.state = n.before RETURNING r.id",
        [move.run.id for move, _ in moves],
        [move.run.state.value for move, _ in moves],
        [state.value for _, state in moves],
        [move.payment_id for move, _ in moves],
        [move.refusal.reason.value if move.refusal else None for move, _ in moves],
        [(move.refusal.rule or None) if move.refusal else None for move, _ in moves],
        [(move.refusal.citation or None) if move.refusal else None for move, _ in moves],
        now,
    )
    done = {row["id"] for row in rows}
    return [move.run.id in done for move, _ in moves]
