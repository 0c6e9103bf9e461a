"""Reading what stands and what stood: balances, past balances, statements."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ledger.model import (
    AccountStatus,
    Balance,
    Entry,
    OpenHold,
    PastBalance,
    TransferKind,
)
from qantara.money import Asset

# One statement, so one snapshot: balances, holds and sequence belong together.
_BALANCES = """
SELECT a.code, a.asset, x.scale, a.status, a.balance, a.held_debit, a.held_credit, b.sequence,
    h.ids, h.debits, h.credits, h.amounts, h.remainders, h.expiries
FROM unnest($1::text[]) WITH ORDINALITY AS w (code, place)
JOIN ledger.account a ON a.code = w.code
JOIN ledger.asset x ON x.code = a.asset
CROSS JOIN ledger.book b
CROSS JOIN LATERAL (
    SELECT array_agg(o.id::text ORDER BY o.id) AS ids, array_agg(d.code ORDER BY o.id) AS debits,
        array_agg(c.code ORDER BY o.id) AS credits, array_agg(o.amount ORDER BY o.id) AS amounts,
        array_agg(o.remaining ORDER BY o.id) AS remainders,
        array_agg(o.expires_at ORDER BY o.id) AS expiries
    FROM (SELECT * FROM ledger.hold p WHERE p.debit_id = a.id
        UNION ALL SELECT * FROM ledger.hold p WHERE p.credit_id = a.id) o
    JOIN ledger.account d ON d.id = o.debit_id
    JOIN ledger.account c ON c.id = o.credit_id) h
ORDER BY w.place
"""


async def balances(tx: Tx, codes: Sequence[str]) -> list[Balance]:
    """In the order asked for; a code that is no account is left out."""
    return [_balance(row) for row in await tx.fetch(_BALANCES, codes)]


def _balance(row: Row) -> Balance:
    columns = [row[c] or () for c in ("ids", "debits", "credits", "amounts", "remainders")]
    holds = tuple(
        OpenHold(id_, debit, credit, int(amount), int(left), expires_at)
        for id_, debit, credit, amount, left, expires_at in zip(
            *columns, row["expiries"] or (), strict=True
        )
    )
    return Balance(
        row["code"],
        Asset(row["asset"], row["scale"]),
        AccountStatus(row["status"]),
        int(row["balance"]),
        int(row["held_debit"]),
        int(row["held_credit"]),
        holds,
        row["sequence"],
    )


# The running balance at the last row known, put right by the rows recorded after `at`: nothing
# is recorded before it happens, so only those can have happened later.
_BALANCE_AT = """
WITH account AS (
    SELECT a.id, a.asset, x.scale FROM ledger.account a
    JOIN ledger.asset x ON x.code = a.asset WHERE a.code = $1),
known AS (SELECT coalesce((SELECT b.last_sequence FROM ledger.batch b
    WHERE b.recorded_at <= coalesce($3::timestamptz, 'infinity')
    ORDER BY b.recorded_at DESC, b.number DESC LIMIT 1), 0) AS upto),
early AS (SELECT coalesce((SELECT b.last_sequence FROM ledger.batch b
    WHERE b.recorded_at <= $2::timestamptz
    ORDER BY b.recorded_at DESC, b.number DESC LIMIT 1), 0) AS upto)
SELECT account.asset, account.scale, known.upto AS sequence,
    coalesce((SELECT r.balance FROM (
        (SELECT t.sequence, t.debit_balance AS balance FROM ledger.transfer t
            WHERE t.debit_id = account.id AND t.sequence <= known.upto
            ORDER BY t.sequence DESC LIMIT 1)
        UNION ALL
        (SELECT t.sequence, t.credit_balance FROM ledger.transfer t
            WHERE t.credit_id = account.id AND t.sequence <= known.upto
            ORDER BY t.sequence DESC LIMIT 1)) r ORDER BY r.sequence DESC LIMIT 1), 0)
    + coalesce((SELECT sum(t.amount) FROM ledger.transfer t
        WHERE t.debit_id = account.id AND t.sequence > early.upto AND t.sequence <= known.upto
            AND t.occurred_at > $2 AND t.kind IN ('direct', 'post')), 0)
    - coalesce((SELECT sum(t.amount) FROM ledger.transfer t
        WHERE t.credit_id = account.id AND t.sequence > early.upto AND t.sequence <= known.upto
            AND t.occurred_at > $2 AND t.kind IN ('direct', 'post')), 0) AS posted
FROM account, known, early
"""


async def balance_at(
    tx: Tx, code: str, at: datetime, known_at: datetime | None
) -> PastBalance | None:
    row = await tx.fetchrow(_BALANCE_AT, code, at, known_at)
    if row is None:
        return None
    asset = Asset(row["asset"], row["scale"])
    return PastBalance(code, asset, at, known_at, int(row["posted"]), row["sequence"])


# Each side of an account is read in the order of its own index, only as far as the page.
_FORWARD = """
SELECT e.*, o.code AS counterparty FROM (
    (SELECT t.*, t.credit_id AS other_id, -t.amount AS change, t.debit_balance AS balance
        FROM ledger.transfer t
        WHERE t.debit_id = (SELECT id FROM ledger.account WHERE code = $1)
            AND t.sequence > $2 AND t.kind IN ('direct', 'post')
        ORDER BY t.sequence LIMIT $3)
    UNION ALL
    (SELECT t.*, t.debit_id, t.amount, t.credit_balance
        FROM ledger.transfer t
        WHERE t.credit_id = (SELECT id FROM ledger.account WHERE code = $1)
            AND t.sequence > $2 AND t.kind IN ('direct', 'post')
        ORDER BY t.sequence LIMIT $3)) e
JOIN ledger.account o ON o.id = e.other_id
ORDER BY e.sequence LIMIT $3
"""
_BACKWARD = """
SELECT e.*, o.code AS counterparty FROM (
    (SELECT t.*, t.credit_id AS other_id, -t.amount AS change, t.debit_balance AS balance
        FROM ledger.transfer t
        WHERE t.debit_id = (SELECT id FROM ledger.account WHERE code = $1)
            AND t.sequence < coalesce($2, 9223372036854775807)
            AND t.kind IN ('direct', 'post')
        ORDER BY t.sequence DESC LIMIT $3)
    UNION ALL
    (SELECT t.*, t.debit_id, t.amount, t.credit_balance
        FROM ledger.transfer t
        WHERE t.credit_id = (SELECT id FROM ledger.account WHERE code = $1)
            AND t.sequence < coalesce($2, 9223372036854775807)
            AND t.kind IN ('direct', 'post')
        ORDER BY t.sequence DESC LIMIT $3)) e
JOIN ledger.account o ON o.id = e.other_id
ORDER BY e.sequence DESC LIMIT $3
"""


async def entries_after(tx: Tx, code: str, sequence: int, limit: int) -> list[Entry]:
    """The first lines after a sequence number, oldest first."""
    return [_entry(row) for row in await tx.fetch(_FORWARD, code, sequence, limit)]


async def entries_before(tx: Tx, code: str, sequence: int | None, limit: int) -> list[Entry]:
    """The last lines before a sequence number, newest first."""
    return [_entry(row) for row in await tx.fetch(_BACKWARD, code, sequence, limit)]


def _entry(row: Row) -> Entry:
    return Entry(
        sequence=row["sequence"],
        id=str(row["id"]),
        kind=TransferKind(row["kind"]),
        counterparty=row["counterparty"],
        amount=int(row["change"]),
        balance=int(row["balance"]),
        code=row["code"],
        reference=row["reference"],
        hold_id=None if row["hold_id"] is None else str(row["hold_id"]),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )
