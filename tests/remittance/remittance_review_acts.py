"""A world whose limit for persons is of low confidence, and what becomes of its reviews."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from remittance_world import World, build, offer, rulebook, wish

from moments import NOW, Fresh
from qantara import ids
from qantara.ids import QuoteId, RemittanceId
from qantara.money import MYR, Money
from qantara.policy import flow as policy
from qantara.policy.model import Confidence, Datum, Rulebook
from qantara.remittance import flow, rules
from qantara.remittance.model import Accept, AskQuote, Quote, Remittance
from qantara.remittance.review_model import DecideReview, Review, ReviewEvent

LIMIT = "duitnow.limit.transaction.person"
SMALL = Money(100_00, MYR)
LATER = NOW + timedelta(seconds=601)
"""After every quote of these tests."""


def unsure(value_id: str = LIMIT, value: Datum = SMALL) -> Rulebook:
    """The example's rulebook, where one figure is small and of low confidence."""
    law = rulebook()
    found = law.value(value_id, NOW.date())
    return law.overlay([replace(found, value=value, confidence=Confidence.LOW)], "test")


async def with_rulebook(world: World, law: Rulebook) -> World:
    """The same institution by another rulebook."""
    await policy.keep_rulebook(world.tx, law, NOW)
    return World(world.tx, replace(world.node, rulebook=law))


async def reviewing(fresh: Fresh) -> World:
    world = await build(fresh)
    return await with_rulebook(world, unsure())


async def accept(world: World, said: Accept, now: datetime = NOW) -> Any:
    return (await flow.accept(world.tx, world.node, [said], now))[0]


async def waiting(world: World, **other: Any) -> tuple[Accept, Remittance]:
    """A payment in review, and the words by which it was accepted."""
    said = await world.yes(**other)
    made = await accept(world, said)
    assert isinstance(made, Remittance)
    return said, made


async def decide(
    world: World, remittance_id: str, verdict: ReviewEvent, now: datetime = NOW
) -> Any:
    command = DecideReview(RemittanceId(remittance_id), verdict, "prn_maker", "prn_checker")
    return (await flow.decide_reviews(world.tx, world.node, [command], now))[0]


async def released_late(world: World, **other: Any) -> tuple[Accept, Remittance]:
    said, made = await waiting(world, **other)
    return said, await decide(world, made.id, ReviewEvent.RELEASE, LATER)


async def again(world: World, said: Accept, now: datetime, cents: int = 500_00) -> Accept:
    """The same words on a new quote."""
    asked_for = wish(Money(cents, MYR))
    source = rules.interbank_amount(world.node.fee, asked_for)
    assert isinstance(source, Money)
    made = offer(interbank_source=source, valid_until=now + timedelta(seconds=600))
    asked = AskQuote(QuoteId(ids.new("quo")), asked_for, (made,))
    (quote,) = await flow.quote(world.tx, world.node, [asked], now)
    assert isinstance(quote, Quote)
    return replace(said, quote_id=quote.id)


async def review(world: World, remittance_id: str) -> Review:
    return (await flow.reviews_of(world.tx, [remittance_id]))[remittance_id]
