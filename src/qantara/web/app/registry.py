"""Every page of the customer's app."""

from qantara.web import rules, signing
from qantara.web.app import (
    accounts,
    activity,
    cash,
    home,
    more,
    payees,
    paying,
    pots,
    scanning,
    schedules,
    sending,
    showing,
    simple_phone,
    topping_up,
    tracking,
)
from qantara.web.sites import Kind, Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *sending.PAGES,
    *paying.PAGES,
    *scanning.PAGES,
    *showing.PAGES,
    *tracking.PAGES,
    *activity.PAGES,
    *accounts.PAGES,
    *payees.PAGES,
    *pots.PAGES,
    *schedules.PAGES,
    *cash.PAGES,
    *topping_up.PAGES,
    *simple_phone.PAGES,
    *more.PAGES,
)

_DOORS, _HOLDER = signing.by_key(rules.is_customer, "customer")
KIND = Kind(
    "app",
    PAGES,
    _DOORS,
    _HOLDER,
    permissions="camera=(self), geolocation=(), microphone=(), payment=()",
)
"""The customer's app: whoever holds an account comes in with a key of their own."""
