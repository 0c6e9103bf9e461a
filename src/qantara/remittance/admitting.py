"""What policy says about a payment that arrives."""

from datetime import datetime

from msgspec import Struct

from qantara import ids
from qantara.errors import Reason
from qantara.money import Money, Rate, Rounding
from qantara.policy import flow as policy
from qantara.policy.model import Facts, NewDecision
from qantara.rails.model import CreditTransfer, Priority
from qantara.remittance.model import Institution


class Admission(Struct, frozen=True):
    """What was decided on the day of arrival, to be kept under the payment's UETR."""

    decision: NewDecision
    priority: Priority

    @property
    def objection(self) -> Reason | None:
        """Why the payment is sent back; None if it is not.

        A missing purpose is none of policy's: the sender's side, which the rule is made for, has
        let the payment pass, and whether we insist on one is our own configuration
        (`Required.PURPOSE`). The decision is kept as it was made.

        What a person has to see cannot be seen while somebody waits at a point of sale.
        """
        refusal = self.decision.decision.refusal
        if refusal is not None and refusal.reason is not Reason.PURPOSE_REQUIRED:
            return refusal.reason
        return Reason.REVIEW_REQUIRED if self._asks and self.priority is Priority.HIGH else None

    @property
    def waits(self) -> bool:
        """Whether the payment is held for staff: only NORM has no clock of the scheme's."""
        return self._asks and self.priority is Priority.NORM

    @property
    def _asks(self) -> bool:
        return any(step.rule != "purpose.required" for step in self.decision.decision.review)


def admit(node: Institution, record: CreditTransfer, now: datetime) -> Admission:
    facts = facts_of(node, record)
    decision = policy.decide(node.rulebook, facts, now.date())
    made = NewDecision(ids.new("dec"), record.uetr, facts, decision)
    return Admission(made, record.priority)


def facts_of(node: Institution, record: CreditTransfer) -> Facts:
    """What the message says, in the words of the rules.

    It comes the way back of our own corridor to where it comes from; where we have none, the
    system there is not known to us, and its country stands in its place. Messages tell a person
    by a birth and a firm by nothing, so whoever is not known to be a person is measured as a
    firm: the narrower limit is the sender's institution's to apply, which knows whom it serves.
    """
    country = record.debtor_agent.bic[4:6]
    corridor = node.corridors.get(country)
    there = (country.lower(), node.gateway, node.ips)
    return policy.payment_facts(
        source_country=country,
        destination_country=node.country,
        source=_source(record),
        destination=record.settlement_amount,
        sender_kind="company" if record.debtor.birth is None else "person",
        rails=corridor.rails[::-1] if corridor else there,
        purpose=record.purpose,
        category_purpose=record.category_purpose,
    )


def _source(record: CreditTransfer) -> Money:
    """What was exchanged at the source, as its side measures it: the amount instructed there less
    the fee taken there, or, where what arrives was fixed, its worth by the agreed rate.
    """
    told, fee, agreed = record.instructed_amount, record.charges[0].amount, record.agreed_rate
    if told.asset == fee.asset:
        return told - fee if fee.minor < told.minor else told
    arrived = record.settlement_amount
    said = (agreed.unit_currency, agreed.quoted_currency)
    if agreed.rate <= 0 or said != (fee.asset.code, arrived.asset.code):
        return told
    return Rate(fee.asset, arrived.asset, agreed.rate).invert(arrived, Rounding.HALF_UP)
