"""The SQL that explores a book, beside one typed function each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Row, Tx
from qantara.ledger.chart_model import Booked, BookEnd, Group, Standing, StoodThen, Waiting
from qantara.ledger.evidence import BatchRow, EventRow, RefusedRow, TransferRow
from qantara.ledger.model import (
    Account,
    AccountClass,
    AccountEvent,
    AccountStatus,
    LedgerRow,
    NewAccount,
    Seal,
    TransferKind,
)
from qantara.money import Asset, Money

_GROUPS = """
SELECT a.class, split_part(a.code, '/', 1) AS head, a.asset, x.scale, count(*) AS count,
    coalesce(sum(-a.balance) FILTER (WHERE a.balance < 0), 0) AS debit,
    coalesce(sum(a.balance) FILTER (WHERE a.balance > 0), 0) AS credit,
    sum(a.held_debit) AS held
FROM ledger.account a JOIN ledger.asset x ON x.code = a.asset
GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 2
"""
_ACCOUNT = """
SELECT a.id, a.code, a.asset, x.scale, a.class, a.floor, a.ceiling, a.keeper, a.holder, a.status,
    a.balance, a.held_debit, a.held_credit
FROM ledger.account a JOIN ledger.asset x ON x.code = a.asset
"""
_OF_HEAD = _ACCOUNT + " WHERE split_part(a.code, '/', 1) = $1 AND a.id > $2 ORDER BY a.id LIMIT $3"
_OWN = _ACCOUNT + " WHERE a.class <> 'e_money' ORDER BY a.id LIMIT $1"
# What is not entered yet has no place to be found by: such moments are left out, not guessed.
_OWN_THEN = """
WITH known AS (
    SELECT w.at, w.place, coalesce((SELECT b.last_sequence FROM ledger.batch b
        WHERE b.recorded_at < w.at
        ORDER BY b.recorded_at DESC, b.number DESC LIMIT 1), 0) AS upto
    FROM unnest($1::timestamptz[]) WITH ORDINALITY AS w (at, place)),
own AS (
    SELECT id, code FROM ledger.account
    WHERE class <> 'e_money' AND (keeper IS NOT NULL OR holder IS NOT NULL)
    ORDER BY id LIMIT $2)
SELECT own.code, known.at, l.balance FROM own CROSS JOIN known CROSS JOIN LATERAL (
    SELECT CASE own.id WHEN t.debit_id THEN t.debit_balance ELSE t.credit_balance END AS balance
    FROM ledger.entry e JOIN ledger.transfer t ON t.sequence = e.sequence
    WHERE e.account_id = own.id AND e.sequence <= known.upto
    ORDER BY e.sequence DESC LIMIT 1) l
WHERE known.upto <= (SELECT sequence FROM ledger.entered)
ORDER BY own.id, known.place
"""
_END = "SELECT sequence, batch, hash, recorded_at FROM ledger.book"
_SEALS = """
SELECT number, first_batch, last_batch, root, sealed_at FROM ledger.seal
WHERE number < coalesce($1::bigint, 9223372036854775807) ORDER BY number DESC LIMIT $2
"""
_SEAL_OF = """
SELECT number, first_batch, last_batch, root, sealed_at FROM ledger.seal
WHERE first_batch <= $1 ORDER BY number DESC LIMIT 1
"""
_HELD = """
SELECT a.asset, x.scale, width_bucket(t.recorded_at, $1::timestamptz[]) AS span,
    count(*) AS count, sum(h.remaining) AS minor
FROM ledger.hold h JOIN ledger.transfer t ON t.id = h.id
JOIN ledger.account a ON a.id = h.debit_id JOIN ledger.asset x ON x.code = a.asset
GROUP BY 1, 2, 3 ORDER BY 1, 3 DESC
"""
_BOOKED = """
SELECT t.sequence, t.id::text AS id, t.kind, d.code AS debit, c.code AS credit, t.amount,
    d.asset, x.scale, t.code, t.reference, t.hold_id::text AS hold_id, t.occurred_at,
    t.expires_at, t.recorded_at, t.debit_balance, t.credit_balance, b.number AS batch
FROM ledger.transfer t
JOIN ledger.account d ON d.id = t.debit_id JOIN ledger.account c ON c.id = t.credit_id
JOIN ledger.asset x ON x.code = d.asset
JOIN ledger.batch b ON b.recorded_at = t.recorded_at
    AND t.sequence BETWEEN b.first_sequence AND b.last_sequence
"""
_BOOKED_BY_ID = _BOOKED + " WHERE t.id = ANY ($1::text[]::uuid[])"
_BOOKED_OF_HOLD = _BOOKED + " WHERE t.hold_id = $1::text::uuid ORDER BY t.sequence LIMIT $2"
_BATCH = """
SELECT number, first_sequence, last_sequence, refused, events, recorded_at, previous, hash
FROM ledger.batch WHERE number = $1
"""
_LINES = """
SELECT sequence, id::text, kind, linked, balancing, debit_id, credit_id, requested::text,
    amount::text, hold_id::text, code, reference, occurred_at, expires_at, recorded_at,
    debit_balance::text, credit_balance::text, debit_held::text, credit_held::text
FROM ledger.transfer WHERE sequence BETWEEN $1 AND $2 ORDER BY sequence
"""
_REFUSED = """
SELECT batch, id::text, result, content FROM ledger.refused WHERE batch = $1 ORDER BY item
"""
_EVENTS = """
SELECT batch, account_id, event, terms, legal_reason, citation, by
FROM ledger.account_event WHERE batch = $1 ORDER BY item
"""
_HASHES = """
SELECT array_agg(hash ORDER BY number) FROM ledger.batch WHERE number BETWEEN $1 AND $2
"""


async def groups(tx: Tx) -> list[Group]:
    return [
        Group(
            AccountClass(row["class"]),
            row["head"],
            Asset(row["asset"], row["scale"]),
            row["count"],
            int(row["debit"]),
            int(row["credit"]),
            int(row["held"]),
        )
        for row in await tx.fetch(_GROUPS)
    ]


async def of_head(tx: Tx, head: str, after: int, limit: int) -> list[Standing]:
    return [_standing(row) for row in await tx.fetch(_OF_HEAD, head, after, limit)]


async def own(tx: Tx, limit: int) -> list[Standing]:
    return [_standing(row) for row in await tx.fetch(_OWN, limit)]


async def own_then(tx: Tx, moments: Sequence[datetime], limit: int) -> list[StoodThen]:
    rows = await tx.fetch(_OWN_THEN, list(moments), limit)
    return [StoodThen(row["code"], row["at"], int(row["balance"])) for row in rows]


def _standing(row: Row) -> Standing:
    terms = NewAccount(
        row["code"],
        Asset(row["asset"], row["scale"]),
        AccountClass(row["class"]),
        None if row["floor"] is None else int(row["floor"]),
        None if row["ceiling"] is None else int(row["ceiling"]),
        row["keeper"],
        row["holder"],
    )
    account = Account(row["id"], terms, AccountStatus(row["status"]))
    sums = (int(row["balance"]), int(row["held_debit"]), int(row["held_credit"]))
    return Standing(account, *sums)


async def end(tx: Tx) -> BookEnd:
    (row,) = await tx.fetch(_END)
    return BookEnd(*row)


async def seals(tx: Tx, before: int | None, limit: int) -> list[Seal]:
    """Seals before a number, the newest first."""
    return [Seal(*row) for row in await tx.fetch(_SEALS, before, limit)]


async def seal_of(tx: Tx, batch: int) -> Seal | None:
    """The seal that covers a batch; None while no seal does."""
    row = await tx.fetchrow(_SEAL_OF, batch)
    found = None if row is None else Seal(*row)
    return found if found is not None and batch <= found.last_batch else None


async def held(tx: Tx, spans: Sequence[int], now: datetime) -> list[Waiting]:
    """Open holds by age; `spans` rise, in seconds."""
    bounds = [now - timedelta(seconds=each) for each in reversed(spans)]
    ends: list[int | None] = [None, *reversed(spans)]
    return [
        Waiting(
            Asset(row["asset"], row["scale"]), ends[row["span"]], row["count"], int(row["minor"])
        )
        for row in await tx.fetch(_HELD, bounds)
    ]


async def booked(tx: Tx, ids: Sequence[str]) -> dict[str, Booked]:
    return {row["id"]: _booked(row) for row in await tx.fetch(_BOOKED_BY_ID, list(ids))}


async def booked_of_hold(tx: Tx, hold_id: str, limit: int) -> list[Booked]:
    """What ended a hold, wholly or in part, in order."""
    return [_booked(row) for row in await tx.fetch(_BOOKED_OF_HOLD, hold_id, limit)]


def _booked(row: Row) -> Booked:
    amount = Money(int(row["amount"]), Asset(row["asset"], row["scale"]))
    kind = TransferKind(row["kind"])
    return Booked(
        row["sequence"],
        row["id"],
        LedgerRow(kind, row["debit"], row["credit"], amount, row["code"], row["recorded_at"]),
        row["reference"],
        row["hold_id"],
        row["occurred_at"],
        row["expires_at"],
        int(row["debit_balance"]),
        int(row["credit_balance"]),
        row["batch"],
    )


async def batch(tx: Tx, number: int) -> tuple[BatchRow, list[str], list[str]]:
    """A batch, the lines of its transfers in order, and those of what else it holds."""
    (row,) = await tx.fetch(_BATCH, number)
    head = BatchRow(*row)
    moved = [
        TransferRow(*line).line()
        for line in await tx.fetch(_LINES, head.first_sequence, head.last_sequence)
    ]
    rest = [RefusedRow(*line).line() for line in await tx.fetch(_REFUSED, number)]
    for happened in await tx.fetch(_EVENTS, number):
        of, account, event, *words = happened
        rest.append(EventRow(of, account, AccountEvent(event), *words).line())
    return head, moved, rest


async def hashes(tx: Tx, first: int, last: int) -> list[bytes]:
    found: list[bytes] | None = await tx.fetchval(_HASHES, first, last)
    return found or []
