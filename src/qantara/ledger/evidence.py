"""The rows that prove a book, and the text their hashes are taken of.

The texts are made here a second time, apart from the SQL that first made them, so that the
chain of hashes can be checked with nothing but the rows.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from qantara.db import Tx
from qantara.ledger.model import AccountEvent, AccountStatus, Seal, TransferKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PREFETCH = 2000
_MOVING = frozenset({TransferKind.DIRECT, TransferKind.POST})
_DAY_SECONDS = 86_400


class TransferRow(NamedTuple):
    sequence: int
    id: str
    kind: str
    linked: bool
    balancing: str
    debit_id: int
    credit_id: int
    requested: str
    amount: str
    hold_id: str | None
    code: str
    reference: str
    occurred_at: datetime
    expires_at: datetime | None
    recorded_at: datetime
    debit_balance: str
    credit_balance: str
    debit_held: str
    credit_held: str

    @property
    def moves(self) -> bool:
        return self.kind in _MOVING

    def line(self) -> str:
        return (
            f"T|{self.sequence}|{self.id}|{self.kind}|{'true' if self.linked else 'false'}"
            f"|{self.balancing}|{self.debit_id}|{self.credit_id}|{self.requested}|{self.amount}"
            f"|{self.hold_id or '-'}|{measured(self.code)}|{measured(self.reference)}"
            f"|{moment(self.occurred_at)}|{moment(self.expires_at)}"
            f"|{self.debit_balance}|{self.credit_balance}|{self.debit_held}|{self.credit_held}"
        )


class RefusedRow(NamedTuple):
    batch: int
    id: str
    result: str
    content: str

    def line(self) -> str:
        return f"R|{self.id}|{self.result}|{self.content}"


class EventRow(NamedTuple):
    batch: int
    account_id: int
    event: AccountEvent
    terms: str
    legal_reason: str
    citation: str
    by: str

    def line(self) -> str:
        words = (self.terms, self.legal_reason, self.citation, self.by)
        return f"A|{self.account_id}|{self.event}|" + "|".join(map(measured, words))


class BatchRow(NamedTuple):
    number: int
    first_sequence: int
    last_sequence: int
    refused: int
    events: int
    recorded_at: datetime
    previous: bytes
    hash: bytes

    def head(self) -> str:
        return (
            f"B|{self.number}|{self.first_sequence}|{self.last_sequence}|{self.refused}"
            f"|{self.events}|{moment(self.recorded_at)}"
        )


class AccountRow(NamedTuple):
    id: int
    code: str
    asset: str
    scale: int
    account_class: str
    floor: str | None
    ceiling: str | None
    keeper: str | None
    holder: str | None
    status: AccountStatus
    balance: int
    held_debit: int
    held_credit: int

    def terms(self) -> str:
        return "|".join(
            (
                str(self.id),
                measured(self.code),
                measured(self.asset),
                str(self.scale),
                self.account_class,
                self.floor or "-",
                self.ceiling or "-",
                "-" if self.keeper is None else measured(self.keeper),
                "-" if self.holder is None else measured(self.holder),
            )
        )


class HoldRow(NamedTuple):
    id: str
    debit_id: int
    credit_id: int
    amount: int
    remaining: int
    expires_at: datetime | None


class BookRow(NamedTuple):
    """Where the book says it stands; `last` is the last transfer there really is."""

    sequence: int
    batch: int
    hash: bytes
    last: int


class Standing(NamedTuple):
    """What is, all of it in one snapshot."""

    book: BookRow
    accounts: list[AccountRow]
    holds: list[HoldRow]


def measured(words: str) -> str:
    """Free text behind its length in characters, so that it can hold any separator."""
    return f"{len(words)}:{words}"


def moment(at: datetime | None) -> str:
    """Seconds since 1970 with six decimals, `-` for never."""
    if at is None:
        return "-"
    since = at - _EPOCH
    if since.days >= 0:
        return f"{since.days * _DAY_SECONDS + since.seconds}.{since.microseconds:06d}"
    return f"-{moment(_EPOCH - since)}"


# Inside a row the driver knows no domains, so they are told as what they are made of.
_STANDING = """
SELECT (SELECT ARRAY[b.sequence, b.batch, (SELECT coalesce(max(sequence), 0) FROM ledger.transfer)]
        FROM ledger.book b),
    (SELECT b.hash FROM ledger.book b),
    ARRAY(SELECT (a.id, a.code, a.asset, x.scale, a.class::text, a.floor::text, a.ceiling::text,
        a.keeper, a.holder, a.status::text, a.balance, a.held_debit::numeric,
        a.held_credit::numeric)
        FROM ledger.account a LEFT JOIN ledger.asset x ON x.code = a.asset ORDER BY a.id),
    ARRAY(SELECT (o.id::text, o.debit_id, o.credit_id, o.amount, o.remaining, o.expires_at)
        FROM ledger.hold o ORDER BY o.id)
"""


async def standing(tx: Tx) -> Standing:
    (row,) = await tx.fetch(_STANDING)
    (sequence, batch, last), hash_, accounts, holds = row
    return Standing(
        BookRow(sequence, batch, hash_, last),
        [_account(account) for account in accounts],
        [_hold(hold) for hold in holds],
    )


def _account(row: tuple[Any, ...]) -> AccountRow:
    status, balance, held_debit, held_credit = row[9:]
    sums = int(balance), int(held_debit), int(held_credit)
    return AccountRow(*(*row[:9], AccountStatus(status), *sums))


def _hold(row: tuple[Any, ...]) -> HoldRow:
    id_, debit_id, credit_id, amount, remaining, expires_at = row
    return HoldRow(id_, debit_id, credit_id, int(amount), int(remaining), expires_at)


_TRANSFERS = """
SELECT sequence, id::text, kind, linked, balancing, debit_id, credit_id, requested::text,
    amount::text, hold_id::text, code, reference, occurred_at, expires_at, recorded_at,
    debit_balance::text, credit_balance::text, debit_held::text, credit_held::text
FROM ledger.transfer WHERE sequence <= $1 ORDER BY sequence
"""


async def transfers(tx: Tx, upto: int) -> AsyncIterator[TransferRow]:
    async for row in tx.cursor(_TRANSFERS, upto, prefetch=_PREFETCH):
        yield TransferRow(*row)


_BATCHES = """
SELECT number, first_sequence, last_sequence, refused, events, recorded_at, previous, hash
FROM ledger.batch WHERE number <= $1 ORDER BY number
"""


async def batches(tx: Tx, upto: int) -> AsyncIterator[BatchRow]:
    async for row in tx.cursor(_BATCHES, upto, prefetch=_PREFETCH):
        yield BatchRow(*row)


_REFUSED = """
SELECT batch, id::text, result, content FROM ledger.refused WHERE batch <= $1 ORDER BY batch, item
"""


async def refused(tx: Tx, upto: int) -> AsyncIterator[RefusedRow]:
    async for row in tx.cursor(_REFUSED, upto, prefetch=_PREFETCH):
        yield RefusedRow(*row)


_EVENTS = """
SELECT batch, account_id, event, terms, legal_reason, citation, by
FROM ledger.account_event WHERE batch <= $1 ORDER BY batch, item
"""


async def events(tx: Tx, upto: int) -> AsyncIterator[EventRow]:
    async for row in tx.cursor(_EVENTS, upto, prefetch=_PREFETCH):
        batch, account_id, event, *words = row
        yield EventRow(batch, account_id, AccountEvent(event), *words)


_SEALS = """
SELECT number, first_batch, last_batch, root, sealed_at FROM ledger.seal ORDER BY number
"""


async def seals(tx: Tx) -> list[Seal]:
    return [Seal(*row) for row in await tx.fetch(_SEALS)]


# Up to where the entries reach, each transfer has one for each account whose money it moved;
# this is the first that is missing, or that should not be there.
_WRONG_ENTRY = """
WITH moved AS (
    SELECT side.account_id, t.sequence FROM ledger.transfer t
    CROSS JOIN LATERAL (VALUES (t.debit_id), (t.credit_id)) AS side (account_id)
    WHERE t.sequence <= (SELECT least(n.sequence, $1) FROM ledger.entered n)
        AND t.kind IN ('direct', 'post'))
SELECT coalesce(m.sequence, e.sequence), coalesce(m.account_id, e.account_id), e.sequence IS NULL
FROM moved m
FULL JOIN (SELECT * FROM ledger.entry x WHERE x.sequence <= $1) e
    ON e.account_id = m.account_id AND e.sequence = m.sequence
WHERE m.sequence IS NULL OR e.sequence IS NULL
ORDER BY 1, 2 LIMIT 1
"""


async def wrong_entry(tx: Tx, upto: int) -> tuple[int, int, bool] | None:
    """A transfer's sequence, an account's number, and whether the entry of the two is missing."""
    row = await tx.fetchrow(_WRONG_ENTRY, upto)
    return None if row is None else (row[0], row[1], row[2])
