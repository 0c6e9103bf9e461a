"""`qantara agents`: who takes and pays out cash here, and the two people who decide it.

Signed in as operations of the example world: the first proposes, the second approves.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from qantara import settings
from qantara.cli.show import as_json_line, err, money, out
from qantara.client import AsyncClient
from qantara.client.calls import Call, get, part, post
from qantara.client.model import Money, Page
from qantara.errors import Malformed, NotFound, Reason, Unavailable
from qantara.world import worlds

FIRST, SECOND = "operations", "operations-second"
LIST, REGISTER, SUSPEND, RESUME, CLOSE = "list", "register", "suspend", "resume", "close"


class Agent(msgspec.Struct, frozen=True):
    """An agent as the API answers it; fields this version does not know are passed over."""

    id: str
    name: str
    district: str
    state: str
    account_id: str
    float: Money
    commission: Money


class Proposal(msgspec.Struct, frozen=True):
    id: str
    action: str
    state: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """The command and its options as they were given; `subject` is an agent's id, or for
    `register` the account of who shall be one.
    """

    act: str = LIST
    role: str = "my"
    subject: str = ""
    name: str | None = None
    district: str | None = None
    why: str | None = None
    approve: bool = False


async def run(wish: Wish, *, as_json: bool) -> int:
    async with _signed_in(wish, as_json=as_json) as client:
        if wish.act == LIST:
            page = await client.do(get("/v1/agents", Page[Agent]))
            if as_json:
                as_json_line(page)
            else:
                out.print(_table(page))
            return 0
        done = await client.do(await _approval(client, wish) if wish.approve else _proposal(wish))
    if as_json:
        as_json_line(done)
    else:
        told = "done" if done.state == "approved" else "waits for a second person: --approve"
        out.print(Text(f"{done.action} {done.payload['agent_id']}: {done.state}, {told}"))
    return 0


@asynccontextmanager
async def _signed_in(wish: Wish, *, as_json: bool) -> AsyncIterator[AsyncClient]:
    """The one or the other of the staff, at the running world, else at one started for this."""
    chosen = settings.load()
    place = worlds.chosen(chosen)

    def progress(text: str) -> None:
        if not as_json:
            err.print(f"[dim]· {text}[/dim]")

    async with worlds.joined(chosen, place, progress) as addresses:
        keys = place.read_keys().get(wish.role, {})
        key = keys.get(SECOND if wish.approve else FIRST)
        if wish.role not in addresses or key is None:
            told = f"the world {place.name} runs no such institution"
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=wish.role, detail=told)
        async with AsyncClient(addresses[wish.role], key) as client:
            yield client


def _proposal(wish: Wish) -> Call[Proposal]:
    if wish.act == REGISTER:
        if wish.name is None or wish.district is None:
            raise Malformed(Reason.FIELD_MISSING, param="--name and --district")
        body = {"name": wish.name, "district": wish.district, "account_id": wish.subject}
        return post("/v1/agents", Proposal, body, None)
    if wish.why is None:
        raise Malformed(Reason.FIELD_MISSING, param="--why")
    path = f"/v1/agents/{part(wish.subject)}/{wish.act}"
    return post(path, Proposal, {"why": wish.why}, None)


async def _approval(client: AsyncClient, wish: Wish) -> Call[Proposal]:
    """The approval of what the first person proposed about this agent or account."""
    about = "account_id" if wish.act == REGISTER else "agent_id"
    waiting = await client.do(get("/v1/proposals", Page[Proposal]))
    for each in waiting.data:
        same = each.payload.get(about) == wish.subject
        if same and each.action == f"agent_{wish.act}":
            return post(f"/v1/proposals/{part(each.id)}/approve", Proposal, {}, None)
    raise NotFound(Reason.APPROVAL_NOT_FOUND, id=wish.subject)


def _table(page: Page[Agent]) -> Table:
    table = Table(box=None, header_style="dim")
    for name in ("agent", "name", "district", "state"):
        table.add_column(name, overflow="fold")
    for name in ("float", "commission"):
        table.add_column(name, justify="right")
    for each in page.data:
        amounts = (money(each.float), money(each.commission))
        table.add_row(each.id, Text(each.name), Text(each.district), each.state, *amounts)
    return table
