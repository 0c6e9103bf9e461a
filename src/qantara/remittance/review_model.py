"""Reviews: what a person has to look at before a payment leaves, and what became of it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from qantara.ids import AccountId, CustomerId, RemittanceId
from qantara.money import Money
from qantara.policy.model import Step


class ReviewState(StrEnum):
    """A `released` review is a clearance: for its own payment, or, where the quote had expired
    by then, for one like it.
    """

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"
    LAPSED = "lapsed"


class ReviewEvent(StrEnum):
    RELEASE = "release"
    REFUSE = "refuse"
    LAPSE = "lapse"


REVIEW_TRANSITIONS: dict[tuple[ReviewState, ReviewEvent], ReviewState] = {
    (ReviewState.WAITING, ReviewEvent.RELEASE): ReviewState.RELEASED,
    (ReviewState.WAITING, ReviewEvent.REFUSE): ReviewState.REFUSED,
    (ReviewState.WAITING, ReviewEvent.LAPSE): ReviewState.LAPSED,
}


class Ground(Struct, frozen=True):
    """Why a person is asked: the rule, where it comes from, what was seen and what it allows.
    `label` is not empty where the figure is an example and not law.
    """

    rule: str
    provision: str
    observed: str = ""
    threshold: str = ""
    unit: str = ""
    label: str = ""

    @classmethod
    def of(cls, step: Step) -> "Ground":
        return cls(step.rule, step.provision, step.observed, step.threshold, step.unit, step.label)


class Reviewed(Struct, frozen=True):
    """The payment that a review is about; `payee` is a digest of the account that is paid."""

    customer_id: CustomerId
    account_id: AccountId
    destination_country: str
    payee: str
    purpose: str | None
    total_debit: Money
    rules: frozenset[str]

    def covers(self, other: "Reviewed") -> bool:
        """Whether who cleared this payment has cleared the other: the same in everything, no
        larger, and asked about by no further rule.
        """
        return (
            self.customer_id == other.customer_id
            and self.account_id == other.account_id
            and self.destination_country == other.destination_country
            and self.payee == other.payee
            and self.purpose == other.purpose
            and other.total_debit <= self.total_debit
            and other.rules <= self.rules
        )


class Review(Struct, frozen=True):
    """One review. `used_by` is the payment that went by its clearance."""

    remittance_id: RemittanceId
    decision_id: str
    about: Reviewed
    grounds: tuple[Ground, ...]
    recorded_at: datetime
    state: ReviewState = ReviewState.WAITING
    proposed_by: str | None = None
    decided_by: str | None = None
    used_by: RemittanceId | None = None
    ended_at: datetime | None = None


class DecideReview(Struct, frozen=True):
    """What two people decided about a payment that waits: one proposed, the other approved."""

    remittance_id: RemittanceId
    verdict: ReviewEvent
    proposed_by: str
    decided_by: str
