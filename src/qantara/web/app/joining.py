"""Becoming a customer: one question a page, by whoever holds the phone."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response

from qantara.edge import joining
from qantara.edge.limits import limits_of
from qantara.errors import Conflict, Malformed, NotFound, QantaraError, Reason, Refused
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    DOCUMENTS,
    LADDERS,
    Answer,
    Application,
    Ask,
    Proof,
    Save,
    Standing,
    State,
    Step,
)
from qantara.reasons import REASONS
from qantara.web import safety, signing, visits
from qantara.web.app import entering, join_fields
from qantara.web.app.objections import about_pin
from qantara.web.sites import Entrance, Site
from qantara.web.visits import Visit

APPLICATION, _CODE = "qantara_application", "qantara_code"
_MINUTES_SECONDS, _PARTS = 1800, 2
ORDER = (Step.PIN, Step.PERSON, Step.DOCUMENT, Step.FACE, Step.HOME)
"""In what order the pages ask; what a tier does not need can be left out."""
_JOIN = "/join"


class Applicant(NamedTuple):
    """A browser that may tell an application more."""

    visit: Visit
    proof: Proof
    found: Application


async def ask_phone(request: Request, site: Site) -> Response:
    return _page(visits.stranger(request, site), "phone", {})


async def take_phone(request: Request, site: Site) -> Response:
    """Send a code; what is told is the same whoever has the phone."""
    sent, visit = await signing.proved(request, site)
    typed = sent.get("phone", "")[: join_fields.LONGEST]
    limits_of(request).public(request)
    try:
        phone = joining.phone_of(site.door, typed)
    except Malformed as error:
        return _page(visit, "phone", sent, error)
    limits_of(request).code(request, phone)
    code_id = await joining.start(site.door, phone, visit.language)
    answer = visits.gone_on(site, f"{site.path}{_JOIN}/code")
    safety.keep(answer, site, _CODE, f"{code_id}.{phone}", _MINUTES_SECONDS)
    return answer


async def ask_code(request: Request, site: Site) -> Response:
    return await _code(visits.stranger(request, site), {})


async def take_code(request: Request, site: Site) -> Response:
    """The right code begins an application, or goes on with the one of this phone."""
    sent, visit = await signing.proved(request, site)
    limits_of(request).public(request)
    code_id = _two(request, _CODE)[0]
    found = await joining.verify(site.door, code_id, sent.get("code", ""))
    if isinstance(found, Refused):
        return await _code(visit, sent, found)
    answer = visits.gone_on(site, f"{site.path}{_JOIN}/next")
    kept = f"{found.application.id}.{found.secret}"
    safety.keep(answer, site, APPLICATION, kept, None)
    safety.drop(answer, site, _CODE)
    return answer


async def _code(
    visit: Visit, sent: Mapping[str, str], error: QantaraError | Refused | None = None
) -> Response:
    code_id, phone = _two(visit.request, _CODE)
    if not code_id:
        return visits.gone_on(visit.site, f"{visit.site.path}{_JOIN}")
    message = ""
    if visit.door.onboarding.show_messages:
        async with visit.door.database.read() as tx:
            found = await onboarding.simulated_messages(tx, phone, 1)
        message = found[0].text if found else ""
    return _page(visit, "code", sent, error, phone=phone, message=message)


def _two(request: Request, name: str) -> tuple[str, str]:
    parts = safety.remembered(request, name)[:200].split(".", 1)
    return (parts[0], parts[1]) if len(parts) == _PARTS else ("", "")


async def _applicant(visit: Visit) -> Applicant | None:
    application_id, secret = _two(visit.request, APPLICATION)
    proof = Proof(application_id, secret)
    async with visit.door.database.read() as tx:
        found = await onboarding.application(tx, proof)
    return None if isinstance(found, NotFound) else Applicant(visit, proof, found)


_Told = Callable[[Applicant], Awaitable[Response]]


async def _known(tell: _Told, request: Request, site: Site) -> Response:
    """A page of an application that this browser may see; from the start for any other."""
    who = await _applicant(visits.stranger(request, site))
    if who is None:
        return visits.gone_on(site, f"{site.path}{_JOIN}")
    return await tell(who)


async def _on(who: Applicant) -> Response:
    """To what is asked next, or to what was decided."""
    return visits.gone_on(who.visit.site, f"{who.visit.site.path}{_JOIN}/{_next(who)}")


def _next(who: Applicant, after: Step | None = None) -> str:
    if who.found.state is not State.FILLING:
        return "decision"
    asked = ORDER if after is None else ORDER[ORDER.index(after) + 1 :]
    lacks = onboarding.missing(who.found, asked)
    if Step.FACE in lacks and who.found.said.document is None:
        lacks = tuple(each for each in lacks if each is not Step.FACE)
    return next((each.value for each in asked if each in lacks), "tiers")


async def _step(step: Step, who: Applicant) -> Response:
    if who.found.state not in {State.FILLING, State.REFUSED}:
        return await _on(who)
    return _asked(who, step, join_fields.told(who.found.said, step))


async def _take(step: Step, request: Request, site: Site) -> Response:
    """Keep an answer and go on; one that cannot be is told beside what was typed."""
    sent, visit = await signing.proved(request, site)
    limits_of(request).public(request)
    who = await _applicant(visit)
    if who is None:
        return visits.gone_on(site, f"{site.path}{_JOIN}")
    try:
        saved = await _saved(who, step, sent)
    except (Malformed, Conflict) as error:
        return _asked(who, step, sent, error)
    if isinstance(saved, Refused):
        return _asked(who, step, sent, saved)
    if step is Step.PERSON:
        young = onboarding.age_refusal(saved, site.door.onboarding, site.door.clock().date())
        if young is not None:
            why = Refused(Reason(young.reason), citation=young.label, rule=young.rule)
            return _asked(who, step, sent, why)
    after = _next(who._replace(found=saved), step)
    return visits.gone_on(site, f"{site.path}{_JOIN}/{after}")


async def _saved(who: Applicant, step: Step, sent: Any) -> Application | Refused:
    door = who.visit.door
    if step is Step.PIN:
        join_fields.same_twice(sent)
        return await joining.choose_pin(door, who.proof, sent.get("pin", ""))
    answer: Answer = join_fields.READ[step](sent, who.found.said)
    command = Save(who.proof, answer, door.onboarding)
    saved: Application = await door.batcher.run(onboarding.save, command)
    return saved


def _asked(
    who: Applicant,
    step: Step,
    said: Mapping[str, str],
    error: QantaraError | Refused | None = None,
) -> Response:
    country = who.visit.door.node.country
    needed = {each for tier in LADDERS.get(country, ()) for each in tier.needs}
    return _page(
        who.visit,
        step.value,
        said,
        error,
        number=ORDER.index(step) + 1,
        of=len(ORDER),
        documents=DOCUMENTS.get(country, ()),
        picture=Step.PICTURE in needed,
        later=_next(who, step),
    )


async def _tiers(who: Applicant, why: Refused | QantaraError | None = None) -> Response:
    """What each tier opens, with what is missing for it."""
    if who.found.state is not State.FILLING:
        return await _on(who)
    door = who.visit.door
    ways = onboarding.progress(door.node, door.onboarding, who.found, door.clock().date())
    return _page(who.visit, "tiers", {}, why, ways=ways, ready=Standing.READY, shown=ORDER)


async def _decide(request: Request, site: Site) -> Response:
    sent, visit = await signing.proved(request, site)
    limits_of(request).public(request)
    who = await _applicant(visit)
    if who is None:
        return visits.gone_on(site, f"{site.path}{_JOIN}/ended")
    ask = Ask(who.proof, sent.get("tier", "")[: join_fields.LONGEST], site.door.onboarding)
    try:
        outcome = await site.door.batcher.run(onboarding.decide, ask)
    except Conflict:
        return visits.gone_on(site, f"{site.path}{_JOIN}/decision")
    if isinstance(outcome, Refused):
        return await _tiers(who, outcome)
    after = "opened" if outcome.state is State.OPENED else "decision"
    answer = visits.gone_on(site, f"{site.path}{_JOIN}/{after}")
    if outcome.state is State.OPENED:
        safety.keep(answer, site, entering.JOINED, outcome.phone, _MINUTES_SECONDS)
    return answer


async def _decision(who: Applicant) -> Response:
    """Opened, before a person, or refused with why and what can be done."""
    if who.found.state is State.FILLING:
        return await _on(who)
    return _decided(who.visit, who.found.state.value, who.found)


async def _last(state: str, request: Request, site: Site) -> Response:
    """The end of the way: an open account lets nobody in but by its PIN."""
    return _decided(visits.stranger(request, site), state)


def _decided(visit: Visit, state: str, found: Application | None = None) -> Response:
    return _page(visit, "decision", {}, None, found=found, state=state, shown=ORDER)


def _page(
    visit: Visit,
    name: str,
    said: Mapping[str, str],
    error: QantaraError | Refused | None = None,
    **more: Any,
) -> Response:
    status = 200 if error is None else REASONS[error.reason].http
    why = None if error is None else about_pin(visit, error)
    form = {key: value for key, value in said.items() if not key.startswith("pin")}
    shown = visit.shown(f"join_{name}.html", status, form=form, why=why, step=name, **more)
    return signing.remembered(visit, shown)


DOORS = (
    Entrance(_JOIN, "GET", ask_phone),
    Entrance(_JOIN, "POST", take_phone),
    Entrance(f"{_JOIN}/code", "GET", ask_code),
    Entrance(f"{_JOIN}/code", "POST", take_code),
    Entrance(f"{_JOIN}/next", "GET", partial(_known, _on)),
    *(Entrance(f"{_JOIN}/{s}", "GET", partial(_known, partial(_step, s))) for s in ORDER),
    *(Entrance(f"{_JOIN}/{s}", "POST", partial(_take, s)) for s in ORDER),
    Entrance(f"{_JOIN}/tiers", "GET", partial(_known, _tiers)),
    Entrance(f"{_JOIN}/tiers", "POST", _decide),
    Entrance(f"{_JOIN}/decision", "GET", partial(_known, _decision)),
    *(Entrance(f"{_JOIN}/{s}", "GET", partial(_last, s)) for s in ("opened", "ended")),
)
