"""What commands of staff share: signing in at an institution of the world, acts of two people."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from rich.text import Text

from qantara import settings
from qantara.cli.show import as_json_line, err, out
from qantara.client import AsyncClient
from qantara.client.calls import Call, get, part, post
from qantara.client.model import Page
from qantara.errors import NotFound, Reason, Unavailable
from qantara.world import worlds

Key = Callable[[worlds.Folder], str]
"""The name of the key that somebody signs in with, as this world keeps it."""


class Proposal(msgspec.Struct, frozen=True):
    id: str
    action: str
    state: str
    payload: dict[str, Any]
    proposed_by: str
    decided_by: str | None = None


@asynccontextmanager
async def signed_in(role: str, key: Key, *, as_json: bool) -> AsyncIterator[AsyncClient]:
    """Somebody of an institution, at the running world, else at one started for this."""
    chosen = settings.load()
    place = worlds.chosen(chosen)

    def progress(text: str) -> None:
        if not as_json:
            err.print(f"[dim]· {text}[/dim]")

    async with worlds.joined(chosen, place, progress) as addresses:
        found = place.read_keys().get(role, {}).get(key(place))
        if role not in addresses or found is None:
            told = f"the world {place.name} has no such institution or key"
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=role, detail=told)
        async with AsyncClient(addresses[role], found) as client:
            yield client


async def approval(client: AsyncClient, action: str, about: str, subject: str) -> Call[Proposal]:
    """The approval of what the first person proposed; `about` names the subject in its payload."""
    waiting = await client.do(get("/v1/proposals", Page[Proposal]))
    for each in waiting.data:
        if each.action == action and each.payload.get(about) == subject:
            return post(f"/v1/proposals/{part(each.id)}/approve", Proposal, {}, None)
    raise NotFound(Reason.APPROVAL_NOT_FOUND, id=subject)


def tell(done: Proposal, about: str, *, as_json: bool) -> None:
    """What became of a proposal."""
    if as_json:
        as_json_line(done)
        return
    told = "done" if done.state == "approved" else "waits for a second person: --approve"
    out.print(Text(f"{done.action} {done.payload[about]}: {done.state}, {told}"))
