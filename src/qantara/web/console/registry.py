"""Every page of the console, in the order of its menu."""

from qantara.web import policies, policy_questions, rules, signing
from qantara.web.console import (
    admin,
    audit,
    customers,
    decisions,
    developers,
    disputes,
    following,
    gallery,
    held,
    home,
    ledger,
    liquidity,
    messages,
    payments,
    proposals,
    proving,
    reconciliation,
    reviews,
    search,
)
from qantara.web.sites import Kind, Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *search.PAGES,
    *payments.PAGES,
    *reviews.PAGES,
    *held.PAGES,
    *disputes.PAGES,
    *proposals.PAGES,
    *customers.PAGES,
    *proving.PAGES,
    *ledger.PAGES,
    *liquidity.PAGES,
    *reconciliation.PAGES,
    *policies.PAGES,
    *policy_questions.PAGES,
    *decisions.PAGES,
    *messages.PAGES,
    *developers.PAGES,
    *admin.PAGES,
    *audit.PAGES,
    *gallery.PAGES,
)

_DOORS, _HOLDERS = signing.by_key(rules.is_staff, "staff")
KIND = Kind("console", PAGES, _DOORS, _HOLDERS, topics=following.TOPICS)
"""The operator console: whoever works for the institution comes in with a key of their own."""
