"""The pages of every site as measurements, pictures and browser tests go through them. Whoever
adds a page adds its line here.

`who` is the name of a key of the demo world, empty for a stranger; a path names what it is about
by `Staged.ids`.
"""

from typing import NamedTuple


class Shown(NamedTuple):
    site: str
    path: str
    who: str = "compliance"


_CUSTOMER, _AUTHORITY = "person", "supervisor-bnm"

MAIN = (
    Shown("app", "/app", _CUSTOMER),
    Shown("app", "/app/send/{check}/{quote}", _CUSTOMER),
    Shown("app", "/app/payments/{payment}", _CUSTOMER),
    Shown("app", "/app/activity", _CUSTOMER),
    Shown("app", "/app/scan", _CUSTOMER),
    Shown("app", "/app/accounts", _CUSTOMER),
    Shown("console", "/console"),
    Shown("console", "/console/payments/{payment}"),
    Shown("regulator", "/regulator/corridors", _AUTHORITY),
    Shown("regulator", "/regulator/policies", _AUTHORITY),
)
"""Looked at in every language, both themes, on a phone and a desktop."""

_APP = (
    *("/send", "/send?country=PK", "/send?country=MY", "/send/{check}"),
    *("/code", "/code?amount=45.00", "/receive", "/payments/{payment}/receipt"),
    *("/payments/{rejected}", "/activity?only=in", "/activity?q=nobody"),
    *("/activity/{account}/{movement}", "/accounts/{account}", "/pots", "/pots/{pot}"),
    *("/payees", "/payees/{payee}", "/schedules", "/schedules/new", "/schedules/{schedule}"),
    *("/more", "/help?about={payment}"),
)
_REGULATOR = (
    *("", "/costs", "/whatif", "/complaints", "/reported", "/log"),
    *("/policies/compare", "/policies/diff", "/policies/soundness"),
)
_CONSOLE = (
    *("/payments", "/payments/{rejected}", "/payments?only=overdue"),
    *("/received", "/received/{received}", "/reviews", "/reviews?state=released"),
    *("/reviews/{review}", "/held", "/proposals"),
    *("/policies", "/policies/compare", "/policies/diff", "/policies/soundness"),
    "/policies/decide?source=MY&destination=PK&amount=60000.00&kind=person",
    *("/decisions/{decision}", "/search", "/gallery", "/customers", "/ledger", "/liquidity"),
    *("/reconciliation", "/messages", "/events"),
)
OTHER = (
    *(Shown("app", f"/app{path}", _CUSTOMER) for path in _APP),
    *(Shown("regulator", f"/regulator{path}", _AUTHORITY) for path in _REGULATOR),
    *(Shown("console", f"/console{path}") for path in _CONSOLE),
    Shown("console", "/console/proposals/{proposal}", "compliance-second"),
    Shown("console", "/console/audit", "auditor"),
)
"""Looked at in one language and theme."""

STRANGERS = (
    *(Shown(site, f"/{site}/sign-in", "") for site in ("app", "console", "regulator")),
    Shown("app", "/app/join", ""),
    Shown("app", "/app/offline", ""),
)
EVERY = (*MAIN, *OTHER, *STRANGERS)

PICTURES = dict(
    zip(
        (
            *("app-home", "app-price", "app-payment", "app-activity", "app-scan", "app-accounts"),
            *("console-home", "console-payment", "regulator-corridors", "regulator-policies"),
        ),
        MAIN,
        strict=True,
    )
)
"""What `scripts/screenshots.py` takes, by the name of the file."""
