"""`qantara agents`: who takes and pays out cash here, and the two people who decide it.

Signed in as operations of the example world: the first proposes, the second approves.
"""

from dataclasses import dataclass

import msgspec
from rich.table import Table
from rich.text import Text

from qantara.cli.show import as_json_line, money, out
from qantara.cli.staff import Proposal, approval, signed_in, tell
from qantara.client.calls import Call, get, part, post
from qantara.client.model import Money, Page
from qantara.errors import Malformed, Reason

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
    key = SECOND if wish.approve else FIRST
    async with signed_in(wish.role, lambda _: key, as_json=as_json) as client:
        if wish.act == LIST:
            page = await client.do(get("/v1/agents", Page[Agent]))
            if as_json:
                as_json_line(page)
            else:
                out.print(_table(page))
            return 0
        about = "account_id" if wish.act == REGISTER else "agent_id"
        proposed = _proposal(wish) if not wish.approve else None
        done = await client.do(
            proposed or await approval(client, f"agent_{wish.act}", about, wish.subject)
        )
    tell(done, "agent_id", as_json=as_json)
    return 0


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
