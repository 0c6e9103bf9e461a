"""The pages of every site as measurements, pictures and browser tests go through them. Whoever
adds a page adds its line here.

`who` is the name of a key of the demo world, empty for a stranger, or `staged.APPLICANT`; a path
names what it is about by `Staged.ids`.
"""

from typing import NamedTuple

from qantara.web import SITE_NAMES


class Shown(NamedTuple):
    site: str
    path: str
    who: str = "compliance"


_CUSTOMER, _SELF, _APPLICANT = "person", "app-1", "applicant"
_AUTHORITY, _ADMINISTRATOR, _AGENT = "supervisor-bnm", "administrator", "agent"

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
    *("/request", "/request?of=others", "/request/new/{friend}", "/request/{made}"),
    *("/request/{asked}", "/split", "/split/new", "/split/{split}"),
    *("/disputes", "/disputes/new?about={payment}", "/disputes/{dispute}", "/notices"),
    *("/cash", "/cash/withdraw", "/cash/send", "/cash/orders/{order}", "/cash/receipts/{receipt}"),
    *("/topup", "/topup/{own}", "/ussd", "/profile", "/more", "/help?about={payment}"),
)
_JOIN = ("pin", "person", "document", "face", "home", "tiers")
_COUNTER = ("", "/payout", "/payout/{reference}", "/deposit", "/till", "/receipts")
_REGULATOR = (
    *("", "/costs", "/whatif", "/complaints", "/reported", "/reported/{issuer}/{day}"),
    "/log",
    *("/policies/compare", "/policies/diff", "/policies/soundness"),
)
_CONSOLE = (
    *("/payments", "/payments/{rejected}", "/payments?only=overdue"),
    *("/received", "/received/{received}", "/reviews", "/reviews?state=released"),
    *("/reviews/{review}", "/held", "/proposals"),
    *("/policies", "/policies/compare", "/policies/diff", "/policies/soundness"),
    "/policies/decide?source=MY&destination=PK&amount=60000.00&kind=person",
    *("/decisions/{decision}", "/search", "/gallery"),
    *("/customers", "/customers?q=lim", "/customers/{customer}", "/accounts/{account}"),
    *("/ledger", "/ledger/under/customer", "/ledger/account?code={code}"),
    *("/ledger/transfers/{transfer}", "/ledger/proof", "/liquidity"),
    *("/reconciliation", "/reconciliation/{day}", "/disputes", "/disputes/{dispute}"),
    *("/messages", "/messages/out/{peer}/{place}", "/events"),
)
_SYSTEM = (
    *("/admin", "/admin/roles", "/admin/health", "/admin/settings"),
    *("/keys", "/keys/{key}"),
)
OTHER = (
    *(Shown("app", f"/app{path}", _CUSTOMER) for path in _APP),
    *(Shown("regulator", f"/regulator{path}", _AUTHORITY) for path in _REGULATOR),
    *(Shown("console", f"/console{path}") for path in _CONSOLE),
    Shown("app", "/app/profile?of=self", _SELF),
    *(Shown("counter", f"/counter{path}", _AGENT) for path in (*_COUNTER, "/receipts/{receipt}")),
    *(Shown("app", f"/app/join/{step}", _APPLICANT) for step in _JOIN),
    *(Shown("console", f"/console{path}", _ADMINISTRATOR) for path in _SYSTEM),
    *(Shown("console", f"/console/webhooks{path}", "operations") for path in ("", "/{endpoint}")),
    Shown("console", "/console/proposals/{proposal}", "compliance-second"),
    Shown("console", "/console/audit", "auditor"),
)
"""Looked at in one language and theme."""

STRANGERS = (
    *(Shown(site, f"/{site}/sign-in", "") for site in SITE_NAMES),
    *(Shown("app", f"/app/join{path}", "") for path in ("", "/opened", "/ended")),
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
