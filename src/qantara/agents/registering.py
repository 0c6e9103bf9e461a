"""Agents: registered, suspended, closed; what they put into their tills and take out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.agents import rules, store
from qantara.agents.commands import MoveAgent, MoveFloat, Register
from qantara.agents.model import (
    AGENT_TRANSITIONS,
    Agent,
    AgentState,
    Member,
    Till,
)
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding


async def register(
    tx: Tx, node: Member, commands: Sequence[Register], now: datetime
) -> list[Agent | Refused | Conflict | NotFound]:
    """Make agents, each with a float and a commission account, both e-money and empty.

    The same wish again gives the same agent, another one under its id a `Conflict`.
    """
    before = await store.by_ids(tx, [each.id for each in commands])
    holdings = await parties.accounts(tx, [each.account_id for each in commands])
    new: dict[str, Agent] = {}
    outcomes: list[Agent | Refused | Conflict | NotFound] = []
    for each, holding in zip(commands, holdings, strict=True):
        stands = before.get(each.id) or new.get(each.id)
        if stands is not None:
            same = _wish(stands) == each
            outcomes.append(stands if same else Conflict(Reason.ID_REUSED, id=each.id))
        elif isinstance(holding, QantaraError):
            outcomes.append(holding)
        elif holding.account.state is not AccountState.OPEN:
            outcomes.append(Refused(Reason.ACCOUNT_CLOSED))
        elif holding.account.currency != node.asset:
            outcomes.append(Refused(Reason.CURRENCY_MISMATCH, facts={"currency": node.asset.code}))
        else:
            new[each.id] = _agent(each, holding, now)
            outcomes.append(new[each.id])
    if new:
        await store.add(tx, list(new.values()))
        await _open(tx, node, list(new.values()), now)
    return outcomes


def _wish(agent: Agent) -> Register:
    return Register(agent.id, agent.name, agent.district, agent.account_id)


def _agent(said: Register, holding: Holding, now: datetime) -> Agent:
    return Agent(
        id=said.id,
        name=said.name,
        district=said.district,
        state=AgentState.ACTIVE,
        customer_id=holding.customer.id,
        account_id=holding.account.id,
        account_code=holding.account.ledger_code,
        registered_at=now,
    )


async def _open(tx: Tx, node: Member, agents: Sequence[Agent], now: datetime) -> None:
    codes = [code for each in agents for code in (each.float_code, each.commission_code)]
    terms = [NewAccount(code, node.asset, AccountClass.E_MONEY, floor=0) for code in codes]
    for outcome in await ledger.open_accounts(tx, terms, now):
        if isinstance(outcome, Conflict):
            raise outcome


async def move_agents(
    tx: Tx, _node: Member, commands: Sequence[MoveAgent], now: datetime
) -> list[Agent | Conflict | NotFound]:
    """Suspend, resume or close agents. Only an empty till is closed, and then for ever; anything
    else is a `Conflict`, which is raised: staff's acts come one by one.
    """
    found = await store.lock(tx, [each.agent_id for each in commands])
    moves: list[tuple[Agent, AgentState]] = []
    outcomes: list[Agent | Conflict | NotFound] = []
    for each in commands:
        agent = found.get(each.agent_id)
        if agent is None:
            outcomes.append(NotFound(Reason.AGENT_NOT_FOUND, id=each.agent_id))
            continue
        after = AGENT_TRANSITIONS.get((agent.state, each.event))
        if after is None:
            outcomes.append(
                Conflict(Reason.STATE_CONFLICT, id=agent.id, state=agent.state, event=each.event)
            )
            continue
        if after is AgentState.CLOSED:
            await ledger.close(tx, agent.float_code, each.by, now)
            await ledger.close(tx, agent.commission_code, each.by, now)
        found[agent.id] = replace(agent, state=after)
        moves.append((agent, after))
        outcomes.append(found[agent.id])
    await store.advance(tx, moves)
    return outcomes


async def move_float(
    tx: Tx, node: Member, commands: Sequence[MoveFloat], now: datetime
) -> list[Till | Refused | NotFound]:
    """Fill floats out of the agents' own accounts, and draw floats and commissions into them.

    The same command again moves nothing more. A suspended agent may draw, and not fill.
    """
    found = await store.by_ids(tx, [each.agent_id for each in commands])
    objections = {place: _objection(node, each, found) for place, each in enumerate(commands)}
    able = [place for place, objection in objections.items() if objection is None]
    posted = await ledger.post(
        tx,
        [rules.float_booking(commands[n], found[commands[n].agent_id], now) for n in able],
        now,
    )
    refusals = {place: outcome.refusal for place, outcome in zip(able, posted, strict=True)}
    tills = {each.agent.id: each for each in await tills_of(tx, node, list(found.values()))}
    return [
        objections[place] or refusals[place] or tills[each.agent_id]
        for place, each in enumerate(commands)
    ]


def _objection(
    node: Member, said: MoveFloat, found: Mapping[str, Agent]
) -> Refused | NotFound | None:
    agent = found.get(said.agent_id)
    if agent is None:
        return NotFound(Reason.AGENT_NOT_FOUND, id=said.agent_id)
    fills = said.move is said.move.FUND
    return rules.amount_objection(node, said.amount) or (
        rules.agent_objection(agent) if fills else None
    )


async def tills_of(tx: Tx, node: Member, agents: Sequence[Agent]) -> list[Till]:
    """What agents have here, all at one moment."""
    floats = await ledger.balances(tx, [each.float_code for each in agents])
    earned = await ledger.balances(tx, [each.commission_code for each in agents])
    return [
        Till(agent, Money(held.posted, node.asset), Money(gained.posted, node.asset))
        for agent, held, gained in zip(agents, floats, earned, strict=True)
    ]
