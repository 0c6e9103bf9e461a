"""What an exchange would cost now: the gateway's offers, or our own rate where we exchange."""

from qantara.edge import nexus
from qantara.edge.door import Door
from qantara.errors import Refused
from qantara.money import Money
from qantara.remittance import flow
from qantara.remittance.model import GatewayQuote, Institution, PriceRequest


async def offers(door: Door, wish: PriceRequest) -> tuple[GatewayQuote, ...] | Refused:
    """What is offered for a wish today, whoever wishes."""
    interbank = flow.interbank_amount(door.node, wish)
    return interbank if isinstance(interbank, Refused) else await offered(door, wish, interbank)


async def offered(
    door: Door, wish: PriceRequest, interbank: Money
) -> tuple[GatewayQuote, ...] | Refused:
    """The FX providers' offers, or our own where we exchange the money ourselves."""
    node: Institution = door.node
    own = node.own_fx
    if own is not None and wish.destination_country in own.accounts:
        return await _own_offer(door, wish, interbank)
    raw = await door.ask(node.gateway, nexus.quotes_path(node, wish, interbank))
    return nexus.read_offers(node, raw)


async def _own_offer(
    door: Door, wish: PriceRequest, interbank: Money
) -> tuple[GatewayQuote, ...] | Refused:
    """At our own rate of today, what the gateway computes from it: the scheme's fees are its."""
    node, now = door.node, door.clock()
    async with door.database.read() as tx:
        rate = (await flow.own_rates(tx, node, [wish.destination_country], now))[0]
    if isinstance(rate, Refused):
        return rate
    path = nexus.fees_path(node, wish, interbank, rate.rate.value)
    raw = await door.ask(node.gateway, path)
    return (nexus.read_own_offer(node, wish, rate.rate.value, raw, now),)
