"""What is asked and answered about payment codes."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from qantara.api.shapes import Country, Moment, Money, Request, Told
from qantara.rails.qr.tlv import LONGEST


class ScannedText(Request):
    """The text of a code, to the character, as a camera or a person read it."""

    text: str = Field(min_length=1, max_length=LONGEST)


@dataclass(frozen=True, slots=True)
class CodePayee:
    """What a payee check is asked about, to pay this code; without a bank where the address is an
    alias, whose directory finds it.
    """

    country: Country
    address_type: str
    address: str
    agent_bic: str | None


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """What a code says. `payee` is empty where it cannot be paid from here, and `problem` says
    why. `amount` is fixed by the payee where it is given; `text` is what the payee wants to read
    with the money. `content` is all that the code says, as `qantara qr decode` prints it.
    """

    scheme: str | None
    name: str | None
    city: str | None
    amount: Money | None
    text: str | None
    dynamic: bool
    expires_at: Moment | None
    payee: CodePayee | None
    problem: Told | None
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code to be shown: its text, and the picture as SVG. Without an amount it can be paid
    often, with one until `expires_at`.
    """

    scheme: str
    text: str
    svg: str
    amount: Money | None
    expires_at: Moment | None
