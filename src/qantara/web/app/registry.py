"""Every page of the customer's app."""

from qantara.web.app import (
    accounts,
    activity,
    cash,
    disputing,
    entering,
    home,
    joining,
    more,
    notices,
    payees,
    paying,
    pots,
    profile,
    requesting,
    scanning,
    schedules,
    sending,
    shell,
    showing,
    simple_phone,
    splitting,
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
    *cash.PAGES,
    *topping_up.PAGES,
    *simple_phone.PAGES,
    *more.PAGES,
    *profile.PAGES,
)

KIND = Kind(
    "app",
    PAGES,
    (*entering.DOORS, *joining.DOORS, *shell.DOORS),
    entering.holders,
)
"""The customer's app: whoever holds an account comes in with a phone and a PIN, or a key."""
