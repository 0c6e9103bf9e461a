"""One authenticated request: who asks, in which words, and whether it was answered before."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Security
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from qantara import ids
from qantara.access import flow as access
from qantara.access.model import Principal, Role, Scope
from qantara.db import Tx
from qantara.db.together import Together
from qantara.edge import flow
from qantara.edge.door import Door
from qantara.edge.limits import limits_of
from qantara.edge.model import Answer
from qantara.edge.turns import Turns
from qantara.edge.uses import Uses
from qantara.errors import Malformed, Reason, Unauthorised
from qantara.ids import CustomerId
from qantara.supervision import flow as supervision
from qantara.supervision.model import Look

_PACKAGE = "supervision"
_ASKED_LONGEST = 500
KEY_HEADER = "Idempotency-Key"
_KEY_LONGEST = 255
# What is worth repeating: things done, and things refused by somebody who looked at them.
_KEPT = frozenset({200, 201, 202, 404, 409, 422})


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a known principal. `key` and `digest` are set on requests that change things."""

    door: Door
    principal: Principal
    now: datetime
    key: str = ""
    digest: bytes = b""

    def new_id(self, prefix: str) -> str:
        """The id of what this request makes: the same for the same request repeated."""
        return ids.derived(prefix, self.principal.id, self.key, self.digest.hex())

    @property
    def customer_id(self) -> CustomerId | None:
        """The customer this caller acts for; None for staff, who see every customer. An agent
        sees none: what it may look at, it looks up as an agent.
        """
        if Role.AGENT in self.principal.roles:
            raise Unauthorised(Reason.KEY_SCOPE, scope="a customer")
        if Role.CUSTOMER not in self.principal.roles:
            return None
        if self.principal.subject is None:
            raise Unauthorised(Reason.KEY_SCOPE, scope="a customer")
        return CustomerId(self.principal.subject)

    @property
    def acting_for(self) -> CustomerId:
        """The customer in whose name this caller may act; staff acts in nobody's."""
        customer_id = self.customer_id
        if customer_id is None:
            raise Unauthorised(Reason.KEY_SCOPE, scope="a customer")
        return customer_id

    @property
    def agent_id(self) -> str | None:
        """The agent this caller acts as; None for everybody else."""
        return self.principal.subject if Role.AGENT in self.principal.roles else None

    @property
    def serving(self) -> str:
        """The agent that this caller must be."""
        if self.agent_id is None:
            raise Unauthorised(Reason.KEY_SCOPE, scope="an agent")
        return self.agent_id

    def whose(self, customer_id: str | None) -> CustomerId:
        """The customer whose things are wanted: the caller, or whom staff names."""
        owner = self.customer_id or customer_id
        if owner is None:
            raise Malformed(Reason.FIELD_MISSING, param="customer_id")
        return CustomerId(owner)

    def sees(self, customer_id: str) -> bool:
        return self.customer_id in {None, customer_id}


class ShownOnce(Response):
    """An answer with a secret in it. `kept` is what a repeat is given instead: the secret is
    stored nowhere.
    """

    def __init__(self, body: bytes, kept: bytes, status: int, headers: dict[str, str]) -> None:
        super().__init__(body, status, headers, "application/json")
        self.kept = kept


def door_of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def keys_at(door: Door) -> Together[str, Principal]:
    """The keys of a door, by the text that callers present."""

    async def ask(tx: Tx, presented: Collection[str]) -> Mapping[str, Principal]:
        return await access.authenticate(tx, presented, door.clock())

    return Together(door.database, ask)


def bearer(request: Request) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


async def sign_in(request: Request) -> Call:
    """Who asks, by a look at the keys that others may share, and whether it is not one request
    too many.
    """
    presented = bearer(request)
    if not presented:  # nothing was guessed, so nothing is counted
        raise Unauthorised(Reason.KEY_INVALID)
    call = await recognised(request, presented)
    counted(request, call.principal)
    await overseen(call, asked_of(request))
    return call


def asked_of(request: Request) -> str:
    """What is asked for, in a line."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{request.method} {request.url.path}{query}"[:_ASKED_LONGEST]


async def overseen(call: Call, asked: str) -> None:
    """An authority is let in to the institutions of its own jurisdiction, and whatever it asks for
    stands in the audit trail before it is answered.
    """
    if Role.SUPERVISOR not in call.principal.roles:
        return
    door, authority = call.door, call.principal.subject or ""
    is_allowed = _PACKAGE in door.packages and supervision.supervises(
        door.node.rulebook, door.node.country, authority
    )
    if _PACKAGE in door.packages:
        said = Look(call.principal.id, authority, asked, is_allowed)
        await door.batcher.run(supervision.look, said)
    if not is_allowed:
        here = getattr(door.node, "country", door.role)
        raise Unauthorised(Reason.AUTHORITY_ELSEWHERE, authority=authority, jurisdiction=here)


async def recognised(request: Request, presented: str) -> Call:
    """Whose key this is; who guesses too often is not looked up any more."""
    limits = limits_of(request)
    limits.may_sign_in(request)
    try:
        return await _opened(request, presented)
    except Unauthorised as error:
        limits.sign_in_failed(request)
        door_of(request).witness.rejected[(error.reason.value,)] += 1
        raise


def counted(request: Request, principal: Principal) -> None:
    """One request more of somebody known: against the limit of the key, and noted as its use."""
    limits_of(request).request(request, principal)
    uses: Uses = request.app.state.uses
    uses.note(principal.key_id)


async def _opened(request: Request, presented: str) -> Call:
    door = door_of(request)
    keys: Together[str, Principal] = request.app.state.keys
    principal = await keys.find(presented)
    if principal is None:
        raise Unauthorised(Reason.KEY_INVALID)
    return Call(door, principal, door.clock())


async def still_valid(request: Request) -> bool:
    """Whether the key of a long request still opens."""
    try:
        await _opened(request, bearer(request))
    except Unauthorised:
        return False
    return True


async def once(request: Request, act: Callable[[Call], Awaitable[Response]]) -> Response:
    """Act on a request that changes things, or give the answer it was given before.

    What failed before anybody looked at it (a malformed body, a missing scope) or through no
    fault of the caller (5xx) is not kept: the same key may then be used for the request put right.
    """
    signed = await sign_in(request)
    key = _key(request)
    digest = _digest(request, await request.body())
    call = replace(signed, key=key, digest=digest)
    turns: Turns = request.app.state.turns
    async with turns.of(call.principal.id, key):
        return await _first_or_again(turns, call, act)


async def _first_or_again(
    turns: Turns, call: Call, act: Callable[[Call], Awaitable[Response]]
) -> Response:
    whose = (call.principal.id, call.key)
    before = await turns.begin(*whose, call.digest)
    if before is not None:
        return _replay(before)
    given: Answer | None = None
    try:
        async with turns.held(*whose):
            response = await act(call)
            if response.status_code in _KEPT:
                given = _answer(call, response)
                kept: Answer = await call.door.batcher.run(flow.remember, given)
                return response if kept.body == given.body else _replay(kept)
    finally:
        if given is None:
            await turns.release(*whose)
    return response


def _key(request: Request) -> str:
    key = request.headers.get(KEY_HEADER, "")
    if not key:
        raise Malformed(Reason.IDEMPOTENCY_KEY_MISSING, param=KEY_HEADER)
    if len(key) > _KEY_LONGEST or not (key.isascii() and key.isprintable()):
        raise Malformed(Reason.FIELD_INVALID, param=KEY_HEADER, value=key[:_KEY_LONGEST])
    return key


def _digest(request: Request, body: bytes) -> bytes:
    return hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).digest()


def _answer(call: Call, response: Response) -> Answer:
    return Answer(
        principal_id=call.principal.id,
        key=call.key,
        digest=call.digest,
        status=response.status_code,
        media_type=response.headers["content-type"],
        location=response.headers.get("location"),
        body=response.kept if isinstance(response, ShownOnce) else bytes(response.body),
    )


def _replay(answer: Answer) -> Response:
    headers = {"Idempotent-Replayed": "true"}
    if answer.location is not None:
        headers["Location"] = answer.location
    return Response(answer.body, answer.status, headers, answer.media_type)


# Dependencies are coroutines: FastAPI runs plain functions in threads, which costs more than
# all they do.
async def _current(request: Request) -> Call:
    call: Call = request.state.call
    return call


CurrentCall = Annotated[Call, Depends(_current)]


_KEY_SHOWN = HTTPBearer(scheme_name="key", auto_error=False)


def needs(scope: Scope) -> Callable[..., Coroutine[Any, Any, None]]:
    """A dependency: the caller's key carries the scope."""

    async def check(
        request: Request,
        _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_KEY_SHOWN)],
    ) -> None:
        access.require((await _current(request)).principal, scope)

    return check


def needs_any(scopes: Collection[Scope]) -> Callable[..., Coroutine[Any, Any, None]]:
    """A dependency: the caller's key carries one of the scopes; the flow says which is needed."""

    async def check(
        request: Request,
        _shown: Annotated[HTTPAuthorizationCredentials | None, Security(_KEY_SHOWN)],
    ) -> None:
        principal = (await _current(request)).principal
        if principal.scopes.isdisjoint(scopes):
            raise Unauthorised(Reason.KEY_SCOPE, scope=", ".join(sorted(scopes)))

    return check


async def keyed(
    _key: Annotated[
        str,
        Header(
            alias=KEY_HEADER,
            min_length=1,
            max_length=_KEY_LONGEST,
            json_schema_extra={"pattern": r"^[!-~]([ -~]*[!-~])?$"},
            description="The same key with the same request is answered as the first time.",
        ),
    ],
) -> None:
    """A dependency that documents what `once` reads."""
