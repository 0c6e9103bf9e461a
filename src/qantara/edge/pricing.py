"""A quote on somebody's wish: the offers are asked for outside, the disclosure is made within."""

from qantara.edge.door import Door
from qantara.edge.offers import offers
from qantara.errors import Refused
from qantara.ids import QuoteId
from qantara.money import Money, Rounding
from qantara.remittance import flow
from qantara.remittance.model import AskQuote, PriceRequest, Quote
from qantara.telemetry import traces


async def priced(door: Door, quote_id: QuoteId, wish: PriceRequest) -> Quote | Refused:
    """Price a payment at the best rate on offer and keep the quote; the same id gives it again.

    Raises `Unavailable` where the gateway does not answer.
    """
    with traces.about_quote(door.role, quote_id):
        found = await offers(door, wish)
        if isinstance(found, Refused):
            return found
        command = AskQuote(quote_id, wish, found)
        quote: Quote | Refused = await door.batcher.run(flow.quote, command)
    return quote


def total_cost(quote: Quote) -> Money:
    """What is paid above the worth of what arrives, by the mid-market rate."""
    return quote.total_debit - quote.mid.rate.invert(quote.offer.received, Rounding.HALF_UP)
