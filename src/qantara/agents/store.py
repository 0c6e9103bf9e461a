"""Agents in the database."""

from collections.abc import Sequence

from qantara.agents.model import Agent, AgentState
from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId

_ALL = "SELECT * FROM agents.agent"


def _agent(row: Row) -> Agent:
    return Agent(
        id=row["id"],
        name=row["name"],
        district=row["district"],
        state=AgentState(row["state"]),
        customer_id=CustomerId(row["customer_id"]),
        account_id=AccountId(row["account_id"]),
        account_code=row["account_code"],
        registered_at=row["registered_at"],
    )


async def add(tx: Tx, agents: Sequence[Agent]) -> None:
    await tx.execute(
        "INSERT INTO agents.agent (id, name, district, state, customer_id, account_id,"
        " account_code, registered_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::timestamptz[])",
        [each.id for each in agents],
        [each.name for each in agents],
        [each.district for each in agents],
        [each.state.value for each in agents],
        [each.customer_id for each in agents],
        [each.account_id for each in agents],
        [each.account_code for each in agents],
        [each.registered_at for each in agents],
    )


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Agent]:
    rows = await tx.fetch(_ALL + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _agent(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Agent]:
    """Agents whose state must not change meanwhile."""
    rows = await tx.fetch(_ALL + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _agent(row) for row in rows}


async def everyone(tx: Tx, limit: int) -> list[Agent]:
    """Agents by district and name."""
    rows = await tx.fetch(_ALL + " ORDER BY district, name, id LIMIT $1", limit)
    return [_agent(row) for row in rows]


async def advance(tx: Tx, moves: Sequence[tuple[Agent, AgentState]]) -> None:
    """Move agents that are locked in this transaction."""
    await tx.execute(
        "UPDATE agents.agent a SET state = m.state"
        " FROM unnest($1::text[], $2::text[]) AS m(id, state) WHERE a.id = m.id",
        [agent.id for agent, _ in moves],
        [state.value for _, state in moves],
    )
