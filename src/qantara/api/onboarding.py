"""Becoming a customer: for people who have no key yet, and the apps that help them."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qantara.api import onboarding_shapes as shapes
from qantara.api.answers import documented, json
from qantara.edge import Door, joining
from qantara.edge.calls import bearer, door_of
from qantara.edge.limits import limits_of
from qantara.edge.open_routes import OpenRoute
from qantara.edge.problems import problem
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.onboarding import flow
from qantara.onboarding.model import (
    Answer,
    Application,
    Ask,
    Document,
    FaceCheck,
    Home,
    Person,
    Proof,
    Save,
)

PATH = "/v1/onboarding"
_SECRET = HTTPBearer(scheme_name="application", auto_error=False)
begins = APIRouter(prefix=PATH, tags=["onboarding"], route_class=OpenRoute)


async def _shown_secret(
    _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_SECRET)],
) -> None:
    """A dependency that documents what `_proof` reads."""


steps = APIRouter(
    prefix=PATH + "/applications/{application_id}",
    tags=["onboarding"],
    route_class=OpenRoute,
    dependencies=[Depends(_shown_secret)],
)


@begins.get("/ladder", responses=documented(shapes.Ladder))
async def ladder(request: Request) -> Response:
    """What each tier of account opens here today, what it asks for, and where that is written."""
    door = door_of(request)
    found = flow.ladder(door.node, door.onboarding, door.clock().date())
    currency = door.node.asset.code
    return json(
        shapes.Ladder(door.node.country, [shapes.tier_shown(each, currency) for each in found])
    )


@begins.post("/codes", status_code=202, responses=documented(shapes.AskedCode, status=202))
async def ask_code(request: Request, said: Annotated[shapes.NewCode, Body()]) -> Response:
    """Send a code to a phone. The answer is the same whoever the phone belongs to."""
    door = door_of(request)
    try:
        phone = joining.phone_of(door, said.phone)
    except Malformed as error:
        return problem(request, _unfit(error))
    limits_of(request).code(request, phone)
    return json(shapes.AskedCode(await joining.start(door, phone, said.language)), 202)


@begins.post(
    "/codes/{code_id}/answer", status_code=201, responses=documented(shapes.ProvedShown, status=201)
)
async def answer_code(
    request: Request, code_id: str, said: Annotated[shapes.CodeAnswer, Body()]
) -> Response:
    """Prove the phone: an application begins, or the one under way goes on."""
    door = door_of(request)
    found = await joining.verify(door, code_id, said.code)
    if isinstance(found, Refused):
        return problem(request, found)
    return json(shapes.ProvedShown(_shape(door, found.application), found.secret), 201)


@steps.get("", responses=documented(shapes.ApplicationShown))
async def one_application(request: Request, application_id: str) -> Response:
    """An application as it stands, with the way to each tier."""
    door = door_of(request)
    async with door.database.look() as tx:
        found = await flow.application(tx, _proof(request, application_id))
    if isinstance(found, NotFound):
        raise found
    return json(_shape(door, found))


@steps.put("/pin", responses=documented(shapes.ApplicationShown))
async def choose_pin(
    request: Request, application_id: str, said: Annotated[shapes.NewPin, Body()]
) -> Response:
    """Choose the PIN by which the customer will sign in."""
    door = door_of(request)
    found = await joining.choose_pin(door, _proof(request, application_id), said.pin)
    if isinstance(found, Refused):
        return problem(request, found)
    return json(_shape(door, found))


@steps.put("/person", responses=documented(shapes.ApplicationShown))
async def tell_person(
    request: Request, application_id: str, said: Annotated[shapes.ToldPerson, Body()]
) -> Response:
    """Name and birth date."""
    born_on = shapes.day(said.born_on)
    if born_on is None:
        return problem(request, _unfit(Malformed(Reason.FIELD_INVALID, param="born_on")))
    told = Person(said.legal_name, born_on, said.rails_name)
    return await _saved(request, application_id, told)


@steps.put("/home", responses=documented(shapes.ApplicationShown))
async def tell_home(
    request: Request, application_id: str, said: Annotated[shapes.ToldHome, Body()]
) -> Response:
    """Where the person lives."""
    told = Home(said.street, said.town, said.rails_street, said.rails_town)
    return await _saved(request, application_id, told)


@steps.put("/document", responses=documented(shapes.ApplicationShown))
async def tell_document(
    request: Request, application_id: str, said: Annotated[shapes.ToldDocument, Body()]
) -> Response:
    """The identity document; another one asks for another look at the face."""
    told = Document(shapes.KINDS[said.type], said.number, said.picture)
    return await _saved(request, application_id, told)


@steps.put("/face", responses=documented(shapes.ApplicationShown))
async def show_face(request: Request, application_id: str) -> Response:
    """The check of the face against the document. It is simulated: a number ending in 000 fails,
    one ending in 001 is unsure.
    """
    return await _saved(request, application_id, FaceCheck())


@steps.post("/decision", responses=documented(shapes.ApplicationShown))
async def ask_decision(
    request: Request, application_id: str, said: Annotated[shapes.Wish, Body()]
) -> Response:
    """Ask for a tier: opened, before a person, or refused, with the reasons."""
    door = door_of(request)
    command = Ask(_proof(request, application_id), said.tier, door.onboarding)
    return await _told(request, door.batcher.run(flow.decide, command))


async def _saved(request: Request, application_id: str, answer: Answer) -> Response:
    door = door_of(request)
    command = Save(_proof(request, application_id), answer, door.onboarding)
    return await _told(request, door.batcher.run(flow.save, command))


async def _told(request: Request, asked: "Awaitable[Application | Refused]") -> Response:
    try:
        found = await asked
    except Malformed as error:
        return problem(request, _unfit(error))
    if isinstance(found, Refused):
        return problem(request, found)
    return json(_shape(door_of(request), found))


def _unfit(error: Malformed) -> Refused:
    """A form that is right may hold what is not."""
    facts = {"param": error.facts.get("param", ""), "why": error.reason.value}
    return Refused(Reason.ANSWER_UNFIT, rule="onboarding.steps", facts=facts)


def _proof(request: Request, application_id: str) -> Proof:
    return Proof(application_id, bearer(request))


def _shape(door: Door, found: Application) -> shapes.ApplicationShown:
    ways = flow.progress(door.node, door.onboarding, found, door.clock().date())
    return shapes.application_shown(found, ways)
