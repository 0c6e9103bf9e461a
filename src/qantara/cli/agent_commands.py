"""`qantara agents ...`: the commands about agents and their options."""

from typing import TYPE_CHECKING, Annotated

import typer

from qantara.cli.show import guarded
from qantara.later import Later

if TYPE_CHECKING:
    from qantara.cli import agents
else:
    agents = Later("qantara.cli.agents")

app = typer.Typer(help="Who takes and pays out cash.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Institution = Annotated[str, typer.Option("--role", help="The institution.")]
Agent = Annotated[str, typer.Argument(help="The agent's id, as the list tells it.")]
Why = Annotated[str | None, typer.Option(help="Why; kept with the proposal.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="As the second person: approve what the first proposed.")
]


@app.command("list")
def agents_list(role: Institution = "my", *, as_json: Json = False) -> None:
    """Agents by district, each with its float and commission."""
    guarded(agents.run(agents.Wish(role=role), as_json=as_json), as_json=as_json)


@app.command()
def register(
    account: Annotated[str, typer.Argument(help="The account of who shall be an agent.")],
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    district: Annotated[str | None, typer.Option(help="Where it is.")] = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose to make an agent of a customer, or approve that."""
    wish = agents.Wish(agents.REGISTER, role, account, name, district, None, approve)
    guarded(agents.run(wish, as_json=as_json), as_json=as_json)


@app.command()
def suspend(
    agent: Agent,
    why: Why = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose that an agent serves nobody for now, or approve that."""
    wish = agents.Wish(agents.SUSPEND, role, agent, why=why, approve=approve)
    guarded(agents.run(wish, as_json=as_json), as_json=as_json)


@app.command()
def resume(
    agent: Agent,
    why: Why = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose that a suspended agent serves again, or approve that."""
    wish = agents.Wish(agents.RESUME, role, agent, why=why, approve=approve)
    guarded(agents.run(wish, as_json=as_json), as_json=as_json)


@app.command()
def close(
    agent: Agent,
    why: Why = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose to end an agent whose till is empty, or approve that."""
    wish = agents.Wish(agents.CLOSE, role, agent, why=why, approve=approve)
    guarded(agents.run(wish, as_json=as_json), as_json=as_json)
