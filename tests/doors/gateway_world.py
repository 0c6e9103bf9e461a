"""A gateway as it runs, with two systems, a provider and an institution that knock at it."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
from door_nodes import gateway
from door_world import PEER, Hand, Place, place
from msgspec.structs import replace

from moments import NOW
from qantara.access.model import Role
from qantara.clock import to_text
from qantara.db import Server, Tx
from qantara.edge import nexus
from qantara.money import MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
)
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import (
    FeeFormula,
    FinInst,
    GatewayNode,
    InstitutionRole,
)

HOOK = "https://rpp.example/answers"
QUOTES = "/quotes/MY/MYR/PK/PKR/MYR/500.00?finInstIdType=BICFI&finInstId=WAUEMYK0"


def node() -> GatewayNode:
    plain = gateway()
    my, pk = plain.countries
    fee = FeeFormula(Money(10, MYR), Decimal("0.0001"))
    return replace(
        plain,
        countries=(
            replace(my, scheme_fee=fee, endpoints=(HOOK,)),
            replace(pk, high=True, required=("purposeCode",)),
        ),
        institutions=(
            FinInst("WAUEMYK0", "Wau Contoh", "MY", (InstitutionRole.PSP,)),
            FinInst("SAPMMYK0", "Settle Contoh", "MY", (InstitutionRole.SAP,)),
            FinInst("KITEMYK0", "Kite Contoh", "MY", (InstitutionRole.FXP,)),
        ),
    )


class Gate:
    def __init__(self, made: Place, clock: Hand) -> None:
        self.place, self.clock = made, clock
        self.keys: dict[str, str] = {}

    async def seed(self) -> None:
        async def begin(tx: Tx, asked: GatewayNode, commands: Any, now: Any) -> list[None]:
            await flow.begin(tx, asked, now)
            return [None] * len(commands)

        await self.place.do(begin, None)
        for role in ("my", "duitnow", "raast", "fxp"):
            self.keys[role] = await self.place.key(role, Role.COUNTERPARTY, role)
        assert (await self.push("63.40")).status_code == httpx.codes.CREATED

    async def push(self, value: str, **other: Any) -> httpx.Response:
        body = {
            "sourceCurrency": "MYR",
            "destinationCurrency": "PKR",
            "rate": value,
            "expiryDateTime": to_text(self.clock.now + timedelta(hours=2)),
        }
        return await self.do("POST", "/rates", "fxp", body | other)

    async def do(
        self, method: str, path: str, by: str = "my", body: Any = None, **headers: str
    ) -> httpx.Response:
        sent = {
            "authorization": f"Bearer {self.keys[by]}",
            "idempotency-key": uuid.uuid4().hex,
            PEER: by,
        } | headers
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.place.client.request(
            method, path, headers=sent, **({} if body is None else content)
        )

    async def read(self, path: str, by: str = "my") -> Any:
        answer = await self.do("GET", path, by)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    async def quote(self) -> nexus.QuoteBody:
        raw = (await self.do("GET", QUOTES)).content
        return msgspec.json.decode(raw, type=nexus.QuotesBody).quotes[0]

    async def transfer(self, **changes: Any) -> CreditTransfer:
        """The pacs.008 with which a quote is taken up."""
        quote = await self.quote()
        source = Money.parse(quote.debtor_agent.interbank_settlement_amount.amount, MYR)
        fee = Money.parse(quote.creditor_agent.charges_information.amount.amount, PKR)
        first = Agent(quote.intermediary_agent1.fin_inst_id.bicfi)
        second = Agent(quote.intermediary_agent2.fin_inst_id.bicfi)
        now = self.clock.now
        made = CreditTransfer(
            message_id=uuid.uuid4().hex,
            created_at=now,
            clearing_system="RPP",
            uetr=str(uuid.uuid4()),
            end_to_end_id="E2E-1",
            transaction_id="TX-1",
            settlement_amount=source,
            settlement_on=now.date(),
            accepted_at=now,
            instructed_amount=source,
            agreed_rate=AgreedRate("MYR", "PKR", Decimal(quote.exchange_rate), quote.quote_id),
            charges=(Charge(Money(0, MYR), Agent("WAUEMYK0")), Charge(fee, Agent("RAVIPKK0"))),
            instructing_agent=Agent("WAUEMYK0"),
            instructed_agent=first,
            intermediary1=Correspondent(
                first, AccountRef(other=quote.intermediary_agent1_account.id)
            ),
            intermediary2=Correspondent(
                second, AccountRef(other=quote.intermediary_agent2_account.id)
            ),
            debtor=Party("Aisha binti Rahman", "MY", "Kuala Lumpur"),
            debtor_account=AccountRef(other="110000000001"),
            debtor_agent=Agent("WAUEMYK0"),
            creditor_agent=Agent("RAVIPKK0"),
            creditor=Party("Bilal Malik", "PK", "Lahore"),
            creditor_account=AccountRef(iban="PK36RAVI0000001123456702"),
        )
        return replace(made, **changes)


@asynccontextmanager
async def gate(servers: Callable[[int], Server]) -> AsyncIterator[Gate]:
    clock = Hand(NOW)

    async def ask(_role: str, _path: str) -> bytes:
        raise AssertionError("the gateway asks nobody")

    asking: Callable[[str, str], Awaitable[bytes]] = ask
    async with place(servers(18), "gateway", node(), asking, clock) as made:
        it = Gate(made, clock)
        await it.seed()
        yield it
