"""Every page of an agent's counter, in the order of its menu."""

from qantara.web import rules, signing
from qantara.web.counter import home, paying_out, receipts, taking_in, till
from qantara.web.sites import Kind, Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *paying_out.PAGES,
    *taking_in.PAGES,
    *till.PAGES,
    *receipts.PAGES,
)

_DOORS, _HOLDERS = signing.by_key(rules.is_agent, "agent")
KIND = Kind("counter", PAGES, _DOORS, _HOLDERS)
"""The counter: an agent of the institution comes in with a key of its own."""
