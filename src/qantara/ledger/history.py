"""Reading what stands and what stood: balances, past balances, statements."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ledger.model import (
    AccountStatus,
    Balance,
    Entry,
    LedgerRow,
    OpenHold,
    PastBalance,
    TransferKind,
)
from qantara.money import Asset, Money

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
# is recorded before it happens, so only those can have happened later. An account's rows are
# found by its entries, and those that are not entered yet at the end of the book.
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
    coalesce((SELECT CASE account.id WHEN t.debit_id THEN t.debit_balance
            ELSE t.credit_balance END
        FROM (
            (SELECT e.sequence FROM ledger.entry e
                WHERE e.account_id = account.id AND e.sequence <= known.upto
                ORDER BY e.sequence DESC LIMIT 1)
            UNION ALL
            (SELECT n.sequence FROM ledger.transfer n
                WHERE n.sequence > entered.sequence AND n.sequence <= known.upto
                    AND account.id IN (n.debit_id, n.credit_id) AND n.kind IN ('direct', 'post')
                ORDER BY n.sequence DESC LIMIT 1)) l
        JOIN ledger.transfer t ON t.sequence = l.sequence
        ORDER BY t.sequence DESC LIMIT 1), 0)
    + coalesce((SELECT sum(CASE account.id WHEN t.debit_id THEN t.amount ELSE -t.amount END)
        FROM (
            (SELECT e.sequence FROM ledger.entry e WHERE e.account_id = account.id
                AND e.sequence > early.upto AND e.sequence <= known.upto)
            UNION ALL
            (SELECT n.sequence FROM ledger.transfer n
                WHERE n.sequence > greatest(early.upto, entered.sequence)
                    AND n.sequence <= known.upto
                    AND account.id IN (n.debit_id, n.credit_id)
                    AND n.kind IN ('direct', 'post'))) l
        JOIN ledger.transfer t ON t.sequence = l.sequence
        WHERE t.occurred_at > $2), 0) AS posted
FROM account, known, early, ledger.entered
"""


async def balance_at(
    tx: Tx, code: str, at: datetime, known_at: datetime | None
) -> PastBalance | None:
    row = await tx.fetchrow(_BALANCE_AT, code, at, known_at)
    if row is None:
        return None
    asset = Asset(row["asset"], row["scale"])
    return PastBalance(code, asset, at, known_at, int(row["posted"]), row["sequence"])


# Both the entries and what is not entered yet are read in order, only as far as the page.
_FORWARD = """
WITH account AS (SELECT a.id FROM ledger.account a WHERE a.code = $1)
SELECT t.*, account.id = t.debit_id AS debited, o.code AS counterparty
FROM account CROSS JOIN ledger.entered CROSS JOIN LATERAL (
    (SELECT e.sequence FROM ledger.entry e
        WHERE e.account_id = account.id AND e.sequence > $2
        ORDER BY e.sequence LIMIT $3)
    UNION ALL
    (SELECT n.sequence FROM ledger.transfer n
        WHERE n.sequence > greatest(entered.sequence, $2)
            AND account.id IN (n.debit_id, n.credit_id) AND n.kind IN ('direct', 'post')
        ORDER BY n.sequence LIMIT $3)
    ORDER BY sequence LIMIT $3) l
JOIN ledger.transfer t ON t.sequence = l.sequence
JOIN ledger.account o
    ON o.id = CASE account.id WHEN t.debit_id THEN t.credit_id ELSE t.debit_id END
ORDER BY t.sequence
"""
_BACKWARD = """
WITH account AS (SELECT a.id FROM ledger.account a WHERE a.code = $1)
SELECT t.*, account.id = t.debit_id AS debited, o.code AS counterparty
FROM account CROSS JOIN ledger.entered CROSS JOIN LATERAL (
    (SELECT e.sequence FROM ledger.entry e
        WHERE e.account_id = account.id
            AND e.sequence < coalesce($2, 9223372036854775807)
        ORDER BY e.sequence DESC LIMIT $3)
    UNION ALL
    (SELECT n.sequence FROM ledger.transfer n
        WHERE n.sequence > entered.sequence
            AND n.sequence < coalesce($2, 9223372036854775807)
            AND account.id IN (n.debit_id, n.credit_id) AND n.kind IN ('direct', 'post')
        ORDER BY n.sequence DESC LIMIT $3)
    ORDER BY sequence DESC LIMIT $3) l
JOIN ledger.transfer t ON t.sequence = l.sequence
JOIN ledger.account o
    ON o.id = CASE account.id WHEN t.debit_id THEN t.credit_id ELSE t.debit_id END
ORDER BY t.sequence DESC
"""


async def entries_after(tx: Tx, code: str, sequence: int, limit: int) -> list[Entry]:
    """The first lines after a sequence number, oldest first."""
    return [_entry(row) for row in await tx.fetch(_FORWARD, code, sequence, limit)]


async def entries_before(tx: Tx, code: str, sequence: int | None, limit: int) -> list[Entry]:
    """The last lines before a sequence number, newest first."""
    return [_entry(row) for row in await tx.fetch(_BACKWARD, code, sequence, limit)]


def _entry(row: Row) -> Entry:
    amount, debited = int(row["amount"]), row["debited"]
    return Entry(
        sequence=row["sequence"],
        id=str(row["id"]),
        kind=TransferKind(row["kind"]),
        counterparty=row["counterparty"],
        amount=-amount if debited else amount,
        balance=int(row["debit_balance"] if debited else row["credit_balance"]),
        code=row["code"],
        reference=row["reference"],
        hold_id=None if row["hold_id"] is None else str(row["hold_id"]),
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
    )


_ENTER = "SELECT ledger.enter($1)"


async def enter(tx: Tx, most: int) -> int:
    entered: int = await tx.fetchval(_ENTER, most)
    return entered


# A payment's rows: its holds, what ended them, and the legs that stand behind each in its chain.
_ABOUT = """
WITH own AS (
    SELECT sequence FROM ledger.transfer WHERE id = ANY($1::text[]::uuid[])
    UNION SELECT sequence FROM ledger.transfer WHERE hold_id = ANY($1::text[]::uuid[])
), chained AS (
    SELECT DISTINCT t.sequence FROM own JOIN ledger.transfer t
        ON t.sequence BETWEEN own.sequence AND own.sequence + $3 AND t.reference = ANY($2::text[])
)
SELECT t.sequence, t.kind, d.code AS debit, c.code AS credit, t.amount, x.code AS asset, x.scale,
    t.code, t.recorded_at
FROM chained JOIN ledger.transfer t USING (sequence)
JOIN ledger.account d ON d.id = t.debit_id
JOIN ledger.account c ON c.id = t.credit_id
JOIN ledger.asset x ON x.code = d.asset
ORDER BY t.sequence
"""
_SPAN = 15


async def rows_about(tx: Tx, ids: Sequence[str], references: Sequence[str]) -> list[LedgerRow]:
    """The rows of the chains that these transfers, or what ended these holds, began."""
    rows = await tx.fetch(_ABOUT, list(ids), list(references), _SPAN)
    return [
        LedgerRow(
            TransferKind(row["kind"]),
            row["debit"],
            row["credit"],
            Money(int(row["amount"]), Asset(row["asset"], row["scale"])),
            row["code"],
            row["recorded_at"],
        )
        for row in rows
    ]
