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


MAIN = (
    Shown("console", "/console"),
    Shown("console", "/console/payments"),
    Shown("console", "/console/payments/{payment}"),
    Shown("console", "/console/payments/{rejected}"),
    Shown("console", "/console/reviews"),
    Shown("console", "/console/proposals/{proposal}", "compliance-second"),
    Shown("console", "/console/policies"),
)
"""Looked at in every language, both themes, on a phone and a desktop."""

OTHER = (
    Shown("console", "/console/payments?only=overdue"),
    Shown("console", "/console/received"),
    Shown("console", "/console/received/{received}"),
    Shown("console", "/console/reviews?state=released"),
    Shown("console", "/console/reviews/{review}"),
    Shown("console", "/console/held"),
    Shown("console", "/console/proposals"),
    Shown("console", "/console/policies/compare"),
    Shown("console", "/console/policies/diff"),
    Shown("console", "/console/policies/soundness"),
    Shown(
        "console", "/console/policies/decide?source=MY&destination=PK&amount=60000.00&kind=person"
    ),
    Shown("console", "/console/decisions/{decision}"),
    Shown("console", "/console/search"),
    Shown("console", "/console/audit", "auditor"),
    Shown("console", "/console/gallery"),
)
"""Looked at in one language and theme."""

STRANGERS = (Shown("console", "/console/sign-in", ""),)
EVERY = (*MAIN, *OTHER, *STRANGERS)

PICTURES = {
    "console-home": MAIN[0],
    "console-payment": MAIN[2],
    "console-rejected": MAIN[3],
    "console-reviews": MAIN[4],
    "console-proposal": MAIN[5],
    "console-policies": MAIN[6],
    "console-compare": Shown("console", "/console/policies/compare"),
    "console-decision": Shown("console", "/console/decisions/{decision}"),
    "console-audit": Shown("console", "/console/audit", "auditor"),
    "console-sign-in": STRANGERS[0],
}
"""What `scripts/screenshots.py` takes, by the name of the file."""
