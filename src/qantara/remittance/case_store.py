"""Cases and what happened in them, in the database."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.cases import Act, Cause, Kind, Side
from qantara.remittance.case_model import Case, CaseMove, CaseState, GivenBack, WantedCases

_PLAIN = (
    *("id", "uetr", "opened_by", "assigned_to", "text", "opened_at", "due_at", "customer_id"),
    *("reason", "returned_by", "message_id", "by", "sequence"),
)
_SELECT = (
    "SELECT id, uetr, opened_by, assigned_to, text, opened_at, due_at, customer_id, reason,"
    " returned_by, message_id, by, sequence, kind, cause, side, state, fault, sent_currency, sent,"
    " arrived_currency, arrived FROM remittance.case_file"
)


def _case(row: Row) -> Case:
    return Case(
        **{name: row[name] for name in _PLAIN},
        kind=Kind(row["kind"]),
        cause=Cause(row["cause"]),
        side=Side(row["side"]),
        state=CaseState(row["state"]),
        fault=Side(row["fault"]) if row["fault"] else None,
        sent=_money(row, "sent"),
        arrived=_money(row, "arrived"),
    )


def _money(row: Row, name: str) -> Money | None:
    amount, code = row[name], row[f"{name}_currency"]
    return None if amount is None else Money(int(amount), asset(code))


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Case]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _case(row) for row in rows}


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Case]:
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _case(row) for row in rows}


async def lock_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, Case]:
    """Cases by our notice that opened them."""
    rows = await tx.fetch(
        _SELECT + " WHERE message_id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(message_ids)
    )
    return {row["message_id"]: _case(row) for row in rows}


async def open_on(tx: Tx, uetrs: Sequence[str]) -> set[tuple[str, Kind, str]]:
    """(payment, kind, who opened it) of the cases on these payments that wait for a word."""
    rows = await tx.fetch(
        "SELECT uetr, kind, opened_by FROM remittance.case_file WHERE uetr = ANY($1::text[])"
        " AND state IN ('requested', 'opened', 'accepted')",
        list(uetrs),
    )
    return {(row["uetr"], Kind(row["kind"]), row["opened_by"]) for row in rows}


async def returned_on(tx: Tx, uetrs: Sequence[str]) -> set[str]:
    """Those of these payments that a case has brought back."""
    rows = await tx.fetch(
        "SELECT uetr FROM remittance.case_file"
        " WHERE uetr = ANY($1::text[]) AND returned_by IS NOT NULL",
        list(uetrs),
    )
    return {row["uetr"] for row in rows}


async def page(tx: Tx, bic: str, wanted: WantedCases) -> list[Case]:
    """The longest waiting first. A yes that owes money waits for us as long as it owes it."""
    rows = await tx.fetch(
        _SELECT + " WHERE CASE $2::text WHEN 'waiting' THEN state = 'requested'"
        " OR (assigned_to = $1 AND (state = 'opened'"
        " OR (state = 'accepted' AND side = 'destination' AND kind <> 'investigation')))"
        " WHEN 'sent' THEN opened_by = $1 AND state NOT IN ('requested', 'withdrawn', 'expired',"
        " 'closed') WHEN 'overdue' THEN due_at < $7::timestamptz"
        " AND state IN ('requested', 'opened', 'accepted') ELSE true END"
        " AND ($3::text IS NULL OR state = $3) AND ($4::text IS NULL OR kind = $4)"
        " AND ($5::text IS NULL OR uetr = $5) AND ($6::text IS NULL OR customer_id = $6)"
        " AND sequence > coalesce($8::bigint, 0) ORDER BY sequence LIMIT $9",
        bic,
        wanted.box,
        wanted.state,
        wanted.kind,
        wanted.uetr,
        wanted.customer_id,
        wanted.now,
        wanted.after,
        wanted.limit,
    )
    return [_case(row) for row in rows]


async def insert(tx: Tx, cases: Sequence[Case]) -> None:
    texts = (
        *("id", "kind", "cause", "uetr", "side", "opened_by", "assigned_to", "state", "text"),
        *("customer_id", "message_id", "by"),
    )
    await tx.execute(
        "INSERT INTO remittance.case_file (id, kind, cause, uetr, side, opened_by, assigned_to,"
        " state, text, customer_id, message_id, by, sent_currency, sent, arrived_currency,"
        " arrived, due_at, opened_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],"
        " $13::text[], $14::text[]::numeric[], $15::text[], $16::text[]::numeric[],"
        " $17::timestamptz[], $18::timestamptz[])",
        *([getattr(case, name) for case in cases] for name in texts),
        *_monies([case.sent for case in cases]),
        *_monies([case.arrived for case in cases]),
        [case.due_at for case in cases],
        [case.opened_at for case in cases],
    )


def _monies(amounts: Sequence[Money | None]) -> tuple[list[str | None], list[str | None]]:
    codes = [each.asset.code if each else None for each in amounts]
    return codes, [str(each.minor) if each else None for each in amounts]


async def move(tx: Tx, moves: Sequence[tuple[Case, Case]]) -> list[bool]:
    """Bring cases from what was read to what they are now; True where it still stood so."""
    texts = ("state", "assigned_to", "fault", "reason", "returned_by", "message_id", "by")
    rows = await tx.fetch(
        "UPDATE remittance.case_file c SET state = n.state, assigned_to = n.assigned_to,"
        " fault = n.fault, reason = n.reason, returned_by = n.returned_by,"
        " message_id = n.message_id, by = n.by, sent_currency = n.sent_currency,"
        " sent = n.sent::numeric, arrived_currency = n.arrived_currency,"
        " arrived = n.arrived::numeric, due_at = n.due_at"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],"
        " $14::timestamptz[])"
        " AS n (id, before, state, assigned_to, fault, reason, returned_by, message_id, by,"
        " sent_currency, sent, arrived_currency, arrived, due_at)"
        " WHERE c.id = n.id AND c.state = n.before RETURNING c.id",
        [before.id for before, _ in moves],
        [before.state for before, _ in moves],
        *([getattr(after, name) for _, after in moves] for name in texts),
        *_monies([after.sent for _, after in moves]),
        *_monies([after.arrived for _, after in moves]),
        [after.due_at for _, after in moves],
    )
    moved = {row["id"] for row in rows}
    return [before.id in moved for before, _ in moves]


async def add_moves(tx: Tx, moves: Sequence[CaseMove]) -> None:
    await tx.execute(
        "INSERT INTO remittance.case_event (case_id, act, state, by, reason, text, occurred_at,"
        " recorded_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[])",
        [each.case_id for each in moves],
        [each.act for each in moves],
        [each.state for each in moves],
        [each.by for each in moves],
        [each.reason for each in moves],
        [each.text for each in moves],
        [each.occurred_at for each in moves],
        [each.recorded_at for each in moves],
    )


async def moves_of(tx: Tx, case_id: str) -> list[CaseMove]:
    rows = await tx.fetch(
        "SELECT case_id, act, state, by, reason, text, occurred_at, recorded_at"
        " FROM remittance.case_event WHERE case_id = $1 ORDER BY sequence",
        case_id,
    )
    told: list[CaseMove] = []
    for row in rows:
        values = {**dict(row), "act": Act(row["act"]), "state": CaseState(row["state"])}
        told.append(CaseMove(**values))
    return told


async def given_back(tx: Tx, uetrs: Sequence[str]) -> dict[str, list[GivenBack]]:
    """The payments credited here that give these payments of ours back, to the very account
    that they came from; by the payment given back.
    """
    rows = await tx.fetch(
        "SELECT substr(i.note, 16, 36) AS original, i.uetr, i.credited, i.currency,"
        " i.recorded_at FROM remittance.inbound i"
        " JOIN remittance.remittance r ON r.uetr = substr(i.note, 16, 36)"
        " JOIN remittance.quote q ON q.id = r.quote_id"
        " WHERE i.note LIKE 'NexusOrgnlUETR:%' AND substr(i.note, 16, 36) = ANY($1::text[])"
        " AND i.state = 'credited' AND i.account_id = q.account_id ORDER BY i.sequence",
        list(uetrs),
    )
    found: dict[str, list[GivenBack]] = {}
    for row in rows:
        amount = Money(int(row["credited"]), asset(row["currency"]))
        told = GivenBack(row["uetr"], amount, row["recorded_at"])
        found.setdefault(row["original"], []).append(told)
    return found
