"""A payment system's operator: who takes part, where everybody's money stands, the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from qantara.access.model import Action, Scope
from qantara.api import proposals, shapes
from qantara.api.answers import created, documented, json
from qantara.api.shapes import Moment
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.money import Money
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Alias, Cycle, CycleReport, IpsNode, Membership, Standing

reads = APIRouter(
    prefix="/v1/scheme",
    tags=["scheme"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.SCHEME_READ))],
)
acts = APIRouter(
    prefix="/v1/scheme",
    tags=["scheme"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.SCHEME_OPERATE))],
)
PAGE = 100


class NewSuspension(shapes.Request):
    """Why a participant shall be stopped, or let in again."""

    why: str = Field(min_length=1, max_length=400)


@dataclass(frozen=True, slots=True)
class ParticipantShown:
    """`suspended_at` and `why` stand while it is stopped."""

    role: str
    bic: str
    kinds: list[str]
    suspended_at: Moment | None
    why: str | None


@dataclass(frozen=True, slots=True)
class ParticipantPage:
    data: list[ParticipantShown]
    has_more: bool


@dataclass(frozen=True, slots=True)
class PositionShown:
    """`settlement` is central-bank money. `net` is the position that the next cycle settles and
    `floor` how far it may fall; both None in a gross system. `reserved` may still leave.
    """

    role: str
    currency: str
    settlement: shapes.Amount
    net: shapes.Amount | None
    reserved: shapes.Amount
    floor: shapes.Amount | None


@dataclass(frozen=True, slots=True)
class PositionPage:
    data: list[PositionShown]
    has_more: bool


@dataclass(frozen=True, slots=True)
class NetShown:
    role: str
    amount: shapes.Amount


@dataclass(frozen=True, slots=True)
class CycleShown:
    """What a cycle settled; `total` is the sum of the positive positions."""

    id: str
    total: shapes.Money
    positions: list[NetShown]
    settled_at: Moment


@dataclass(frozen=True, slots=True)
class CyclePage:
    data: list[CycleShown]
    has_more: bool


@dataclass(frozen=True, slots=True)
class EntryShown:
    """An alias and what stands behind it."""

    alias_type: str
    alias: str
    account: str
    agent_bic: str
    name: str
    country: shapes.Country
    town: str


@dataclass(frozen=True, slots=True)
class EntryPage:
    data: list[EntryShown]
    has_more: bool


@reads.get("/participants", responses=documented(ParticipantPage))
async def participants(call: CurrentCall) -> Response:
    """Every participant, and who is suspended."""
    async with call.door.database.read() as tx:
        found = await ips.participants(tx, call.door.node)
    return json(ParticipantPage([_participant(each) for each in found], has_more=False))


def _participant(member: Membership) -> ParticipantShown:
    return ParticipantShown(
        role=member.role,
        bic=member.bic,
        kinds=[kind.value for kind in member.kinds],
        suspended_at=None if member.suspended_at is None else to_text(member.suspended_at),
        why=member.why,
    )


@acts.post(
    "/participants/{role}/suspend",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def suspend(call: CurrentCall, role: str, said: Annotated[NewSuspension, Body()]) -> Response:
    """Propose to stop a participant: nothing new from or to it would be carried."""
    return await _proposed(call, role, Action.PARTICIPANT_SUSPEND, said)


@acts.post(
    "/participants/{role}/resume",
    status_code=201,
    responses=documented(shapes.Proposal, status=201),
)
async def resume(call: CurrentCall, role: str, said: Annotated[NewSuspension, Body()]) -> Response:
    """Propose to let a participant in again."""
    return await _proposed(call, role, Action.PARTICIPANT_RESUME, said)


async def _proposed(call: Call, role: str, action: Action, said: NewSuspension) -> Response:
    node: IpsNode = call.door.node
    if role not in node.roles:
        raise NotFound(Reason.INSTITUTION_UNKNOWN, institution=role)
    return await proposals.proposed(call, action, {"role": role, "why": said.why})


@reads.get("/positions", responses=documented(PositionPage))
async def positions(call: CurrentCall) -> Response:
    """Everybody's money in this system, at one moment."""
    node: IpsNode = call.door.node
    async with call.door.database.read() as tx:
        found = await ips.positions(tx, node)
    return json(PositionPage([_position(node, each) for each in found], has_more=False))


def _position(node: IpsNode, standing: Standing) -> PositionShown:
    def text(minor: int) -> str:
        return str(Money(minor, node.asset))

    return PositionShown(
        role=standing.role,
        currency=node.asset.code,
        settlement=text(standing.settlement),
        net=None if standing.net is None else text(standing.net),
        reserved=text(standing.reserved),
        floor=None if standing.floor is None else text(standing.floor),
    )


@reads.get("/cycles", responses=documented(CyclePage))
async def cycles(
    call: CurrentCall,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Settlement cycles, the newest first; a gross system has none."""
    async with call.door.database.read() as tx:
        found = await ips.cycles(tx, starting_after, limit + 1)
    shown = [_cycle(each) for each in found[:limit]]
    return json(CyclePage(shown, has_more=len(found) > limit))


@acts.post("/cycles", status_code=201, responses=documented(CycleShown, status=201))
async def settle_now(request: Request, call: CurrentCall) -> Response:
    """Settle the net positions now."""
    outcome: CycleReport | Refused = await call.door.batcher.run(
        ips.settle_cycle, Cycle(call.new_id("cyc"))
    )
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_cycle(outcome), f"/v1/scheme/cycles?starting_after={outcome.id}")


def _cycle(report: CycleReport) -> CycleShown:
    asset = report.total.asset
    return CycleShown(
        id=report.id,
        total=shapes.money(report.total),
        positions=[NetShown(each.role, str(Money(each.net, asset))) for each in report.positions],
        settled_at=to_text(report.settled_at),
    )


@reads.get("/directory", responses=documented(EntryPage))
async def directory(
    call: CurrentCall,
    starting_after: Annotated[
        str | None, Query(max_length=300, description="The last entry seen, as `TYPE:alias`.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Entries of the alias directory, in the order of their aliases."""
    kind, colon, value = (starting_after or ":").partition(":")
    if not colon:
        raise Malformed(Reason.CURSOR_MALFORMED, param="starting_after", value=kind)
    async with call.door.database.read() as tx:
        found: Sequence[Alias] = await ips.directory(tx, (kind, value), limit + 1)
    shown = [_entry(each) for each in found[:limit]]
    return json(EntryPage(shown, has_more=len(found) > limit))


def _entry(alias: Alias) -> EntryShown:
    return EntryShown(
        alias_type=alias.proxy.type,
        alias=alias.proxy.value,
        account=alias.account.number or "",
        agent_bic=alias.agent,
        name=alias.name,
        country=alias.country,
        town=alias.town,
    )


doors = (reads, acts, proposals.decisions, proposals.reads)
