"""API keys: issued by those who manage them, listed, replaced and closed by their holders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from qantara.access import flow as access
from qantara.access import keys
from qantara.access.model import (
    Key,
    NewKey,
    NewPrincipal,
    Principal,
    PrincipalKind,
    Proposal,
    ReplaceKey,
    RevokeKey,
    Role,
    Scope,
)
from qantara.agents import flow as agents
from qantara.api.answers import PROBLEMS, created, documented, encoded, json
from qantara.api.shapes import Moment, Request
from qantara.clock import from_text, to_text
from qantara.db import Tx
from qantara.edge.calls import Call, CurrentCall, ShownOnce, keyed, needs
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import Conflict, Malformed, NotFound, Reason, Unauthorised
from qantara.ids import CustomerId, PrincipalId
from qantara.parties import flow as parties
from qantara.supervision import flow as supervision

PATH = "/v1/keys"
PAGE = 100
OVERLAP_MOST_SECONDS = 7 * 86_400
acts = APIRouter(tags=["keys"], route_class=ActRoute, dependencies=[Depends(keyed)])
reads = APIRouter(tags=["keys"], route_class=ReadRoute)
sets = APIRouter(tags=["keys"], route_class=SetRoute)
_MANAGES = [Depends(needs(Scope.KEYS_MANAGE))]


class NewClient(Request):
    """A program that will act: for one customer (`customer_id`), as an agent (`agent_id`), for the
    institution, or for an authority of its jurisdiction (role `supervisor`, `authority`).
    """

    name: str = Field(min_length=1, max_length=140)
    role: Literal[
        "customer", "agent", "auditor", "compliance", "operations", "supervisor", "ussd_gateway"
    ] = "customer"
    customer_id: str | None = Field(None, max_length=64)
    agent_id: str | None = Field(None, max_length=64)
    authority: str | None = Field(None, pattern=r"^[A-Z]{2,12}$", examples=["BNM"])


class NewApiKey(Request):
    """A key that does at most what its holder's roles allow: `scopes` narrow it."""

    principal_id: str = Field(max_length=64)
    scopes: list[str] = Field(min_length=1, max_length=len(Scope), examples=[["accounts:read"]])
    expires_at: str | None = Field(None, max_length=40, examples=["2027-03-02T08:00:00Z"])
    label: str = Field("", max_length=80)


class Rotation(Request):
    """For how long the old key opens beside the new one; not at all if left out."""

    overlap_seconds: int = Field(0, ge=0, le=OVERLAP_MOST_SECONDS)


class KeyState(StrEnum):
    """`proposed`: a second person must approve before it opens."""

    PROPOSED = "proposed"
    OPEN = "open"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Client:
    id: str
    name: str
    role: str
    customer_id: str | None
    agent_id: str | None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """`key` is what its holder presents: it is told in the first answer and never again.

    `last_used_at` is known to the minute. `replaces` is the key it was made in the place of.
    """

    id: str
    principal_id: str
    label: str
    scopes: list[str]
    state: KeyState
    issued_at: Moment | None
    expires_at: Moment | None
    revoked_at: Moment | None
    last_used_at: Moment | None
    replaces: str | None
    proposal_id: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKeyPage:
    data: list[ApiKey]
    has_more: bool


@acts.post(
    "/v1/clients",
    status_code=201,
    responses=documented(Client, status=201),
    dependencies=_MANAGES,
)
async def add_client(call: CurrentCall, said: Annotated[NewClient, Body()]) -> Response:
    """Make a client; it can do nothing until it has a key."""
    _check_whom(call, said)
    async with call.door.database.look() as tx:
        if said.customer_id is not None:
            _there((await parties.customers(tx, [CustomerId(said.customer_id)]))[0])
        if said.agent_id is not None:
            _there((await agents.agents(tx, [said.agent_id]))[0])
    new = NewPrincipal(
        PrincipalId(call.new_id("prn")),
        PrincipalKind.CLIENT_APP,
        said.name,
        (Role(said.role),),
        said.customer_id or said.agent_id or said.authority,
    )
    made: Principal = await call.door.batcher.run(_register, (new, call.principal))
    shown = Client(made.id, made.name, said.role, said.customer_id, said.agent_id, said.authority)
    return created(shown, f"{PATH}?principal_id={made.id}")


_WHOM = (("customer", "customer_id"), ("agent", "agent_id"), ("supervisor", "authority"))


def _check_whom(call: Call, said: NewClient) -> None:
    """For whom a client acts is said where its role asks for it, and nowhere else."""
    for role, param in _WHOM:
        value = getattr(said, param)
        if (said.role == role) != (value is not None):
            reason = Reason.FIELD_MISSING if value is None else Reason.FIELD_INVALID
            raise Malformed(reason, param=param, value=value or "")
    if said.authority is None:
        return
    found = supervision.authority(said.authority)
    if isinstance(found, NotFound):
        raise found
    node = call.door.node
    if not supervision.supervises(node.rulebook, node.country, found.code):
        raise Unauthorised(
            Reason.AUTHORITY_ELSEWHERE, authority=found.code, jurisdiction=node.country
        )


def _there(found: object) -> None:
    if isinstance(found, NotFound):
        raise found


async def _register(
    tx: Tx,
    _node: object,
    commands: Sequence[tuple[NewPrincipal, Principal]],
    now: datetime,
) -> list[Principal | Conflict]:
    made = [await access.register_principals(tx, [new], now, by) for new, by in commands]
    return [each for outcomes in made for each in outcomes]


@acts.post(
    PATH,
    status_code=201,
    responses=documented(
        ApiKey, status=201, also={202: "Proposed: it opens when a second person approves."}
    ),
    dependencies=_MANAGES,
)
async def issue_api_key(call: CurrentCall, said: Annotated[NewApiKey, Body()]) -> Response:
    """Issue a key. One that moves money opens only when a second person has approved it; its
    text is told now all the same, to the one who asked and to nobody else.
    """
    key_id = call.new_id("key")
    drawn = keys.draw(key_id)
    ends = None if said.expires_at is None else from_text(said.expires_at)
    command = NewKey(
        key_id,
        call.principal,
        PrincipalId(said.principal_id),
        drawn.digest,
        _scopes(said.scopes),
        ends,
        said.label,
    )
    made: Key | Proposal = await call.door.batcher.run(keys.issue, command)
    if isinstance(made, Proposal):
        fresh = made.payload["digest"] == drawn.digest.hex()
        location = f"/v1/proposals/{made.id}"
        return _once(_proposed(made), drawn.presented if fresh else None, 202, location)
    return _told(call, made, drawn, 201)


def _scopes(said: Sequence[str]) -> frozenset[Scope]:
    for each in said:
        if each not in set(Scope):
            raise Malformed(Reason.FIELD_INVALID, param="scopes", value=each)
    return frozenset(Scope(each) for each in said)


def _told(call: Call, made: Key, drawn: keys.Drawn, status: int) -> Response:
    """A key made before and asked for again keeps its first secret, which is known no more."""
    fresh = made.digest == drawn.digest
    shown = _shape(made, call.now)
    return _once(shown, drawn.presented if fresh else None, status, f"{PATH}/{made.id}")


def _once(shown: ApiKey, presented: str | None, status: int, location: str) -> Response:
    body, kept = encoded(replace(shown, key=presented)), encoded(shown)
    return ShownOnce(body, kept, status, {"Location": location})


@reads.get(PATH, responses=documented(ApiKeyPage))
async def api_keys(
    call: CurrentCall,
    principal_id: Annotated[str | None, Query(description="For key managers: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """The caller's own keys, open and closed, the newest first."""
    whose = principal_id or call.principal.id
    if whose != call.principal.id:
        access.require(call.principal, Scope.KEYS_MANAGE)
    async with call.door.database.read() as tx:
        if starting_after is not None:
            await _seen(tx, call, starting_after)
        found = await keys.of_principal(tx, whose, starting_after, limit + 1)
    shown = [_shape(each, call.now) for each in found[:limit]]
    return json(ApiKeyPage(shown, has_more=len(found) > limit))


async def _seen(tx: Tx, call: Call, key_id: str) -> Key:
    found = await keys.seen(tx, call.principal, key_id)
    if isinstance(found, NotFound):
        raise found
    return found


@reads.get(PATH + "/{key_id}", responses=documented(ApiKey))
async def one_api_key(call: CurrentCall, key_id: str) -> Response:
    """A key as it stands, without its secret."""
    async with call.door.database.look() as tx:
        return json(_shape(await _seen(tx, call, key_id), call.now))


@acts.post(PATH + "/{key_id}/rotate", status_code=201, responses=documented(ApiKey, status=201))
async def rotate_api_key(
    call: CurrentCall, key_id: str, said: Annotated[Rotation, Body()]
) -> Response:
    """Have a new key in the place of an own one: the same scopes, the same end of life."""
    new_id = call.new_id("key")
    drawn = keys.draw(new_id)
    command = ReplaceKey(new_id, call.principal, key_id, drawn.digest, said.overlap_seconds)
    made: Key = await call.door.batcher.run(keys.replace_keys, command)
    return _told(call, made, drawn, 201)


@sets.delete(
    PATH + "/{key_id}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "It opens nothing more."}, **PROBLEMS},
)
async def revoke_api_key(call: CurrentCall, key_id: str) -> Response:
    """Close a key at once and for ever."""
    await call.door.batcher.run(keys.revoke, RevokeKey(key_id, call.principal))
    return Response(status_code=204)


def _shape(key: Key, now: datetime) -> ApiKey:
    return ApiKey(
        id=key.id,
        principal_id=key.principal_id,
        label=key.label,
        scopes=sorted(key.scopes),
        state=_state(key, now),
        issued_at=to_text(key.issued_at),
        expires_at=to_text(key.expires_at) if key.expires_at else None,
        revoked_at=to_text(key.revoked_at) if key.revoked_at else None,
        last_used_at=to_text(key.last_used_at) if key.last_used_at else None,
        replaces=key.replaces,
    )


def _state(key: Key, now: datetime) -> KeyState:
    if key.revoked_at is not None:
        return KeyState.REVOKED
    ended = key.expires_at is not None and key.expires_at <= now
    return KeyState.EXPIRED if ended else KeyState.OPEN


def _proposed(proposal: Proposal) -> ApiKey:
    said = proposal.payload
    return ApiKey(
        id=said["key_id"],
        principal_id=said["principal_id"],
        label=said["label"],
        scopes=list(said["scopes"]),
        state=KeyState.PROPOSED,
        issued_at=None,
        expires_at=said["expires_at"],
        revoked_at=None,
        last_used_at=None,
        replaces=None,
        proposal_id=proposal.id,
    )
