"""Why a payment that arrives cannot be credited: one table, in the order in which it is told.

The codes by which pacs.002 carries the reasons follow from `qantara.reasons.REASONS`. The book has
the last word: AC06 (frozen), AM21 (above the ceiling), AM04 (the FX provider is short).
"""

from collections.abc import Callable

from msgspec import Struct

from qantara.errors import Reason
from qantara.money import Money
from qantara.parties.model import AccountState, CustomerState, Holding
from qantara.payees import flow as payees
from qantara.rails.model import CreditTransfer, Match, Priority
from qantara.remittance.model import Institution, Required


class Arriving(Struct, frozen=True):
    """A payment, and whom it is for; `holding` is None where its number is nobody's here."""

    node: Institution
    record: CreditTransfer
    holding: Holding | None

    @property
    def fee(self) -> Money:
        return self.record.charges[1].amount

    @property
    def paid_from(self) -> str | None:
        """The ledger account the money comes from: our claim on the system, or, where we are
        the access provider as well, the FX provider's account; None if it has none with us.
        """
        if self.record.instructing_agent.bic != self.node.bic:
            return self.node.claim
        paying = self.record.intermediary2
        return self.node.correspondent(paying.agent.bic, paying.account.number)


def _wrong_party(it: Arriving) -> bool:
    return it.record.creditor_agent.bic != it.node.bic


def _wrong_currency(it: Arriving) -> bool:
    return not it.record.settlement_amount.asset == it.fee.asset == it.node.asset


def _eaten_up(it: Arriving) -> bool:
    return it.fee.minor >= it.record.settlement_amount.minor


def _lacks_purpose(it: Arriving) -> bool:
    """A payment that gives another back has that one's purpose."""
    if Required.PURPOSE not in it.node.required or it.record.returns is not None:
        return False
    return not (it.record.purpose or it.record.category_purpose)


def _lacks_address(it: Arriving) -> bool:
    return Required.PAYER_ADDRESS in it.node.required and it.record.debtor.country is None


def _too_large_to_wait(it: Arriving) -> bool:
    """A payment at a point of sale cannot be held for staff."""
    return it.record.priority is Priority.HIGH and needs_review(it.node, it.record)


def needs_review(node: Institution, record: CreditTransfer) -> bool:
    limit, amount = node.review_above, record.settlement_amount
    return limit is not None and amount.asset == limit.asset and amount.minor > limit.minor


def _customer_is(state: CustomerState) -> Callable[[Arriving], bool]:
    return lambda it: it.holding is not None and it.holding.customer.state is state


def _closed(it: Arriving) -> bool:
    return it.holding is not None and it.holding.account.state is not AccountState.OPEN


def _other_currency(it: Arriving) -> bool:
    return it.holding is not None and it.holding.account.currency != it.node.asset


def _other_name(it: Arriving) -> bool:
    if not it.node.checks_names or it.holding is None:
        return False
    customer, said = it.holding.customer, it.record.creditor.name
    return not any(
        payees.compared(said, name) is not Match.NMTC
        for name in (customer.legal_name, customer.rails_name, customer.display_name)
    )


OBJECTIONS: tuple[tuple[Reason, Callable[[Arriving], bool]], ...] = (
    (Reason.MESSAGE_WRONG_PARTY, _wrong_party),
    (Reason.ASSET_MISMATCH, _wrong_currency),
    (Reason.AMOUNT_BELOW_LIMIT, _eaten_up),
    (Reason.FX_ACCOUNT_FOREIGN, lambda it: it.paid_from is None),
    (Reason.ACCOUNT_TYPE_INVALID, lambda it: it.record.creditor_account.number is None),
    (Reason.PAYEE_UNKNOWN, lambda it: it.holding is None),
    (Reason.CUSTOMER_DECEASED, _customer_is(CustomerState.DECEASED)),
    (Reason.CUSTOMER_CLOSED, _customer_is(CustomerState.CLOSED)),
    (Reason.PAYEE_CLOSED, _closed),
    (Reason.CURRENCY_NOT_ALLOWED, _other_currency),
    (Reason.PURPOSE_REQUIRED, _lacks_purpose),
    (Reason.PAYER_ADDRESS_MISSING, _lacks_address),
    (Reason.PAYEE_NAME_MISMATCH, _other_name),
    (Reason.REVIEW_REQUIRED, _too_large_to_wait),
)


def objection(it: Arriving) -> Reason | None:
    """The first reason why this payment cannot be credited; None if it can."""
    return next((reason for reason, applies in OBJECTIONS if applies(it)), None)


def arriving(node: Institution, record: CreditTransfer, found: object) -> Arriving:
    return Arriving(node, record, found if isinstance(found, Holding) else None)


def of_book(reason: Reason) -> Reason:
    """The book's refusal, in the words of a receiver: what is short is the FX provider's."""
    return Reason.LIQUIDITY_SHORT if reason is Reason.INSUFFICIENT_FUNDS else reason
