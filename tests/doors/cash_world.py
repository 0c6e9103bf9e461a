"""An institution with an agent: a shop that is itself a customer, holds 1,000.00 and has put
600.00 into its float.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
from door_nodes import customer, institution
from door_world import World, opened, settle
from msgspec.structs import replace

from qantara.access.model import Role
from qantara.agents import flow
from qantara.db import Server
from qantara.domestic import flow as domestic
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass
from qantara.money import MYR, Money
from qantara.policy.model import Tariff

PHONE = "+60122000001"


def tariff(per_thousand: str, minimum: int) -> Tariff:
    return Tariff(Decimal(per_thousand), Money(minimum, MYR))


NODE = replace(
    institution(),
    cash_prices={"withdrawal": tariff("5", 1_00), "pickup": tariff("10", 2_00)},
    cash_commissions={
        "deposit": tariff("2", 20),
        "withdrawal": tariff("3", 30),
        "pickup": tariff("4", 50),
    },
)
IDENTITY = "050305-14-0001"
"""Of Aisha."""
RECIPIENT = {
    "name": "Chong Wei Contoh",
    "phone": "+60123456789",
    "identity_type": "passport",
    "identity_number": "MYA1234567",
}


class Cash:
    """The world, with the agent's calls and a look at the book."""

    def __init__(self, world: World, agent_id: str) -> None:
        self.world, self.agent_id = world, agent_id
        self.post, self.get = world.post, world.get

    async def balances(self) -> dict[str, int]:
        async with self.world.my.door.database.read() as tx:
            return {p.code: p.balance for p in await ledger.positions(tx) if p.balance}

    async def audit(self) -> None:
        """E-money is covered to the unit, nothing rests in clearing, the book re-adds."""
        sums: Counter[AccountClass] = Counter()
        async with self.world.my.door.database.read() as tx:
            for each in await ledger.positions(tx):
                sums[each.account_class] += each.balance
                if each.account_class is AccountClass.CLEARING:
                    assert each.balance == 0, each
            report = await ledger.verify_book(tx)
        assert sums[AccountClass.E_MONEY] + sums[AccountClass.SAFEGUARDED] == 0
        assert sum(sums.values()) == 0
        assert report.clean, report.first

    async def withdrawal(self, amount: str = "100.00", **other: Any) -> dict[str, Any]:
        body = {"account_id": "acc_aisha", "amount": amount, "currency": "MYR"}
        return self._made(await self.post("/v1/cash/withdrawals", body, **other))

    async def pickup(self, amount: str = "100.00", **other: Any) -> dict[str, Any]:
        body = {"account_id": "acc_aisha", "amount": amount, "currency": "MYR"}
        body |= {"recipient": RECIPIENT}  # type: ignore[dict-item]
        return self._made(await self.post("/v1/cash/pickups", body, **other))

    def _made(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return dict(answer.json())

    async def redeem(
        self,
        order: dict[str, Any],
        identity: str = IDENTITY,
        code: str | None = None,
        **other: Any,
    ) -> httpx.Response:
        body = {
            "reference": order["reference"],
            "code": code or order["code"],
            "identity": identity,
        }
        return await self.post("/v1/cash/payouts", body, "agent", **other)

    async def till(self) -> tuple[str, str]:
        said = (await self.get("/v1/cash/till", "agent")).json()
        return said["float"]["amount"], said["commission"]["amount"]


def wrong(code: str) -> str:
    """Another code of the same form."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


@asynccontextmanager
async def with_agent(server: Server) -> AsyncIterator[Cash]:
    async with opened(server, NODE) as world:
        await world.my.do(domestic.open_books, None)
        await world.my.do(flow.open_books, None)
        await world.my.do(settle, [customer("Kedai", 3)])
        for name in ("ops", "ops-second"):
            world.keys[name] = await world.my.key(name, Role.OPERATIONS, None)
        body = {"name": "Kedai Contoh", "district": "Kampung Contoh", "account_id": "acc_kedai"}
        made = await world.post("/v1/agents", body, "ops")
        assert made.status_code == httpx.codes.CREATED, made.text
        path = f"/v1/proposals/{made.json()['id']}/approve"
        done = await world.post(path, {}, "ops-second")
        assert done.status_code == httpx.codes.OK, done.text
        agent_id = made.json()["payload"]["agent_id"]
        world.keys["agent"] = await world.my.key("agent", Role.AGENT, agent_id)
        cash = Cash(world, agent_id)
        fund = {"move": "fund", "amount": "600.00", "currency": "MYR"}
        filled = await world.post("/v1/cash/till/moves", fund, "agent")
        assert filled.status_code == httpx.codes.OK, filled.text
        yield cash
