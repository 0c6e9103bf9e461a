"""The whole corridor in one process, on real databases, with one customer on either side."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from qantara.access.model import PrincipalKind, Role
from qantara.client import AsyncClient, Order, Payee, calls, plans
from qantara.client.model import Remittance
from qantara.clock import utc_now
from qantara.db import Server
from qantara.host import config, tls
from qantara.host.runtime import Runtime
from qantara.host.tls import Identity
from qantara.world import seeding, setup, worlds
from qantara.world.people import Resident

PAYER, PAYEE = 3, 4


@dataclass
class World:
    runtime: Runtime
    server: Server
    payer: Resident
    payee: Resident
    key: str
    keys: dict[str, dict[str, str]]

    @property
    def address(self) -> str:
        return self.runtime.addresses["my"]

    def client(self) -> AsyncClient:
        return AsyncClient(self.address, self.key)

    async def pay(self, amount: str, name: str) -> Remittance:
        """A payment to its end, and until nothing of it is on its way."""
        payee = Payee("PK", "MBNO", self.payee.customer.phone or "")
        order = Order(self.payer.account.id, payee, amount, "MYR", purpose="FAMI")
        async with self.client() as client:
            done = (await client.run(plans.pay(order, name))).remittance
            await worlds.quiet(self.runtime)
            return await client.do(calls.remittance(done.id))

    async def get(self, role: str, path: str, key: str = "", **headers: str) -> httpx.Response:
        said = headers | ({"authorization": f"Bearer {key}"} if key else {})
        async with httpx.AsyncClient(base_url=self.runtime.addresses[role]) as client:
            return await client.get(path, headers=said)

    async def staff_key(self, role: str, act: Role) -> str:
        name = f"scraper{uuid4().hex[:6]}"
        holder = (act, PrincipalKind.CLIENT_APP, name, name)
        return str(await self.runtime.roles[role].batcher.run(seeding.issue_key, holder))


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[World]:
    file = Path(str(files("qantara.world") / "demo.toml"))
    spec = config.read(file, f"tel{uuid4().hex[:8]}")
    folder = tempfile.TemporaryDirectory()
    tls.issue(Path(folder.name), spec.roles, utc_now())
    runtime = Runtime(spec, partial(Identity.within, Path(folder.name)))
    try:
        await server.prepare()
        await runtime.prepare(server, list(spec.roles), utc_now)
        keys = await setup.populate(runtime)
        await runtime.connect(keys)
        await setup.begin(runtime)
        await runtime.listen()
        on = utc_now().date()
        payer = setup.residents("MY", spec.rulebook, on)[PAYER]
        payee = setup.residents("PK", spec.rulebook, on)[PAYEE]
        holder: Any = (Role.CUSTOMER, PrincipalKind.CLIENT_APP, "app", payer.customer.id)
        key = await runtime.roles["my"].batcher.run(seeding.issue_key, holder)
        yield World(runtime, server, payer, payee, key, keys)
    finally:
        await runtime.stop()
        folder.cleanup()
        for role in spec.roles:
            await server.drop(spec.database(role))
