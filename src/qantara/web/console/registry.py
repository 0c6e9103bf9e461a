"""Every page of the console, in the order of its menu."""

from qantara.web import rules, signing
from qantara.web.console import (
    audit,
    decisions,
    following,
    gallery,
    held,
    home,
    payments,
    policies,
    policy_questions,
    proposals,
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
    *proposals.PAGES,
    *policies.PAGES,
    *policy_questions.PAGES,
    *decisions.PAGES,
    *audit.PAGES,
    *gallery.PAGES,
)

_DOORS, _HOLDERS = signing.by_key(rules.is_staff, "staff")
KIND = Kind("console", PAGES, _DOORS, _HOLDERS, topics=following.TOPICS)
"""The operator console: whoever works for the institution comes in with a key of their own."""
