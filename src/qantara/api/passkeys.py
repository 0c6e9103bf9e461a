"""Passkeys of a customer, for apps that act for one."""

import json as plain
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from qantara.access.credentials import flow as credentials
from qantara.access.credentials import model
from qantara.access.credentials.model import Attempt, Revoke
from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import created, documented, json
from qantara.api.onboarding_shapes import NewPin
from qantara.api.shapes import Moment
from qantara.clock import to_text
from qantara.edge import passkeys, signing_in
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import Refused
from qantara.onboarding import flow as onboarding

PATH = "/v1/passkeys"
_TAGS = ["passkeys"]
acts = APIRouter(
    prefix=PATH,
    tags=[*_TAGS],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)
reads = APIRouter(
    prefix=PATH,
    tags=[*_TAGS],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.ACCOUNTS_READ))],
)
sets = APIRouter(
    prefix=PATH,
    tags=[*_TAGS],
    route_class=SetRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)


class NewPasskey(shapes.Request):
    """`answer` is the credential as the browser's `toJSON` gives it."""

    asked_id: str = Field(max_length=64)
    answer: dict[str, Any]
    label: str = Field("", max_length=passkeys.LABEL_LONGEST)


@dataclass(frozen=True, slots=True)
class AskedPasskey:
    """`options` are those of WebAuthn, in its JSON form."""

    id: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    label: str
    registered_at: Moment
    last_used_at: Moment | None
    revoked_at: Moment | None


@dataclass(frozen=True, slots=True)
class PasskeyPage:
    data: list[Passkey]
    has_more: bool


@acts.post("/options", status_code=201, responses=documented(AskedPasskey, status=201))
async def ask_passkey(
    request: Request, call: CurrentCall, said: Annotated[NewPin, Body()]
) -> Response:
    """What to ask an authenticator for a new passkey. The PIN is proved first: a key that acts
    for somebody must not be able to become them.
    """
    person = await passkeys.person_of(call)
    attempt = Attempt(call.door.credentials, principal_id=person.id)
    guess = await signing_in.guessed(call.door, attempt, said.pin)
    if isinstance(guess, Refused):
        return problem(request, guess)
    await call.door.batcher.run(credentials.clear_attempts, guess.alias)
    asked = await passkeys.options(call.door, person)
    return json(AskedPasskey(asked.id, plain.loads(asked.options)), 201)


@acts.post("", status_code=201, responses=documented(Passkey, status=201))
async def register_passkey(
    request: Request, call: CurrentCall, said: Annotated[NewPasskey, Body()]
) -> Response:
    """Keep the passkey that answered."""
    person, answer = await passkeys.person_of(call), plain.dumps(said.answer)
    made = await passkeys.register(call.door, person, said.asked_id, answer, said.label)
    if isinstance(made, Refused):
        return problem(request, made)
    return created(_shape(made), f"{PATH}/{made.id}")


@reads.get("", responses=documented(PasskeyPage))
async def all_passkeys(call: CurrentCall) -> Response:
    """The customer's passkeys in force, oldest first."""
    whose = onboarding.principal_id(call.acting_for)
    async with call.door.database.read() as tx:
        found = await credentials.passkeys_of(tx, whose)
    return json(PasskeyPage([_shape(each) for each in found], has_more=False))


@sets.delete("/{passkey_id}", responses=documented(Passkey))
async def revoke_passkey(call: CurrentCall, passkey_id: str) -> Response:
    """Close a passkey for ever."""
    person = await passkeys.person_of(call)
    made = await call.door.batcher.run(credentials.revoke_passkeys, Revoke(person, passkey_id))
    return json(_shape(made))


def _shape(found: model.Passkey) -> Passkey:
    return Passkey(
        found.id,
        found.label,
        to_text(found.registered_at),
        to_text(found.last_used_at) if found.last_used_at else None,
        to_text(found.revoked_at) if found.revoked_at else None,
    )
