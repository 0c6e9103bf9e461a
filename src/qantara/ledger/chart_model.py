"""A book as it is explored: its chart of accounts, a transfer with both legs, what proves one."""

from datetime import datetime

from msgspec import Struct

from qantara.ledger.model import Account, AccountClass, LedgerRow, Seal
from qantara.money import Asset


class Group(Struct, frozen=True):
    """Accounts of one class, asset and first part of their code, added up in minor units.

    `debit` and `credit` are the sums of balances below and above zero, both positive; `held` is
    what is reserved on the side that pays.
    """

    account_class: AccountClass
    head: str
    asset: Asset
    count: int
    debit: int
    credit: int
    held: int


class Standing(Struct, frozen=True):
    """An account and what is in it, in minor units; `balance` is credits less debits."""

    account: Account
    balance: int
    held_debit: int
    held_credit: int


class StoodThen(Struct, frozen=True):
    """What was in an account just before a moment, in minor units, as it was booked by then."""

    code: str
    at: datetime
    balance: int


class Waiting(Struct, frozen=True):
    """Open holds of one asset that were made within a span before now, the youngest span first.

    `within_seconds` is the end of the span, None for all that are older than the last.
    """

    asset: Asset
    within_seconds: int | None
    count: int
    minor: int


class BookEnd(Struct, frozen=True):
    """How far a book goes: its last transfer, its last batch and that batch's hash."""

    sequence: int
    batch: int
    hash: bytes
    recorded_at: datetime


class Booked(Struct, frozen=True):
    """A transfer as it stands: both accounts, what each held just after it, and its batch."""

    sequence: int
    id: str
    row: LedgerRow
    reference: str
    hold_id: str | None
    occurred_at: datetime
    expires_at: datetime | None
    debit_balance: int
    credit_balance: int
    batch: int


class Proof(Struct, frozen=True):
    """Why a transfer cannot have been changed unnoticed.

    `text` is the line of its batch that says all of it. The batch's hash is made of the hash
    before and of all its lines; `made` is that hash made anew from the rows that stand now.
    `seal` is the Merkle root over many such hashes, None until the next seal; `path` leads from
    this batch's hash, the leaf at `index` of `size`, to that root.
    """

    text: str
    batch: int
    previous: bytes
    hash: bytes
    made: bytes
    seal: Seal | None
    index: int
    size: int
    path: tuple[bytes, ...]
    sealed: bool

    @property
    def holds(self) -> bool:
        """Whether everything that can be checked now agrees."""
        return self.hash == self.made and (self.seal is None or self.sealed)
