"""What the doors say about reviews."""

from dataclasses import dataclass

from qantara.api.shapes import Country, Moment, Money


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a person is asked: what was seen, and what the rule allows."""

    rule: str
    provision: str
    observed: str
    threshold: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class Review:
    """A review as staff see it. While it waits, `proposal_id`, `proposal_action` and
    `proposed_by` are those of a proposal that a second person could approve. `used_by` is the
    payment that went by its clearance.
    """

    remittance_id: str
    decision_id: str
    state: str
    since: Moment
    ended_at: Moment | None
    customer_id: str
    account_id: str
    destination_country: Country
    purpose: str | None
    total_debit: Money
    findings: list[Finding]
    proposal_id: str | None
    proposal_action: str | None
    proposed_by: str | None
    decided_by: str | None
    used_by: str | None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    data: list[Review]
    has_more: bool
