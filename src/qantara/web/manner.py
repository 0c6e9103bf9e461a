"""How somebody wants the pages: language, light or dark."""

from fastapi import Request
from fastapi.responses import Response

from qantara.errors import Malformed, Reason
from qantara.texts import Language
from qantara.web import safety, visits
from qantara.web.sites import Site

_YEAR_SECONDS = 31_536_000
_CHOICES = {
    safety.LANGUAGE: frozenset(each.value for each in Language),
    safety.THEME: frozenset({"auto", "light", "dark"}),
}


async def choose(request: Request, site: Site) -> Response:
    form = await visits.sent(request)
    visit = await visits.signed(request, site, None) or visits.stranger(request, site)
    if visits.unproved(visit, form):
        raise Malformed(Reason.FORM_UNPROVED)
    answer = visits.gone_on(site, form.get("back", ""))
    for name, choices in _CHOICES.items():
        chosen = form.get(name.removeprefix("qantara_"), "")
        if chosen in choices:
            safety.keep(answer, site, name, chosen, _YEAR_SECONDS)
    return answer
