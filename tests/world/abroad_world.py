"""The world with six countries more, and a customer who scans what merchants there show."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from qantara.client import AsyncClient, Order, Payee, calls, plans
from qantara.client.model import Paid
from qantara.db import Server
from qantara.host.runtime import Runtime
from qantara.ledger import flow as ledger
from qantara.money import Money
from qantara.world import abroad, worlds
from qantara.world.abroad import Merchant
from qantara.world.audit import audit
from qantara.world.worlds import Folder

PURPOSE = "GDDS"
_PORT = re.compile(r"^port = [0-9]+\n", re.MULTILINE)


@dataclass(frozen=True)
class Abroad:
    """The world as it runs; `at` names the wallet's institution, whose person pays."""

    server: Server
    place: Folder
    runtime: Runtime

    def key(self, at: str) -> str:
        return self.place.read_keys()[at]["person"]

    async def scanned(self, text: str, at: str = "my") -> dict[str, Any]:
        headers = {
            "authorization": f"Bearer {self.key(at)}",
            "idempotency-key": calls.fresh_key(),
        }
        address = f"{self.runtime.addresses[at]}/v1/payment-codes/scanned"
        async with httpx.AsyncClient() as client:
            answer = await client.post(address, json={"text": text}, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())

    async def paid(self, merchant: Merchant, at: str = "my", amount: Money | None = None) -> Paid:
        """Scan, look at the price, say yes: what arrives is what the code or the payer says."""
        told = await self.scanned(merchant.code, at)
        assert told["problem"] is None, told
        wanted = told["amount"] or {"amount": str(amount), "currency": merchant.asset.code}
        payee = Payee(**told["payee"])
        async with AsyncClient(self.runtime.addresses[at], self.key(at)) as client:
            account = (await client.do(calls.accounts())).data[0]
            order = Order(
                *(account.id, payee, wanted["amount"], wanted["currency"], "destination"),
                purpose=PURPOSE,
                note=told["text"],
            )
            return await client.run(plans.pay(order))

    async def balance(self, merchant: Merchant) -> int:
        """What a merchant has at its bank, in minor units."""
        role = self.runtime.roles[f"psp-{merchant.country.lower()}"]
        async with role.database.read() as tx:
            (found,) = await ledger.balances(tx, [f"customer/{merchant.number}"])
        assert (found.held_debit, found.held_credit) == (0, 0)
        return found.posted

    async def quiet(self) -> None:
        await worlds.quiet(self.runtime)

    async def wrong(self) -> list[str]:
        """What the auditor, and every book held against its mirrors, find wrong."""
        await self.quiet()
        books = await worlds.read_books(self.runtime)
        found = await audit(self.server, self.runtime.world)
        told = [] if books.balanced else [f"books: {books.to_json()}"]
        return told + [str(each) for each in found.to_json()["findings"]]


@dataclass(frozen=True)
class Pages:
    """The app's pages without script: forms are filled in and sent with what the page gave."""

    http: httpx.AsyncClient

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Fill in the form of a page and send it to its own place."""
        page = (await self.http.get(path)).text
        given = {name: found[1] for name in _GIVEN if (found := _hidden(name).search(page))}
        return await self.http.post(path.partition("?")[0], data=given | fields)

    async def page(self, path: str) -> str:
        answer = await self.http.get(path)
        answer.raise_for_status()
        return html.unescape(answer.text)


@asynccontextmanager
async def pages(address: str, language: str) -> AsyncIterator[Pages]:
    headers = {"accept-language": language}
    async with httpx.AsyncClient(base_url=address, headers=headers) as http:
        yield Pages(http)


_GIVEN = ("token", "once", "account")


def _hidden(name: str) -> re.Pattern[str]:
    return re.compile(rf'name="{name}" value="([^"]+)"')


@asynccontextmanager
async def opened(server: Server, place: Folder) -> AsyncIterator[Abroad]:
    """The packaged world on no fixed port."""
    await server.prepare()
    worlds.lay(place, worlds.template(abroad.FILE))
    for file in place.path.glob("*.toml"):
        file.write_text(_PORT.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")
    async with worlds.started(server, place, lambda _: None) as runtime:
        for each in runtime.world.of_kind("institution"):
            await runtime.listen_beside(each.name, None)
        yield Abroad(server, place, runtime)
