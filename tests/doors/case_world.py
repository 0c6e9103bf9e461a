"""The whole demo in one process, and staff of both institutions and of the desk at its doors."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx

from qantara.access.model import PrincipalKind, Role
from qantara.client import AsyncClient, Order, Payee, plans
from qantara.clock import utc_now
from qantara.db import Server, events
from qantara.edge.subjects import known
from qantara.host.runtime import Runtime
from qantara.settings import Settings
from qantara.world import seeding, setup, worlds

RETURN_FEE = "50.00"
PATIENCE_SECONDS = 20
_BIC = 'bic = "RAVIPKK0"\n'


@dataclass
class Caller:
    """One key at one door."""

    client: httpx.AsyncClient
    key: str

    async def get(self, path: str) -> dict[str, Any]:
        answer = await self.client.get(path, headers=self._headers())
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json())

    async def post(self, path: str, body: Any) -> httpx.Response:
        headers = self._headers() | {"idempotency-key": uuid.uuid4().hex}
        return await self.client.post(path, json=body, headers=headers)

    async def done(self, path: str, body: Any) -> dict[str, Any]:
        answer = await self.post(path, body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@dataclass
class Corridor:
    """`my` and `pk` are two of staff each; `sender` is a customer in Kuala Lumpur."""

    runtime: Runtime
    my: tuple[Caller, Caller]
    pk: tuple[Caller, Caller]
    desk: Caller
    sender: Caller
    account_id: str
    payee: Payee
    payee_account_id: str

    async def paid(self, amount: str = "500.00") -> dict[str, Any]:
        """A completed remittance to Lahore."""
        async with AsyncClient(self.runtime.addresses["my"], self.sender.key) as client:
            order = Order(self.account_id, self.payee, amount, "MYR", purpose="FAMI")
            done = (await client.run(plans.pay(order))).remittance
        assert done.state == "completed", done
        await self.quiet()
        return await self.sender.get(f"/v1/remittances/{done.id}")

    async def until(
        self, look: Callable[[], Awaitable[dict[str, Any]]], **wanted: object
    ) -> dict[str, Any]:
        """What is looked at, once it is as wanted."""
        found: dict[str, Any] = {}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted.items() <= found.items():
                found = await look()
                await asyncio.sleep(0.02)
        return found

    async def case(self, staff: Caller, case_id: str, **wanted: object) -> dict[str, Any]:
        """A case, once it is there as wanted."""

        async def look() -> dict[str, Any]:
            answer = await staff.client.get(
                f"/v1/cases/{case_id}", headers={"authorization": f"Bearer {staff.key}"}
            )
            return dict(answer.json()) if answer.is_success else {}

        return await self.until(look, **wanted)

    async def approved(self, case_id: str, **how: str) -> None:
        """Lahore says yes, with four eyes."""
        maker, checker = self.pk
        proposal = await maker.done(f"/v1/cases/{case_id}/accept", how)
        assert proposal["action"] == "case_return"
        await checker.done(f"/v1/proposals/{proposal['id']}/approve", {})

    async def quiet(self) -> None:
        await worlds.quiet(self.runtime)

    async def books(self, role: str) -> dict[str, int]:
        async with self.runtime.roles[role].database.read() as tx:
            rows = await tx.fetch("SELECT code, balance FROM ledger.account")
        return {row["code"]: int(row["balance"]) for row in rows}

    async def notices(self, subject: str) -> str:
        """The type of the last event that the customer in Kuala Lumpur is told of."""
        async with self.runtime.roles["my"].database.read() as tx:
            told = await known(tx, await events.of(tx, subject))
        return told[-1].type

    async def balanced(self) -> bool:
        await self.quiet()
        return (await worlds.read_books(self.runtime)).balanced


@asynccontextmanager
async def opened(server: Server, home: Path) -> AsyncIterator[Corridor]:
    """The demo's world, in which Lahore keeps a fee for the trouble of giving back."""
    settings = Settings(home, server.url, 18, 60)
    place = worlds.folder(settings, f"case{uuid.uuid4().hex[:10]}")
    text = (files("qantara.world") / "demo.toml").read_text()
    assert text.count(_BIC) == 1
    place.path.mkdir(parents=True)
    place.config.write_text(text.replace(_BIC, f'{_BIC}return_fee = "{RETURN_FEE}"\n'))
    await server.prepare()
    try:
        async with (
            worlds.started(server, place, lambda _: None) as runtime,
            AsyncExitStack() as stack,
        ):
            yield await _corridor(runtime, stack)
    finally:
        await worlds.erase(server, place)


async def _corridor(runtime: Runtime, stack: AsyncExitStack) -> Corridor:
    on, rulebook = utc_now().date(), runtime.world.rulebook
    sender = setup.residents("MY", rulebook, on)[2]
    payee = setup.residents("PK", rulebook, on)[3]

    async def called(door: str, role: Role, name: str, subject: str) -> Caller:
        kind = PrincipalKind.CLIENT_APP if role is Role.CUSTOMER else PrincipalKind.PERSON
        holder = (role, kind, name, subject)
        key = await runtime.roles[door].batcher.run(seeding.issue_key, holder)
        client = httpx.AsyncClient(base_url=runtime.addresses[door])
        return Caller(await stack.enter_async_context(client), key)

    async def staff(door: str) -> tuple[Caller, Caller]:
        made = [await called(door, Role.OPERATIONS, name, name) for name in ("maker", "checker")]
        return made[0], made[1]

    return Corridor(
        runtime=runtime,
        my=await staff("my"),
        pk=await staff("pk"),
        desk=await called("nexus", Role.OPERATOR, "desk", "desk"),
        sender=await called("my", Role.CUSTOMER, sender.name, sender.customer.id),
        account_id=sender.account.id,
        payee=Payee("PK", "MBNO", payee.customer.phone or ""),
        payee_account_id=payee.account.id,
    )
