"""The SQL that writes the book, and reads its accounts, beside one typed function each."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.db.arrays import plain, texts
from qantara.ledger.model import (
    Account,
    AccountClass,
    AccountEvent,
    AccountStatus,
    NewAccount,
    Position,
    Posted,
    ResultCode,
    Seal,
    Transfer,
)
from qantara.money import Asset

_RESULTS = {code.value: code for code in ResultCode}

# Arrays travel as text: the driver would ask much of every element, and make Decimals of amounts.
_POST = """
SELECT p.r_code, p.r_sequence, p.r_amount::text[], p.r_debit_balance::text[],
    p.r_credit_balance::text[]
FROM ledger.post($1, $2::text::text[], $3::text::uuid[], $4::text::uuid[], $5::text::text[],
    $6::text::integer[], $7::text::integer[], $8::text::integer[], $9::text::integer[],
    $10::text::numeric[], $11::text::text[], $12::text::boolean[], $13::text::text[],
    $14::text::text[], $15::text::text[], $16, $17) p
"""


async def post(tx: Tx, batch: Sequence[Transfer], now: datetime) -> list[Posted]:
    """One call for the whole batch; codes and ids become places in arrays, counted from 1. Codes
    come in their order, as the book reads its accounts, so that a code's place is the account's.
    """
    ids = [item.id for item in batch]
    holds = _places(item.hold_id for item in batch if item.hold_id is not None)
    opening = [item if item.kind.opens else None for item in batch]
    named = [item for item in opening if item]
    codes = _places(sorted({item.debit for item in named} | {item.credit for item in named}))
    none = plain([0] * len(batch))
    (row,) = await tx.fetch(
        _POST,
        now,
        texts(list(codes)),
        texts(list(holds)),
        texts(ids),
        texts([item.kind for item in batch]),
        plain(codes[item.debit] if item else 0 for item in opening),
        plain(codes[item.credit] if item else 0 for item in opening),
        plain(holds.get(item.hold_id or item.id, 0) for item in batch) if holds else none,
        plain(_repeated(ids)) if len(set(ids)) < len(ids) else none,
        plain(item.amount for item in batch),
        texts([item.asset for item in batch]),
        plain(item.linked for item in batch),
        texts([item.balancing for item in batch]),
        texts([item.code for item in batch]),
        texts([item.reference for item in batch]),
        [item.occurred_at for item in batch],
        [item.expires_at for item in batch],
    )
    return [
        Posted(
            item.id,
            _RESULTS[code],
            sequence,
            int(amount),
            None if debit is None else int(debit),
            None if credit is None else int(credit),
            item.hold_id,
        )
        for item, code, sequence, amount, debit, credit in zip(batch, *row, strict=True)
    ]


def _places(words: Iterable[str]) -> dict[str, int]:
    return {word: place for place, word in enumerate(dict.fromkeys(words), 1)}


def _repeated(ids: Sequence[str]) -> list[int]:
    """For each id the place of the same id before it, 0 for the first."""
    first: dict[str, int] = {}
    seen = [first.setdefault(id_, place) for place, id_ in enumerate(ids, 1)]
    return [0 if place == at else at for place, at in enumerate(seen, 1)]


_HELD = """
SELECT t.reference FROM ledger.hold h JOIN ledger.transfer t ON t.id = h.id
WHERE t.recorded_at <= $1 ORDER BY t.sequence LIMIT $2
"""


async def held_since(tx: Tx, before: datetime, limit: int) -> list[str]:
    return [row["reference"] for row in await tx.fetch(_HELD, before, limit)]


_DUE = """
SELECT id::text, expires_at FROM ledger.hold
WHERE expires_at <= $1 ORDER BY expires_at, id LIMIT $2
"""


async def due_holds(tx: Tx, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    return [(row["id"], row["expires_at"]) for row in await tx.fetch(_DUE, now, limit)]


_OPEN = """
SELECT ledger.open_accounts($1, $2, $3, $4, $5, $6::text[]::numeric[], $7::text[]::numeric[],
    $8, $9)
"""


async def open_accounts(tx: Tx, accounts: Sequence[NewAccount], now: datetime) -> None:
    await tx.execute(
        _OPEN,
        now,
        [account.code for account in accounts],
        [account.asset.code for account in accounts],
        [account.asset.scale for account in accounts],
        [account.account_class for account in accounts],
        [None if account.floor is None else str(account.floor) for account in accounts],
        [None if account.ceiling is None else str(account.ceiling) for account in accounts],
        [account.keeper for account in accounts],
        [account.holder for account in accounts],
    )


_ACCOUNTS = """
SELECT a.id, a.code, a.asset, x.scale, a.class, a.floor, a.ceiling, a.keeper, a.holder, a.status
FROM ledger.account a JOIN ledger.asset x ON x.code = a.asset
WHERE a.code = ANY ($1::text[])
"""


async def accounts(tx: Tx, codes: Sequence[str]) -> dict[str, Account]:
    return {row["code"]: _account(row) for row in await tx.fetch(_ACCOUNTS, codes)}


def _account(row: Row) -> Account:
    terms = NewAccount(
        row["code"],
        Asset(row["asset"], row["scale"]),
        AccountClass(row["class"]),
        None if row["floor"] is None else int(row["floor"]),
        None if row["ceiling"] is None else int(row["ceiling"]),
        row["keeper"],
        row["holder"],
    )
    return Account(row["id"], terms, AccountStatus(row["status"]))


_MOVE = "SELECT ledger.move_account($1, $2, $3, $4, $5, $6, $7, $8, $9)"


async def move_account(
    tx: Tx,
    account: Account,
    event: AccountEvent,
    status: AccountStatus,
    *,
    only_empty: bool,
    legal_reason: str,
    citation: str,
    by: str,
    now: datetime,
) -> bool:
    """Whether the account was as it was read, empty if asked, and has its new status now."""
    moved: bool = await tx.fetchval(
        _MOVE,
        now,
        account.id,
        account.status,
        status,
        event,
        only_empty,
        legal_reason,
        citation,
        by,
    )
    return moved


_UNSEALED = """
SELECT number, hash FROM ledger.batch
WHERE number > (SELECT coalesce(max(last_batch), 0) FROM ledger.seal) ORDER BY number
"""


async def unsealed(tx: Tx) -> list[tuple[int, bytes]]:
    """Number and hash of every batch since the last seal."""
    return [(row["number"], row["hash"]) for row in await tx.fetch(_UNSEALED)]


_SEAL = """
INSERT INTO ledger.seal (number, first_batch, last_batch, root, sealed_at)
SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4 FROM ledger.seal
RETURNING number
"""


async def seal(tx: Tx, first: int, last: int, root: bytes, now: datetime) -> Seal:
    return Seal(await tx.fetchval(_SEAL, first, last, root, now), first, last, root, now)


_POSITIONS = """
SELECT a.class, a.code, a.asset, x.scale, a.keeper, a.holder, a.balance
FROM ledger.account a JOIN ledger.asset x ON x.code = a.asset ORDER BY a.id
"""


async def positions(tx: Tx) -> list[Position]:
    return [
        Position(
            AccountClass(row["class"]),
            row["code"],
            Asset(row["asset"], row["scale"]),
            row["keeper"],
            row["holder"],
            int(row["balance"]),
        )
        for row in await tx.fetch(_POSITIONS)
    ]
