"""Cases as requests ask for them and answers show them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from qantara.api.shapes import Bic, Moment, Money, Request
from qantara.rails.cases import Cause

Kind = Literal["investigation", "recall", "dispute"]
_RECALL = Literal["duplicate", "technical", "fraud", "wrong_account", "wrong_amount", "customer"]
_DISPUTE = Literal["not_received", "wrong_amount_received"]
Side = Literal["source", "destination"]
Refused = Literal["CUST", "LEGL", "NOAS", "AC04", "AM04", "NOOR", "ARDT", "NARR"]
_Uetr = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
_Text = Annotated[str, Field(min_length=1, max_length=500)]


class NewCase(Request):
    """`cause` belongs to the kind: `whereabouts` to an investigation; `duplicate`, `technical`,
    `fraud`, `wrong_account`, `wrong_amount`, `customer` to a recall; `not_received`,
    `wrong_amount_received` to a dispute.
    """

    uetr: _Uetr
    kind: Kind
    cause: str = Field(
        max_length=40,
        examples=["wrong_account"],
        json_schema_extra={"enum": [each.value for each in Cause]},
    )
    text: _Text | None = None


class NewRecall(Request):
    """Why a completed payment is asked back."""

    cause: _RECALL
    text: _Text | None = None


class NewDispute(Request):
    """What did not happen as it should have."""

    cause: _DISPUTE
    text: _Text | None = None


class CaseNote(Request):
    text: _Text


class CaseWord(Request):
    text: _Text | None = None


class CaseAcceptance(Request):
    """How to give the money back, where the yes means that. `from`: the recipient's account, as
    far as it reaches and up to `consented` (all that was credited, if left out), or our own
    funds. `fault`: only to take upon ourselves what would be the other side's.
    """

    payer: Literal["recipient", "own_funds"] = Field("recipient", alias="from")
    fault: Side | None = None
    consented: str | None = Field(None, max_length=40, examples=["1500.00"])
    text: _Text | None = None


class CaseRefusal(Request):
    """`CUST` the customer does not agree, `LEGL` the law forbids it, `NOAS` no answer of the
    customer, `AC04` account closed, `AM04` no money left, `NOOR` no such payment, `ARDT` already
    returned, `NARR` as the text says.
    """

    reason: Refused
    text: _Text | None = None


@dataclass(frozen=True, slots=True)
class CaseMove:
    """`by` is a colleague, or the BIC of another institution or the desk."""

    act: str
    state: str
    by: str
    reason: str | None
    text: str | None
    occurred_at: Moment


@dataclass(frozen=True, slots=True)
class CaseReturn:
    """A payment that gives the money back: `taken` out of the recipient's account, `borne` and
    `difference` out of our own funds; `fee` is ours, `sent` goes out, `arrives` is credited.
    """

    uetr: str
    state: str
    fault: Side
    taken: Money
    borne: Money
    difference: Money
    fee: Money
    sent: Money
    arrives: Money
    reason: str | None
    iso_code: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A case on the payment `uetr`, of which this institution is the `side`. `waiting`: our move
    is awaited, until `due_at`. `moves` and `returns` come with a single case, and for staff.
    """

    id: str
    kind: Kind
    cause: str
    uetr: str
    side: Side
    state: str
    final: bool
    waiting: bool
    overdue: bool
    opened_by: Bic
    assigned_to: str | None
    text: str | None
    customer_id: str | None
    fault: Side | None
    reason: str | None
    sent: Money | None
    arrived: Money | None
    returned_by: str | None
    opened_at: Moment
    due_at: Moment | None
    moves: list[CaseMove] | None = None
    returns: list[CaseReturn] | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    data: list[Case]
    has_more: bool


@dataclass(frozen=True, slots=True)
class DeskCase:
    """A case as the scheme's desk has it. `escalated_at`: nobody moved in time."""

    id: str
    kind: Kind
    cause: str
    uetr: str
    state: str
    opened_by: Bic
    assigned_to: Bic
    owes_return: bool
    text: str | None
    reason: str | None
    sent: Money
    arrived: Money | None
    returned_by: str | None
    opened_at: Moment
    due_at: Moment | None
    escalated_at: Moment | None
    moves: list[CaseMove] | None = None


@dataclass(frozen=True, slots=True)
class DeskCasePage:
    data: list[DeskCase]
    has_more: bool
