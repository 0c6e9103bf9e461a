"""What the gateway's tests do again and again: rates in, a quote, a payment on its way, its end."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
from msgspec.structs import replace
from scheme_nodes import (
    FXP_AT_PK,
    GATEWAY_NODE,
    MY,
    minor,
    notice,
    received,
    source_transfer,
    status,
)

from moments import NOW, Fresh
from qantara.db import mail
from qantara.money import MYR
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, PaymentStatus, Priority, Profile
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import GatewayNode, Quote, QuoteRequest, QuoteSet
from qantara.scheme.letters import ACCEPTED, Verdict
from qantara.scheme.model import RateNotice

ASK = QuoteRequest("MY", "PK", minor(500, MYR), MY)
URGENT_NODE = replace(
    GATEWAY_NODE, countries=tuple(replace(country, high=True) for country in GATEWAY_NODE.countries)
)
OWN_NODE = replace(URGENT_NODE, own_accounts={MY: {"PKR": FXP_AT_PK}})


def rate(value: str = "62.5", *, minutes: int = 0, **changes: Any) -> RateNotice:
    issued = NOW + timedelta(minutes=minutes)
    made = RateNotice(
        message_id=uuid.uuid4().hex,
        id=str(uuid.uuid4()),
        source="MYR",
        destination="PKR",
        rate=Decimal(value),
        created_at=issued,
        expires_at=issued + timedelta(hours=1),
    )
    return replace(made, **changes)


async def opened(fresh: Fresh, node: GatewayNode = GATEWAY_NODE, *also: str) -> asyncpg.Connection:
    tx = await fresh("scheme.gateway", *also)
    await flow.begin(tx, node, NOW)
    back = rate("0.0159", source="PKR", destination="MYR")
    assert await flow.publish_rate(tx, node, [notice("fxp", rate()), notice("fxp", back)], NOW) == [
        None,
        None,
    ]
    return tx


async def quoted(
    tx: asyncpg.Connection, request: QuoteRequest = ASK, node: GatewayNode = GATEWAY_NODE
) -> Quote:
    (found,) = await flow.quote(tx, node, [request], NOW)
    assert isinstance(found, QuoteSet), found
    return found.quotes[0]


async def forwarded(
    tx: asyncpg.Connection, node: GatewayNode = GATEWAY_NODE, **changes: Any
) -> tuple[CreditTransfer, CreditTransfer]:
    """A payment from Kuala Lumpur as it came, and as it went on."""
    transfer = source_transfer(await quoted(tx, node=node), **changes)
    await forward(tx, node, transfer)
    leg = (await letters(tx, "raast"))[-1]
    assert isinstance(leg, CreditTransfer)
    assert leg.uetr == transfer.uetr
    return transfer, leg


async def urgent(tx: asyncpg.Connection) -> tuple[CreditTransfer, CreditTransfer]:
    return await forwarded(tx, URGENT_NODE, priority=Priority.HIGH)


async def forward(
    tx: asyncpg.Connection,
    node: GatewayNode,
    *transfers: CreditTransfer,
    sender: str = "duitnow",
    now: datetime = NOW,
) -> list[Any]:
    items = [received(sender, transfer, Profile.NEXUS) for transfer in transfers]
    return list(await flow.forward(tx, node, items, now))


async def concluded(
    tx: asyncpg.Connection,
    node: GatewayNode,
    leg: CreditTransfer,
    said: Verdict = ACCEPTED,
    now: datetime = NOW,
) -> Any:
    """The destination system's word on a payment."""
    item = received("raast", status(leg, said), Profile.NEXUS)
    return (await flow.conclude(tx, node, [item], now))[0]


async def letters(tx: asyncpg.Connection, recipient: str) -> list[Any]:
    """Everything that was left for a recipient, oldest first."""
    found = await mail.due(tx, 10_000, NOW + timedelta(days=365))
    return [rails.read(item.raw, Profile.NEXUS) for item in found if item.recipient == recipient]


async def told(tx: asyncpg.Connection, recipient: str = "duitnow") -> list[PaymentStatus]:
    return [each for each in await letters(tx, recipient) if isinstance(each, PaymentStatus)]
