"""The SQL that writes the book, and reads its accounts, beside one typed function each."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from qantara.db import Row, Tx
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

# Amounts travel as text: an array of numerics costs a Decimal for each, both ways.
_POST = """
SELECT p.r_code, p.r_sequence, p.r_amount::text[], p.r_debit_balance::text[],
    p.r_credit_balance::text[]
FROM ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text[]::numeric[], $11, $12, $13,
    $14, $15, $16, $17) p
"""


async def post(tx: Tx, batch: Sequence[Transfer], now: datetime) -> list[Posted]:
    """One call for the whole batch; codes and ids become places in arrays, counted from 1."""
    ids = [item.id for item in batch]
    holds = _places(item.hold_id for item in batch if item.hold_id is not None)
    codes = _places(code for i in batch if i.kind.opens for code in (i.debit, i.credit))
    first: dict[str, int] = {}
    seen = [first.setdefault(id_, place) for place, id_ in enumerate(ids, 1)]
    (row,) = await tx.fetch(
        _POST,
        now,
        list(codes),
        list(holds),
        ids,
        [item.kind for item in batch],
        [codes[item.debit] if item.kind.opens else 0 for item in batch],
        [codes[item.credit] if item.kind.opens else 0 for item in batch],
        [holds.get(item.hold_id or item.id, 0) for item in batch],
        [0 if place == at else at for place, at in enumerate(seen, 1)],
        [str(item.amount) for item in batch],
        [item.asset for item in batch],
        [item.linked for item in batch],
        [item.balancing for item in batch],
        [item.code for item in batch],
        [item.reference for item in batch],
        [item.occurred_at for item in batch],
        [item.expires_at for item in batch],
    )
    return [
        Posted(
            item.id,
            ResultCode(code),
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
