"""SQL of the desk."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.cases import Act, Cause, Kind
from qantara.scheme.desk.model import OPEN, Case, Happened, State, Wanted

_PLAIN = (
    *("id", "uetr", "opened_by", "assigned_to", "text", "message_id", "reason", "returned_by"),
    *("due_at", "escalated_at", "opened_at", "owes_return", "sequence"),
)
_SELECT = (
    "SELECT id, uetr, opened_by, assigned_to, text, message_id, reason, returned_by, due_at,"
    " escalated_at, opened_at, owes_return, sequence, kind, cause, state, source, source_amount,"
    " destination, destination_amount FROM desk.case_file"
)


def _case(row: Row) -> Case:
    arrived, code = row["destination_amount"], row["destination"]
    return Case(
        **{name: row[name] for name in _PLAIN},
        kind=Kind(row["kind"]),
        cause=Cause(row["cause"]),
        state=State(row["state"]),
        source=Money(int(row["source_amount"]), asset(row["source"])),
        destination=None if arrived is None else Money(int(arrived), asset(code)),
    )


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Case]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _case(row) for row in rows}


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Case]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _case(row) for row in rows}


async def open_on(tx: Tx, uetrs: Sequence[str]) -> set[tuple[str, Kind, str]]:
    """(payment, kind, who opened it) of the open cases on these payments."""
    rows = await tx.fetch(
        "SELECT uetr, kind, opened_by FROM desk.case_file"
        " WHERE uetr = ANY($1::text[]) AND state = ANY($2::text[])",
        list(uetrs),
        sorted(OPEN),
    )
    return {(row["uetr"], Kind(row["kind"]), row["opened_by"]) for row in rows}


async def page(tx: Tx, wanted: Wanted) -> list[Case]:
    """The longest waiting first."""
    rows = await tx.fetch(
        _SELECT + " WHERE ($1::text IS NULL OR (assigned_to = $1"
        " AND (state = 'opened' OR (state = 'accepted' AND owes_return))))"
        " AND (NOT $2::boolean OR (escalated_at IS NOT NULL AND state = ANY($3::text[])))"
        " AND ($4::text IS NULL OR $4 IN (opened_by, assigned_to))"
        " AND ($5::text IS NULL OR state = $5) AND ($6::text IS NULL OR kind = $6)"
        " AND sequence > coalesce($7::bigint, 0) ORDER BY sequence LIMIT $8",
        wanted.waiting_for,
        wanted.escalated,
        sorted(OPEN),
        wanted.party,
        wanted.state,
        wanted.kind,
        wanted.after,
        wanted.limit,
    )
    return [_case(row) for row in rows]


async def insert(tx: Tx, cases: Sequence[Case]) -> None:
    await tx.execute(
        "INSERT INTO desk.case_file (id, kind, cause, uetr, opened_by, assigned_to, state, text,"
        " source, source_amount, destination, destination_amount, owes_return, message_id,"
        " due_at, opened_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]::numeric[], $11::text[],"
        " $12::text[]::numeric[], $13::boolean[], $14::text[], $15::timestamptz[],"
        " $16::timestamptz[])",
        [case.id for case in cases],
        [case.kind for case in cases],
        [case.cause for case in cases],
        [case.uetr for case in cases],
        [case.opened_by for case in cases],
        [case.assigned_to for case in cases],
        [case.state for case in cases],
        [case.text for case in cases],
        [case.source.asset.code for case in cases],
        [str(case.source.minor) for case in cases],
        [case.destination and case.destination.asset.code for case in cases],
        [case.destination and str(case.destination.minor) for case in cases],
        [case.owes_return for case in cases],
        [case.message_id for case in cases],
        [case.due_at for case in cases],
        [case.opened_at for case in cases],
    )


async def move(tx: Tx, moves: Sequence[tuple[Case, Case]]) -> int:
    """Bring cases from what was read to what they are now; how many still stood so."""
    rows = await tx.fetch(
        "UPDATE desk.case_file c SET state = n.state, due_at = n.due_at,"
        " escalated_at = n.escalated_at, reason = n.reason, returned_by = n.returned_by"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[],"
        " $6::text[], $7::text[])"
        " AS n (id, before, state, due_at, escalated_at, reason, returned_by)"
        " WHERE c.id = n.id AND c.state = n.before RETURNING c.id",
        [before.id for before, _ in moves],
        [before.state for before, _ in moves],
        [after.state for _, after in moves],
        [after.due_at for _, after in moves],
        [after.escalated_at for _, after in moves],
        [after.reason for _, after in moves],
        [after.returned_by for _, after in moves],
    )
    return len(rows)


async def add_events(tx: Tx, events: Sequence[Happened]) -> None:
    await tx.execute(
        "INSERT INTO desk.case_event (case_id, event, state, by, reason, text, occurred_at,"
        " recorded_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])",
        [each.case_id for each in events],
        [each.event for each in events],
        [each.state for each in events],
        [each.by for each in events],
        [each.reason for each in events],
        [each.text for each in events],
        [each.occurred_at for each in events],
        [each.recorded_at for each in events],
    )


async def events(tx: Tx, case_id: str) -> list[Happened]:
    rows = await tx.fetch(
        "SELECT case_id, event, state, by, reason, text, occurred_at, recorded_at"
        " FROM desk.case_event WHERE case_id = $1 ORDER BY sequence",
        case_id,
    )
    told: list[Happened] = []
    for row in rows:
        values = {**dict(row), "event": Act(row["event"]), "state": State(row["state"])}
        told.append(Happened(**values))
    return told
