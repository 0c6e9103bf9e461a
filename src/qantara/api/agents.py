"""Agents: registered by two of the staff, suspended and closed by two, looked at by all."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from fastapi.responses import Response

from qantara.access.model import Action, Scope
from qantara.agents import flow
from qantara.agents.model import Agent, AgentEvent, AgentState, Till
from qantara.api import cash_shapes as shapes
from qantara.api.answers import documented, json
from qantara.api.proposals import proposed
from qantara.api.shapes import Proposal
from qantara.api.shapes import money as shown
from qantara.clock import to_text
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_accounts import own_account
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Conflict, NotFound, Reason

acts = APIRouter(
    prefix="/v1/agents",
    tags=["agents"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.PARTIES_WRITE))],
)
reads = APIRouter(
    prefix="/v1/agents",
    tags=["agents"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.PARTIES_READ))],
)
places = APIRouter(
    prefix="/v1/cash/agents",
    tags=["cash"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
PAGE = 1000


@acts.post("", status_code=201, responses=documented(Proposal, status=201))
async def register_agent(call: CurrentCall, said: Annotated[shapes.NewAgent, Body()]) -> Response:
    """Propose to make an agent of the customer who holds an account; another one approves."""
    async with call.door.database.read() as tx:
        account = await own_account(tx, call, said.account_id)
    payload = {
        "agent_id": call.new_id("agt"),
        "name": said.name,
        "district": said.district,
        "account_id": account.id,
    }
    return await proposed(call, Action.AGENT_REGISTER, payload)


@acts.post("/{agent_id}/suspend", status_code=201, responses=documented(Proposal, status=201))
async def suspend_agent(
    call: CurrentCall, agent_id: str, said: Annotated[shapes.AgentChange, Body()]
) -> Response:
    """Propose that an agent takes and pays out no cash; it may still draw its float."""
    return await _change(call, agent_id, Action.AGENT_SUSPEND, said.why)


@acts.post("/{agent_id}/resume", status_code=201, responses=documented(Proposal, status=201))
async def resume_agent(
    call: CurrentCall, agent_id: str, said: Annotated[shapes.AgentChange, Body()]
) -> Response:
    """Propose that a suspended agent serves again."""
    return await _change(call, agent_id, Action.AGENT_RESUME, said.why)


@acts.post("/{agent_id}/close", status_code=201, responses=documented(Proposal, status=201))
async def close_agent(
    call: CurrentCall, agent_id: str, said: Annotated[shapes.AgentChange, Body()]
) -> Response:
    """Propose to end an agent for ever, once its float and commission are drawn."""
    return await _change(call, agent_id, Action.AGENT_CLOSE, said.why)


_ENDS = {
    Action.AGENT_SUSPEND: (AgentEvent.SUSPEND, {AgentState.ACTIVE}),
    Action.AGENT_RESUME: (AgentEvent.RESUME, {AgentState.SUSPENDED}),
    Action.AGENT_CLOSE: (AgentEvent.CLOSE, {AgentState.ACTIVE, AgentState.SUSPENDED}),
}


async def _change(call: Call, agent_id: str, action: Action, why: str) -> Response:
    async with call.door.database.read() as tx:
        found = (await flow.agents(tx, [agent_id]))[0]
    if isinstance(found, NotFound):
        raise found
    event, states = _ENDS[action]
    if found.state not in states:
        raise Conflict(Reason.STATE_CONFLICT, id=found.id, state=found.state, event=event)
    return await proposed(call, action, {"agent_id": found.id, "why": why})


@reads.get("", responses=documented(shapes.AgentPage))
async def agents(call: CurrentCall) -> Response:
    """Every agent, by district and name, with what each has here."""
    async with call.door.database.read() as tx:
        found = await flow.everyone(tx, PAGE + 1)
        tills = await flow.tills_of(tx, call.door.node, found[:PAGE])
    page = [_shape(till) for till in tills]
    return json(shapes.AgentPage(page, has_more=len(found) > PAGE))


@reads.get("/{agent_id}", responses=documented(shapes.Agent))
async def one_agent(call: CurrentCall, agent_id: str) -> Response:
    """An agent as it stands."""
    async with call.door.database.read() as tx:
        found = (await flow.agents(tx, [agent_id]))[0]
        if isinstance(found, NotFound):
            raise found
        till = (await flow.tills_of(tx, call.door.node, [found]))[0]
    return json(_shape(till))


@places.get("", responses=documented(shapes.AgentPlacePage))
async def places_for_cash(call: CurrentCall) -> Response:
    """Where cash is taken and paid out now, by district and name."""
    async with call.door.database.read() as tx:
        found = await flow.everyone(tx, PAGE + 1)
    page = [place(each) for each in found[:PAGE] if each.state is AgentState.ACTIVE]
    return json(shapes.AgentPlacePage(page, has_more=len(found) > PAGE))


def place(agent: Agent) -> shapes.AgentPlace:
    return shapes.AgentPlace(agent.id, agent.name, agent.district)


def _shape(till: Till) -> shapes.Agent:
    agent = till.agent
    return shapes.Agent(
        id=agent.id,
        name=agent.name,
        district=agent.district,
        state=agent.state.value,
        customer_id=agent.customer_id,
        account_id=agent.account_id,
        float=shown(till.float),
        commission=shown(till.commission),
        registered_at=to_text(agent.registered_at),
    )
