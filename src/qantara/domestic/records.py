"""Transfers inside a payment system, requests to be paid and recalls, as they are kept."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from qantara.domestic.model import (
    ArrivalState,
    DemandState,
    Event,
    RecallState,
    RequestState,
    ReturnState,
    State,
)
from qantara.errors import Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.money import Money
from qantara.rails.model import AccountRef


class Counterpart(Struct, frozen=True):
    """Who stands at the other end: `name` is for the message and for screening, `shown` is what
    our customer may see of it, which may be masked.
    """

    name: str
    shown: str | None
    account: AccountRef
    bic: str


class Send(Struct, frozen=True):
    """A customer's order. `payee_name` is needed only where the check gave no name at all."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    payee_check_id: str
    amount: Money
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None
    payee_name: str | None = None


class Transfer(Struct, frozen=True):
    """A transfer as it stands. `fee` is ours and comes on top of `amount`; `demand_id` names the
    request it pays; `submitted_at` is when the payment system took it.
    """

    id: str
    customer_id: CustomerId
    account_id: AccountId
    account_code: str
    state: State
    amount: Money
    fee: Money
    payee: Counterpart
    uetr: str
    end_to_end_id: str
    message_id: str
    ordered_at: datetime
    payee_check_id: str | None = None
    demand_id: str | None = None
    purpose: str | None = None
    note: str | None = None
    reference: str | None = None
    reason: Reason | None = None
    reason_code: str | None = None
    rule: str | None = None
    citation: str | None = None
    submitted_at: datetime | None = None
    finished_at: datetime | None = None
    sequence: int = 0


class Change(Struct, frozen=True):
    """One move of one transfer, to be made only if it still stands where it was read."""

    transfer: Transfer
    event: Event
    refusal: Refused | None = None
    reason_code: str | None = None


class ArrivalKind(StrEnum):
    PAYMENT = "payment"
    RETURN = "return"


class Arrival(Struct, frozen=True):
    """Money that arrived for one of our accounts: a payment, or a payment of ours given back."""

    id: str
    kind: ArrivalKind
    uetr: str
    state: ArrivalState
    account_id: str | None
    account_code: str | None
    amount: Money
    sender_name: str
    sender_account: str
    sender_bic: str
    end_to_end_id: str
    transaction_id: str
    message_id: str
    note: str | None = None
    reason: Reason | None = None


class Ask(Struct, frozen=True):
    """A customer's wish to be paid, now (`pay_on` None) or later; the check says by whom."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    payer_check_id: str
    amount: Money
    expires_at: datetime
    pay_on: date | None = None
    note: str | None = None
    reference: str | None = None


class Request(Struct, frozen=True):
    """A request that our customer made; `uetr` is the payment that fulfilled it."""

    id: str
    customer_id: CustomerId
    account_id: AccountId
    account_code: str
    state: RequestState
    amount: Money
    payer: Counterpart
    payer_check_id: str
    end_to_end_id: str
    message_id: str
    expires_at: datetime
    asked_at: datetime
    pay_on: date | None = None
    note: str | None = None
    reference: str | None = None
    reason_code: str | None = None
    uetr: str | None = None
    sequence: int = 0


class Demand(Struct, frozen=True):
    """A request shown to our customer, who is asked to pay; `transfer_id` is what paid it.

    A demand refused on arrival may belong to nobody here.
    """

    id: str
    customer_id: CustomerId | None
    account_id: AccountId | None
    state: DemandState
    amount: Money
    payee: Counterpart
    request_id: str
    end_to_end_id: str
    message_id: str
    expires_at: datetime
    received_at: datetime
    pay_on: date | None = None
    note: str | None = None
    reference: str | None = None
    transfer_id: str | None = None
    reason: Reason | None = None
    sequence: int = 0


class Answer(Struct, frozen=True):
    """What a payer says to a demand; `id` makes the transfer that pays it."""

    id: str
    demand_id: str
    customer_id: CustomerId


class RecallReason(StrEnum):
    """Why money is asked back (ISO external cancellation reasons used inside a system)."""

    DUPLICATE = "DUPL"
    TECHNICAL = "TECH"
    FRAUD = "FRAD"
    WRONG_ACCOUNT = "AC03"
    WRONG_AMOUNT = "AM09"
    CUSTOMER = "CUST"


class AskBack(Struct, frozen=True):
    id: str
    transfer_id: str
    reason: RecallReason
    by: str


class Recall(Struct, frozen=True):
    """What we asked back; `answer_code` is the other side's reason to refuse."""

    id: str
    transfer_id: str
    state: RecallState
    reason: RecallReason
    message_id: str
    by: str
    asked_at: datetime
    answer_code: str | None = None


class Refusal(StrEnum):
    """Why money is not given back (ISO cancellation status reasons)."""

    CUSTOMER = "CUST"
    LEGAL = "LEGL"
    NO_ANSWER = "NOAS"
    CLOSED = "AC04"
    FUNDS = "AM04"
    UNKNOWN = "NOOR"
    RETURNED = "ARDT"


class Decide(Struct, frozen=True):
    """Staff's word on a return; `refusal` None gives the money back. `by` is a principal."""

    return_id: str
    by: str
    refusal: Refusal | None = None


class Return(Struct, frozen=True):
    """A recall of money that we credited; `return_message_id` is our pacs.004."""

    id: str
    uetr: str
    state: ReturnState
    account_code: str | None
    amount: Money
    reason: str
    case_id: str
    case_creator_bic: str
    cancellation_id: str
    original_message_id: str
    end_to_end_id: str
    transaction_id: str
    message_id: str
    asked_at: datetime
    refusal: Refusal | None = None
    return_message_id: str | None = None
    attempts: int = 0
    decided_by: str | None = None


class OwnAccount(Struct, frozen=True):
    """An account of our customer's at another bank, whose holder's name a payee check proved."""

    id: str
    customer_id: CustomerId
    label: str
    account: AccountRef
    bic: str
    saved_at: datetime


class SaveAccount(Struct, frozen=True):
    id: str
    customer_id: CustomerId
    payee_check_id: str
    label: str


class ForgetAccount(Struct, frozen=True):
    own_account_id: str
    customer_id: CustomerId


class TopUp(Struct, frozen=True):
    """Ask an own account at another bank to pay in; the check of it says whom to ask."""

    own_account_id: str
    ask: Ask


class Withdraw(Struct, frozen=True):
    """Pay an own account at another bank; `send` is the transfer that does it."""

    own_account_id: str
    send: Send
