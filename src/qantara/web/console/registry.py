"""Every page of the console, in the order of its menu."""

from qantara.web.console import (
    audit,
    decisions,
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
from qantara.web.visits import Page

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
