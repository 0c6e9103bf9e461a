"""Every page of an authority, in the order of its menu."""

from dataclasses import replace

from fastapi.responses import Response

from qantara.edge.calls import asked_of, overseen
from qantara.web import policies, policy_questions, rules, signing
from qantara.web.regulator import (
    complaints,
    corridors,
    costs,
    log,
    overview,
    reported,
    whatif,
)
from qantara.web.sites import Kind, Page, Show
from qantara.web.visits import Visit


def watched(page: Page) -> Page:
    """The page, shown only after it stands in the audit trail who looked at it."""
    act = None if page.act is None else _noted(page.act)
    return replace(page, show=_noted(page.show), act=act)


def _noted(show: Show) -> Show:
    async def noted(visit: Visit) -> Response:
        await overseen(visit.caller, asked_of(visit.request))
        return await show(visit)

    return noted


PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *corridors.PAGES,
    *costs.PAGES,
    *policies.PAGES,
    *policy_questions.PAGES,
    *whatif.PAGES,
    *complaints.PAGES,
    *reported.PAGES,
    *log.PAGES,
)

_DOORS, _HOLDER = signing.by_key(rules.is_supervisor, "supervisor")
KIND = Kind("regulator", tuple(watched(page) for page in PAGES), _DOORS, _HOLDER)
"""The regulator console: an authority comes in with a key of its own, and each look is kept."""
