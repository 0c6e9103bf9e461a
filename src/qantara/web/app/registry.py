"""Every page of the customer's app."""

from qantara.web import rules, signing
from qantara.web.app import (
    accounts,
    activity,
    disputing,
    home,
    more,
    notices,
    payees,
    paying,
    pots,
    requesting,
    scanning,
    schedules,
    sending,
    shell,
    showing,
    splitting,
    tracking,
)
from qantara.web.sites import Kind, Page

PAGES: tuple[Page, ...] = (
    *home.PAGES,
    *sending.PAGES,
    *paying.PAGES,
    *scanning.PAGES,
    *showing.PAGES,
    *requesting.PAGES,
    *splitting.PAGES,
    *disputing.PAGES,
    *notices.PAGES,
    *tracking.PAGES,
    *activity.PAGES,
    *accounts.PAGES,
    *payees.PAGES,
    *pots.PAGES,
    *schedules.PAGES,
    *more.PAGES,
)

_DOORS, _HOLDER = signing.by_key(rules.is_customer, "customer")
KIND = Kind(
    "app",
    PAGES,
    (*_DOORS, *shell.DOORS),
    _HOLDER,
    permissions="camera=(self), geolocation=(), microphone=(), payment=()",
)
"""The customer's app: whoever holds an account comes in with a key of their own."""
