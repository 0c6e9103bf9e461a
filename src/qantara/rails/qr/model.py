"""What a payment code says: whom it pays by which scheme, how much, and until when.

A `Code` is shown by a payee and a `ConsumerCode` by a payer. `kept` are the data objects as they
were read, in their order, so that a code that was not changed is written again to the byte.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from qantara.money import Money

Pairs = tuple[tuple[str, str], ...]
"""Data objects as (id, value), in their order."""


class Scheme(StrEnum):
    """By whose rules the payment runs; `unknown` where no template names a scheme of the table."""

    DUITNOW = "duitnow"
    RAAST = "raast"
    RAAST_MERCHANT = "raast_merchant"
    PROMPTPAY = "promptpay"
    PAYNOW = "paynow"
    QRIS = "qris"
    QRPH = "qrph"
    VIETQR = "vietqr"
    KHQR = "khqr"
    EPC = "epc"
    CARD = "card"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What the payee's identifier is."""

    IBAN = "iban"
    ACCOUNT = "account"
    CARD = "card"
    PHONE = "phone"
    NATIONAL_ID = "national_id"
    COMPANY = "company"
    VIRTUAL = "virtual"
    WALLET = "wallet"
    MERCHANT = "merchant"
    BILLER = "biller"


class Confidence(StrEnum):
    """How well what the table says of a scheme is established."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class TipKind(StrEnum):
    ASKED = "asked"
    FIXED = "fixed"
    PERCENT = "percent"


class Tip(Struct, frozen=True):
    """A tip the payer is asked for, a fixed fee, or a fee in percent of the amount."""

    kind: TipKind
    fixed: Money | None = None
    percent: Decimal | None = None


class Account(Struct, frozen=True):
    """One way to pay the payee: the content of one merchant account template.

    `template` is its id (`26`), empty in codes without templates. `value` is what `kind` says;
    `merchant` a second identifier beside it. `rest` are objects the table has no name for.
    """

    scheme: Scheme
    template: str = ""
    kind: Kind | None = None
    value: str | None = None
    acquirer: str | None = None
    merchant: str | None = None
    label: str | None = None
    mobile: str | None = None
    criteria: str | None = None
    payment_type: str | None = None
    reference_1: str | None = None
    reference_2: str | None = None
    editable: bool | None = None
    guid: str | None = None
    rest: Pairs = ()


class Labels(Struct, frozen=True):
    """What belongs to the payment. `***` means that the payer is asked for it.

    `text` (remittance text) and `note` (to the payer) exist in EPC codes alone.
    """

    bill: str | None = None
    mobile: str | None = None
    store: str | None = None
    loyalty: str | None = None
    reference: str | None = None
    customer: str | None = None
    terminal: str | None = None
    purpose: str | None = None
    data_request: str | None = None
    tax_id: str | None = None
    channel: str | None = None
    text: str | None = None
    note: str | None = None
    rest: Pairs = ()


class Language(Struct, frozen=True):
    """The payee's name and city in another language (ISO 639)."""

    language: str
    name: str
    city: str | None = None
    rest: Pairs = ()


class Code(Struct, frozen=True):
    """A code that a payee shows.

    `dynamic` is None where the code does not say whether it is made for one payment; `currency`
    is ISO 4217 alphabetic. `rest` are objects of the root without a meaning here.
    """

    scheme: Scheme
    accounts: tuple[Account, ...]
    name: str | None = None
    city: str | None = None
    country: str | None = None
    postcode: str | None = None
    category: str | None = None
    currency: str | None = None
    amount: Money | None = None
    dynamic: bool | None = None
    tip: Tip | None = None
    labels: Labels | None = None
    language: Language | None = None
    expires_at: datetime | None = None
    version: str = "01"
    charset: str | None = None
    rest: Pairs = ()
    kept: Pairs = ()

    @property
    def payee(self) -> Account | None:
        """The account of the scheme the code is told by."""
        return next((each for each in self.accounts if each.scheme is self.scheme), None)


class Element(Struct, frozen=True):
    """One BER data object: its tag in upper-case hexadecimal, and either bytes or objects."""

    tag: str
    value: bytes = b""
    inside: "tuple[Element, ...] | None" = None

    def child(self, tag: str) -> "Element | None":
        return next((each for each in self.inside or () if each.tag == tag), None)


class Application(Struct, frozen=True):
    """What a payer's code says of one card or account; bytes are told in hexadecimal."""

    adf_name: str | None = None
    label: str | None = None
    pan: str | None = None
    track_2: str | None = None
    cardholder: str | None = None
    languages: str | None = None
    issuer_url: str | None = None
    version: str | None = None
    token_requestor: str | None = None
    account_reference: str | None = None
    last_digits: str | None = None
    transparent: tuple[Element, ...] = ()
    rest: tuple[Element, ...] = ()


class ConsumerCode(Struct, frozen=True):
    """A code that a payer shows, for the payee to read. `common` holds for all applications;
    `order` are the tags of the root as they were read.
    """

    applications: tuple[Application, ...]
    common: Application | None = None
    rest: tuple[Element, ...] = ()
    kept: tuple[Element, ...] = ()
