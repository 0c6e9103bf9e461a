"""What a customer's account paid and was paid in a period, as records (camt.053)."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money
from qantara.rails.vocabulary import AccountRef


class Family(StrEnum):
    """What a line is, as bank transaction codes tell it; the direction its amount tells."""

    INSIDE = "inside"
    ABROAD = "abroad"
    RETURN = "return"
    FEE = "fee"
    BOOK = "book"
    OTHER = "other"


class BankStatementEntry(Struct, frozen=True):
    """One line; `amount` is signed. `charge` is the part of a debit that is our fee."""

    reference: str
    amount: Money
    family: Family
    booked_at: datetime
    happened_at: datetime
    uetr: str | None = None
    counterpart: str | None = None
    charge: Money | None = None
    words: str | None = None


class BankStatement(Struct, frozen=True):
    """`opening` and `closing` are signed, and what lies between them is the sum of `entries`."""

    message_id: str
    created_at: datetime
    id: str
    account: AccountRef
    owner: str
    servicer_bic: str
    begins_at: datetime
    ends_at: datetime
    opening: Money
    closing: Money
    entries: tuple[BankStatementEntry, ...]
