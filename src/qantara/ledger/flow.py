"""What may be done with a book.

Every verb acts inside the caller's transaction. `post`, `open_accounts` and the account verbs
lock the book until that transaction ends: lock state rows first, then make one call.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from qantara import merkle
from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason, Unavailable
from qantara.ids import uuid_text
from qantara.ledger import history, store, verify
from qantara.ledger.charting import (
    accounts_under,
    book_end,
    booked,
    chart,
    ended_hold,
    held_by_age,
    own_accounts,
    prove,
    seals,
    stood_then,
)
from qantara.ledger.model import (
    TRANSITIONS,
    Account,
    AccountEvent,
    Balance,
    BookReport,
    Entry,
    LedgerRow,
    NewAccount,
    PastBalance,
    Position,
    Posted,
    Seal,
    Transfer,
    TransferKind,
)
from qantara.telemetry import traces

__all__ = [
    "accounts",
    "accounts_under",
    "balance_at",
    "balances",
    "book_end",
    "booked",
    "chart",
    "close",
    "ended_hold",
    "enter",
    "expire_holds",
    "freeze",
    "held_by_age",
    "held_since",
    "must_post",
    "open_accounts",
    "own_accounts",
    "positions",
    "post",
    "prove",
    "rows_about",
    "seal",
    "seals",
    "statement",
    "stood_then",
    "unfreeze",
    "verify_book",
]
ENTERED_AT_ONCE = 50_000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def open_accounts(
    tx: Tx, accounts: Sequence[NewAccount], now: datetime
) -> list[Account | Conflict]:
    """Open what is not open yet; the same code with the same terms is the same account.

    A code that has other terms, or an asset known with another scale, is a `Conflict`.
    """
    await store.open_accounts(tx, accounts, now)
    there = await store.accounts(tx, [account.code for account in accounts])
    outcomes: list[Account | Conflict] = []
    for wish in accounts:
        account = there.get(wish.code)
        if account is None:
            outcomes.append(Conflict(Reason.ASSET_MISMATCH, asset=wish.asset.code))
        elif account.terms != wish:
            outcomes.append(Conflict(Reason.ACCOUNT_EXISTS, account=wish.code))
        else:
            outcomes.append(account)
    return outcomes


async def accounts(tx: Tx, codes: Sequence[str]) -> list[Account | NotFound]:
    """Accounts with their terms and status."""
    found = await store.accounts(tx, codes)
    return [found.get(each) or NotFound(Reason.ACCOUNT_NOT_FOUND, account=each) for each in codes]


async def post(tx: Tx, transfers: Sequence[Transfer], now: datetime) -> list[Posted]:
    """Take a batch into the book, in order, by one call; `spec` says what that means.

    An outcome for every item, of the same order; none raises. An id that is no UUID in lower
    case is `Malformed`, as no outcome could be kept for it.
    """
    ids = [item.id for item in transfers]
    ids += [item.hold_id for item in transfers if item.hold_id is not None]
    if not all(map(_UUID.fullmatch, ids)):
        wrong = next(each for each in ids if not _UUID.fullmatch(each))
        raise Malformed(Reason.ID_MALFORMED, param="id", value=wrong)
    began = traces.now()
    done = await store.post(tx, transfers, now) if transfers else []
    pairs = zip(transfers, done, strict=True)
    traces.note_postings(began, ((each.reference, each.code, said.code) for each, said in pairs))
    return done


async def must_post(tx: Tx, transfers: Sequence[Transfer], now: datetime) -> None:
    """Post what was promised. A refusal here is `Unavailable`: it undoes the batch and is no
    answer to whoever told us, who keep their message and send it again until the book can follow.
    """
    for outcome in await post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Unavailable(Reason.INTERNAL, id=outcome.id, detail=str(outcome.code))


async def held_since(tx: Tx, before: datetime, limit: int = 256) -> list[str]:
    """The references of holds that were made until then and are still open, oldest first."""
    return await store.held_since(tx, before, limit)


async def expire_holds(tx: Tx, now: datetime, limit: int = 256) -> list[Posted]:
    """Release holds whose time is over, the longest overdue first.

    Until this has put an EXPIRE into the book, a hold can still be posted. The EXPIRE happened
    when the hold's time ended; its id follows from the hold's, so it never acts twice.
    """
    due = await store.due_holds(tx, now, limit)
    return await post(
        tx,
        [
            Transfer(
                id=uuid_text("ledger.expire", hold_id),
                amount=0,
                code="hold.expire",
                occurred_at=expires_at,
                kind=TransferKind.EXPIRE,
                hold_id=hold_id,
            )
            for hold_id, expires_at in due
        ],
        now,
    )


async def balances(tx: Tx, codes: Sequence[str]) -> list[Balance]:
    """Balances with their open holds, all at one sequence number, in the order of `codes`;
    `NotFound` if one of them is no account.
    """
    found = await history.balances(tx, codes)
    if len(found) < len(codes):
        missing = sorted(set(codes) - {balance.code for balance in found})
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=missing[0])
    return found


async def balance_at(
    tx: Tx, code: str, at: datetime, known_at: datetime | None = None
) -> PastBalance:
    """The balance of all that had happened by `at`, late news included; with `known_at`, only
    as far as it was recorded by then.
    """
    balance = await history.balance_at(tx, code, at, known_at)
    if balance is None:
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=code)
    return balance


async def statement(
    tx: Tx,
    code: str,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """A page of what moved: with `after`, the lines that follow it, oldest first; else the
    lines before `before` (or the newest), newest first. Holds are no lines, their posts are.
    """
    if code not in await store.accounts(tx, [code]):
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=code)
    if after is not None:
        return await history.entries_after(tx, code, after, limit)
    return await history.entries_before(tx, code, before, limit)


async def rows_about(tx: Tx, ids: Sequence[str], references: Sequence[str]) -> list[LedgerRow]:
    """Every row of what has one of these references and hangs on one of these transfers."""
    return await history.rows_about(tx, ids, references)


async def enter(tx: Tx, most: int = ENTERED_AT_ONCE) -> int:
    """Note, for the next transfers, whose money they moved; how many transfers were taken.

    Statements are exact without it and quick with it: what is not entered yet they look for at
    the end of the book. It takes no lock that a writer waits for.
    """
    return await history.enter(tx, most)


async def freeze(
    tx: Tx, code: str, legal_reason: str, citation: str, by: str, now: datetime
) -> Account:
    """Stop every new movement out of and into an account.

    What was held before the freeze can still be posted or released: it is a promise already
    given to others.
    """
    return await _move(tx, code, AccountEvent.FREEZE, legal_reason, citation, by, now)


async def unfreeze(
    tx: Tx, code: str, legal_reason: str, citation: str, by: str, now: datetime
) -> Account:
    return await _move(tx, code, AccountEvent.UNFREEZE, legal_reason, citation, by, now)


async def close(tx: Tx, code: str, by: str, now: datetime) -> Account:
    """Close an account for ever; `Conflict` unless it is open, at zero and without holds."""
    return await _move(tx, code, AccountEvent.CLOSE, "", "", by, now)


async def _move(
    tx: Tx,
    code: str,
    event: AccountEvent,
    legal_reason: str,
    citation: str,
    by: str,
    now: datetime,
) -> Account:
    account = (await store.accounts(tx, [code])).get(code)
    if account is None:
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=code)
    status = TRANSITIONS.get((account.status, event))
    if status is None or not await store.move_account(
        tx,
        account,
        event,
        status,
        only_empty=event is AccountEvent.CLOSE,
        legal_reason=legal_reason,
        citation=citation,
        by=by,
        now=now,
    ):
        raise Conflict(Reason.STATE_CONFLICT, account=code, state=account.status, event=event)
    return Account(account.id, account.terms, status)


async def seal(tx: Tx, now: datetime) -> Seal | None:
    """Put one Merkle root over the batches since the last seal; None if there are none."""
    batches = await store.unsealed(tx)
    if not batches:
        return None
    root = merkle.root([hash_ for _, hash_ in batches])
    return await store.seal(tx, batches[0][0], batches[-1][0], root, now)


async def positions(tx: Tx) -> list[Position]:
    """Every account's place between books, in the order of opening."""
    return await store.positions(tx)


async def verify_book(tx: Tx) -> BookReport:
    """Re-add the whole book from its history, and find what does not follow from it."""
    return await verify.book(tx)
