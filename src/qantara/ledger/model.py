"""What stands in a book: accounts, transfers, holds, and how a transfer can end.

balance = credits - debits, signed, in minor units of the account's asset. A floor bounds
balance - held debits from below, a ceiling bounds balance + held credits from above; None is
no bound.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from qantara.errors import Reason, Refused
from qantara.money import Asset, Money

# As many digits as `Money` reads; a balance has room for a hundred million such transfers.
AMOUNT_MAX = 10**30 - 1


class AccountClass(StrEnum):
    E_MONEY = "e_money"
    SAFEGUARDED = "safeguarded"
    CLAIM = "claim"
    OWN_FUNDS = "own_funds"
    INCOME = "income"
    EXPENSE = "expense"
    CLEARING = "clearing"
    SETTLEMENT = "settlement"
    FX_POSITION = "fx_position"
    CENTRAL_BANK = "central_bank"
    EQUITY = "equity"


class AccountStatus(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class AccountEvent(StrEnum):
    OPENED = "opened"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    CLOSE = "close"


TRANSITIONS: dict[tuple[AccountStatus, AccountEvent], AccountStatus] = {
    (AccountStatus.OPEN, AccountEvent.FREEZE): AccountStatus.FROZEN,
    (AccountStatus.FROZEN, AccountEvent.UNFREEZE): AccountStatus.OPEN,
    (AccountStatus.OPEN, AccountEvent.CLOSE): AccountStatus.CLOSED,
}


class NewAccount(Struct, frozen=True):
    """The terms of an account; they never change once it is open.

    `keeper` names the role in whose book this claim of ours is kept; `holder` the role for
    which we keep this account.
    """

    code: str
    asset: Asset
    account_class: AccountClass
    floor: int | None = None
    ceiling: int | None = None
    keeper: str | None = None
    holder: str | None = None


class Account(Struct, frozen=True):
    """An account as it stands: its terms, its number in the book, and its status."""

    id: int
    terms: NewAccount
    status: AccountStatus

    @property
    def code(self) -> str:
        return self.terms.code

    @property
    def asset(self) -> Asset:
        return self.terms.asset


class TransferKind(StrEnum):
    """DIRECT moves money now. HOLD reserves it on both sides. POST moves what a HOLD reserved,
    in one or several parts. VOID gives back what is left of it; EXPIRE does so when its time
    is over.
    """

    DIRECT = "direct"
    HOLD = "hold"
    POST = "post"
    VOID = "void"
    EXPIRE = "expire"

    @property
    def opens(self) -> bool:
        """Whether this kind names its own accounts, rather than those of an earlier hold."""
        return self is TransferKind.DIRECT or self is TransferKind.HOLD


class Balancing(StrEnum):
    """Move up to `amount` (0: without limit), as far as the floor of the debited account, or
    the ceiling of the credited one, allows. Where that is nothing the transfer is refused.
    """

    NONE = "none"
    DEBIT = "debit"
    CREDIT = "credit"


class Transfer(Struct, frozen=True, kw_only=True):
    """One wish to move money.

    `id`: UUID text in lower case, chosen by the caller; the same id never acts twice.
    `amount`: minor units. 0 means all that is left for POST and VOID (EXPIRE always 0), no
    limit with `balancing`, and is refused otherwise.
    `debit`, `credit`, `asset`: account codes and asset code, for DIRECT and HOLD only; the
    other kinds take them from the hold named by `hold_id`.
    `linked`: joined to the next item; a chain ends at the first item without it and takes
    effect wholly or not at all.
    `code`: why, in the words of the business (`remittance.accept`). `reference`: whose (a UETR).
    `occurred_at`: when it happened in the world; never later than the batch is recorded.
    `expires_at`: when an EXPIRE may release a HOLD; until it does, the hold can be posted.

    What the id stands for is all of it but the two times and `linked`.
    """

    id: str
    amount: int
    code: str
    occurred_at: datetime
    debit: str = ""
    credit: str = ""
    asset: str = ""
    kind: TransferKind = TransferKind.DIRECT
    hold_id: str | None = None
    linked: bool = False
    balancing: Balancing = Balancing.NONE
    reference: str = ""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind.opens:
            if self.hold_id is not None:
                raise ValueError(f"a {self.kind} names no hold")
        elif self.hold_id is None:
            raise ValueError(f"a {self.kind} names its hold")
        elif self.debit or self.credit or self.asset or self.balancing is not Balancing.NONE:
            raise ValueError(f"a {self.kind} takes accounts, asset and amount from its hold")
        if self.expires_at is not None and self.kind is not TransferKind.HOLD:
            raise ValueError(f"a {self.kind} does not expire")
        if self.amount and self.kind is TransferKind.EXPIRE:
            raise ValueError("an expiry releases all that is left")


class ResultCode(StrEnum):
    """How a transfer ends. Of several causes the one named first here is told."""

    OK = "ok"
    EXISTS = "exists"
    ID_REUSED = "id_reused"
    CHAIN_OPEN = "chain_open"
    CHAIN_BROKEN = "chain_broken"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_TOO_LARGE = "amount_too_large"
    EVENT_IN_FUTURE = "event_in_future"
    HOLD_NOT_FOUND = "hold_not_found"
    HOLD_EXPIRED = "hold_expired"
    HOLD_NOT_PENDING = "hold_not_pending"
    HOLD_NOT_DUE = "hold_not_due"
    HOLD_EXCEEDED = "hold_exceeded"
    SAME_ACCOUNT = "same_account"
    DEBIT_NOT_FOUND = "debit_not_found"
    CREDIT_NOT_FOUND = "credit_not_found"
    ASSET_MISMATCH = "asset_mismatch"
    DEBIT_CLOSED = "debit_closed"
    CREDIT_CLOSED = "credit_closed"
    DEBIT_FROZEN = "debit_frozen"
    CREDIT_FROZEN = "credit_frozen"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    BALANCE_ABOVE_CEILING = "balance_above_ceiling"

    @property
    def accepted(self) -> bool:
        """Whether the transfer stands in the book, by this batch or by an earlier one."""
        return self is ResultCode.OK or self is ResultCode.EXISTS

    @property
    def reason(self) -> Reason | None:
        return MEANINGS[self].reason

    @property
    def transient(self) -> bool:
        """Whether the same wish, under a new id, could succeed once the book has moved on."""
        return MEANINGS[self].transient


class Meaning(NamedTuple):
    reason: Reason | None
    transient: bool = False


MEANINGS: dict[ResultCode, Meaning] = {
    ResultCode.OK: Meaning(None),
    ResultCode.EXISTS: Meaning(None),
    ResultCode.ID_REUSED: Meaning(Reason.ID_REUSED),
    ResultCode.CHAIN_OPEN: Meaning(Reason.CHAIN_BROKEN),
    ResultCode.CHAIN_BROKEN: Meaning(Reason.CHAIN_BROKEN, transient=True),
    ResultCode.AMOUNT_NOT_POSITIVE: Meaning(Reason.AMOUNT_NOT_POSITIVE),
    ResultCode.AMOUNT_TOO_LARGE: Meaning(Reason.AMOUNT_ABOVE_LIMIT),
    ResultCode.EVENT_IN_FUTURE: Meaning(Reason.TIME_MALFORMED, transient=True),
    ResultCode.HOLD_NOT_FOUND: Meaning(Reason.HOLD_NOT_FOUND, transient=True),
    ResultCode.HOLD_EXPIRED: Meaning(Reason.HOLD_EXPIRED),
    ResultCode.HOLD_NOT_PENDING: Meaning(Reason.HOLD_NOT_PENDING),
    ResultCode.HOLD_NOT_DUE: Meaning(Reason.STATE_CONFLICT, transient=True),
    ResultCode.HOLD_EXCEEDED: Meaning(Reason.HOLD_EXCEEDED),
    ResultCode.SAME_ACCOUNT: Meaning(Reason.SAME_ACCOUNT),
    ResultCode.DEBIT_NOT_FOUND: Meaning(Reason.ACCOUNT_NOT_FOUND, transient=True),
    ResultCode.CREDIT_NOT_FOUND: Meaning(Reason.ACCOUNT_NOT_FOUND, transient=True),
    ResultCode.ASSET_MISMATCH: Meaning(Reason.ASSET_MISMATCH),
    ResultCode.DEBIT_CLOSED: Meaning(Reason.ACCOUNT_CLOSED),
    ResultCode.CREDIT_CLOSED: Meaning(Reason.ACCOUNT_CLOSED),
    ResultCode.DEBIT_FROZEN: Meaning(Reason.ACCOUNT_FROZEN, transient=True),
    ResultCode.CREDIT_FROZEN: Meaning(Reason.ACCOUNT_FROZEN, transient=True),
    ResultCode.INSUFFICIENT_FUNDS: Meaning(Reason.INSUFFICIENT_FUNDS, transient=True),
    ResultCode.BALANCE_ABOVE_CEILING: Meaning(Reason.BALANCE_ABOVE_CEILING, transient=True),
}


class Posted(Struct, frozen=True):
    """The outcome of one transfer.

    `amount` is what moved (or was reserved or released), 0 where refused. The balances are
    those of the two accounts just after it, None where refused. Told again (EXISTS) all of
    them are those of the first time.
    """

    id: str
    code: ResultCode
    sequence: int | None = None
    amount: int = 0
    debit_balance: int | None = None
    credit_balance: int | None = None
    hold_id: str | None = None

    @property
    def accepted(self) -> bool:
        return self.code.accepted

    @property
    def refusal(self) -> Refused | None:
        """The refusal in the words every door shares; None if the transfer stands."""
        reason = self.code.reason
        return None if reason is None else Refused(reason, rule=f"ledger.{self.code}")


class OpenHold(Struct, frozen=True):
    """A reservation; `left` of `amount` is neither posted nor released yet."""

    id: str
    debit: str
    credit: str
    amount: int
    left: int
    expires_at: datetime | None


class Balance(Struct, frozen=True):
    """An account's money, all of it as of `sequence`, the last transfer then in the book."""

    code: str
    asset: Asset
    status: AccountStatus
    posted: int
    held_debit: int
    held_credit: int
    holds: tuple[OpenHold, ...]
    sequence: int

    @property
    def available(self) -> int:
        """What may be spent, before the floor: the balance less what is reserved."""
        return self.posted - self.held_debit


class PastBalance(Struct, frozen=True):
    """The balance of what had happened by `at`, as far as the book knew it by `known_at`.

    `sequence` is the last transfer in the book at `known_at`.
    """

    code: str
    asset: Asset
    at: datetime
    known_at: datetime | None
    posted: int
    sequence: int


class Entry(Struct, frozen=True):
    """A line of a statement: one movement as one account sees it; `amount` is signed."""

    sequence: int
    id: str
    kind: TransferKind
    counterparty: str
    amount: int
    balance: int
    code: str
    reference: str
    hold_id: str | None
    occurred_at: datetime
    recorded_at: datetime


class LedgerRow(NamedTuple):
    kind: TransferKind
    debit: str
    credit: str
    amount: Money
    code: str
    recorded_at: datetime


class Seal(Struct, frozen=True):
    """A Merkle root over the hashes of the batches from `first_batch` to `last_batch`."""

    number: int
    first_batch: int
    last_batch: int
    root: bytes
    sealed_at: datetime


class Position(Struct, frozen=True):
    """An account's place between books: what mirrors, clearing and safeguarding are made of."""

    account_class: AccountClass
    code: str
    asset: Asset
    keeper: str | None
    holder: str | None
    balance: int


class Wrong(StrEnum):
    """What can be wrong with a book."""

    AMOUNT = "amount"
    RUNNING_BALANCE = "running_balance"
    SEQUENCE = "sequence"
    HOLD = "hold"
    ENTRY = "entry"
    TIME = "time"
    BATCH = "batch"
    BATCH_HASH = "batch_hash"
    SEAL = "seal"
    ACCOUNT = "account"
    SUM = "sum"
    BOOK = "book"


class Finding(Struct, frozen=True):
    """A row that is not what history says: `table` and `key` name it, `field` the value."""

    wrong: Wrong
    table: str
    key: str
    field: str
    expected: str
    found: str


class BookReport(Struct, frozen=True):
    """What re-adding the whole book gave; the first finding is the first wrong row.

    `findings` holds the first of each kind of wrong, in the order met; `counts` how many.
    """

    accounts: int
    transfers: int
    refused: int
    batches: int
    seals: int
    open_holds: int
    findings: tuple[Finding, ...]
    counts: dict[Wrong, int]

    @property
    def clean(self) -> bool:
        return not self.findings

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None
