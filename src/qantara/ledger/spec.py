"""What a batch of transfers means: this page is the specification.

Transfers are taken strictly in the order they arrive; each meets the book as the ones before
it left it. Nothing here is fast. The SQL function `ledger.post` must give the same outcomes,
balances and holds, and a differential test holds it to that.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

from qantara.ledger.model import (
    AMOUNT_MAX,
    AccountStatus,
    Balancing,
    Posted,
    ResultCode,
    Transfer,
    TransferKind,
)

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class AccountState:
    asset: str
    floor: int | None = None
    ceiling: int | None = None
    status: AccountStatus = AccountStatus.OPEN
    balance: int = 0
    held_debit: int = 0
    held_credit: int = 0

    @property
    def debit_room(self) -> int | None:
        """How much may still leave; None is no bound."""
        return None if self.floor is None else self.balance - self.held_debit - self.floor

    @property
    def credit_room(self) -> int | None:
        """How much may still come in; None is no bound."""
        return None if self.ceiling is None else self.ceiling - self.balance - self.held_credit


@dataclass(slots=True)
class HoldState:
    """A reservation; `left` of it is still held, and `ended` says what took the rest."""

    debit: str
    credit: str
    left: int
    expires_at: datetime | None
    ended: TransferKind | None = None


@dataclass(slots=True)
class BookState:
    """`known` holds, for ever, what every id stood for and how it ended, refused ones too."""

    accounts: dict[str, AccountState] = field(default_factory=dict)
    holds: dict[str, HoldState] = field(default_factory=dict)
    known: dict[str, tuple[Transfer, Posted]] = field(default_factory=dict)
    sequence: int = 0
    recorded_at: datetime = _BEGINNING


def apply(state: BookState, batch: Sequence[Transfer], now: datetime) -> list[Posted]:
    """Take a batch into the book; recorded time never runs backwards."""
    state.recorded_at = max(state.recorded_at, now)
    return [posted for chain in chains(batch) for posted in _apply_chain(state, chain)]


def chains(batch: Sequence[Transfer]) -> Iterator[list[Transfer]]:
    """Cut a batch after every item that is not linked to its next."""
    chain: list[Transfer] = []
    for item in batch:
        chain.append(item)
        if not item.linked:
            yield chain
            chain = []
    if chain:
        yield chain


def same_content(one: Transfer, other: Transfer) -> bool:
    """Whether two wishes under one id are one wish: all but `linked` and the times agree."""
    return _content(one) == _content(other)


def _content(item: Transfer) -> tuple[object, ...]:
    return (
        item.kind,
        item.debit,
        item.credit,
        item.amount,
        item.asset,
        item.hold_id,
        item.balancing,
        item.code,
        item.reference,
    )


def _apply_chain(state: BookState, chain: list[Transfer]) -> list[Posted]:
    """All of a chain or none of it.

    A chain whose ids are all known is a repetition and is told its first outcomes. One that
    mixes known and new ids, repeats an id, or is not closed by its batch is not attempted.
    """
    if all(item.id in state.known for item in chain):
        return [_recall(state, item) for item in chain]
    if _well_formed(state, chain):
        trial = deepcopy(state)
        outcomes = [_apply_new(trial, chain[0])]
        while outcomes[-1].accepted and len(outcomes) < len(chain):
            outcomes.append(_apply_new(trial, chain[len(outcomes)]))
        if outcomes[-1].accepted:
            state.accounts, state.holds = trial.accounts, trial.holds
            state.sequence = trial.sequence
            state.known |= {i.id: (i, o) for i, o in zip(chain, outcomes, strict=True)}
            return outcomes
        guilty, its_code = len(outcomes) - 1, outcomes[-1].code
    else:
        guilty = len(chain) - 1
        its_code = ResultCode.CHAIN_OPEN if chain[-1].linked else ResultCode.CHAIN_BROKEN
    return [
        _refuse(state, item, its_code if place == guilty else ResultCode.CHAIN_BROKEN)
        for place, item in enumerate(chain)
    ]


def _well_formed(state: BookState, chain: list[Transfer]) -> bool:
    ids = {item.id for item in chain}
    return not chain[-1].linked and len(ids) == len(chain) and ids.isdisjoint(state.known)


def _refuse(state: BookState, item: Transfer, code: ResultCode) -> Posted:
    if item.id in state.known:
        return _recall(state, item)
    outcome = Posted(item.id, code, hold_id=item.hold_id)
    state.known[item.id] = (item, outcome)
    return outcome


def _recall(state: BookState, item: Transfer) -> Posted:
    first, outcome = state.known[item.id]
    if not same_content(first, item):
        return Posted(item.id, ResultCode.ID_REUSED, hold_id=item.hold_id)
    if outcome.code is not ResultCode.OK:
        return outcome
    return Posted(
        item.id,
        ResultCode.EXISTS,
        outcome.sequence,
        outcome.amount,
        outcome.debit_balance,
        outcome.credit_balance,
        item.hold_id,
    )


def _apply_new(state: BookState, item: Transfer) -> Posted:
    amount = _wrong_wish(state, item) or (_open if item.kind.opens else _resolve)(state, item)
    if isinstance(amount, ResultCode):
        return Posted(item.id, amount, hold_id=item.hold_id)
    if item.kind is TransferKind.HOLD:
        state.holds[item.id] = HoldState(item.debit, item.credit, amount, item.expires_at)
    hold = None if item.hold_id is None else state.holds[item.hold_id]
    debit = state.accounts[item.debit if hold is None else hold.debit]
    credit = state.accounts[item.credit if hold is None else hold.credit]
    if item.kind in {TransferKind.DIRECT, TransferKind.POST}:
        debit.balance -= amount
        credit.balance += amount
    if item.kind is not TransferKind.DIRECT:
        reserved = amount if hold is None else -amount
        debit.held_debit += reserved
        credit.held_credit += reserved
    if hold is not None:
        hold.left -= amount
        hold.ended = None if hold.left else item.kind
    state.sequence += 1
    return Posted(
        item.id,
        ResultCode.OK,
        state.sequence,
        amount,
        debit.balance,
        credit.balance,
        item.hold_id,
    )


def _wrong_wish(state: BookState, item: Transfer) -> ResultCode | None:
    zero_means_all = not item.kind.opens or item.balancing is not Balancing.NONE
    if item.amount < 0 or (item.amount == 0 and not zero_means_all):
        return ResultCode.AMOUNT_NOT_POSITIVE
    if item.amount > AMOUNT_MAX:
        return ResultCode.AMOUNT_TOO_LARGE
    return ResultCode.EVENT_IN_FUTURE if item.occurred_at > state.recorded_at else None


def _open(state: BookState, item: Transfer) -> int | ResultCode:
    """The amount a DIRECT or HOLD moves, or why it may not."""
    debit, credit = state.accounts.get(item.debit), state.accounts.get(item.credit)
    if item.debit == item.credit:
        return ResultCode.SAME_ACCOUNT
    if debit is None:
        return ResultCode.DEBIT_NOT_FOUND
    if credit is None:
        return ResultCode.CREDIT_NOT_FOUND
    return _wrong_accounts(item, debit, credit) or _amount(item, debit, credit)


def _wrong_accounts(item: Transfer, debit: AccountState, credit: AccountState) -> ResultCode | None:
    """A closed or frozen account takes no new movement, neither out nor in."""
    if not debit.asset == credit.asset == item.asset:
        return ResultCode.ASSET_MISMATCH
    if debit.status is AccountStatus.CLOSED:
        return ResultCode.DEBIT_CLOSED
    if credit.status is AccountStatus.CLOSED:
        return ResultCode.CREDIT_CLOSED
    if debit.status is AccountStatus.FROZEN:
        return ResultCode.DEBIT_FROZEN
    return ResultCode.CREDIT_FROZEN if credit.status is AccountStatus.FROZEN else None


def _amount(item: Transfer, debit: AccountState, credit: AccountState) -> int | ResultCode:
    """The whole amount if both bounds allow it; what the balanced bound allows otherwise.

    Balancing without amount needs a bound to balance against.
    """
    balanced = {
        Balancing.NONE: None,
        Balancing.DEBIT: debit.debit_room,
        Balancing.CREDIT: credit.credit_room,
    }[item.balancing]
    if item.amount == 0 and balanced is None:
        return ResultCode.AMOUNT_NOT_POSITIVE
    amount = min(limit for limit in (item.amount or None, balanced) if limit is not None)
    needed = max(amount, 1)
    if debit.debit_room is not None and needed > debit.debit_room:
        return ResultCode.INSUFFICIENT_FUNDS
    if credit.credit_room is not None and needed > credit.credit_room:
        return ResultCode.BALANCE_ABOVE_CEILING
    return amount if amount <= AMOUNT_MAX else ResultCode.AMOUNT_TOO_LARGE


def _resolve(state: BookState, item: Transfer) -> int | ResultCode:
    """The part of a hold that a POST, VOID or EXPIRE takes, or why it may not.

    A hold is a promise already given: no floor, ceiling, freeze or lapse of time stands
    against it until an EXPIRE is in the book.
    """
    hold = state.holds.get(item.hold_id or "")
    if hold is None:
        return ResultCode.HOLD_NOT_FOUND
    if hold.ended is not None:
        expired = hold.ended is TransferKind.EXPIRE
        return ResultCode.HOLD_EXPIRED if expired else ResultCode.HOLD_NOT_PENDING
    if item.kind is TransferKind.EXPIRE and not _due(hold, state.recorded_at):
        return ResultCode.HOLD_NOT_DUE
    return ResultCode.HOLD_EXCEEDED if item.amount > hold.left else item.amount or hold.left


def _due(hold: HoldState, now: datetime) -> bool:
    return hold.expires_at is not None and hold.expires_at <= now
