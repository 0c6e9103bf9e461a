"""How payments end through all roles of the scheme, and that every mirror agrees after each."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from scheme_nodes import (
    FXP_AT_MY,
    FXP_AT_PK,
    MY,
    PK,
    PROVIDER,
    REJECTED,
    balance,
    minor,
    provider,
    source_transfer,
)
from scheme_world import World, build

from moments import NOW, Fresh
from qantara.ledger import flow as ledger
from qantara.money import MYR
from qantara.rails.model import Agent, Priority, Status
from qantara.scheme.gateway.model import Quote
from qantara.scheme.ips import flow as ips
from qantara.scheme.letters import ACCEPTED, Verdict

BLOCKED = Verdict(Status.BLCK, "FR01")
ENDS = pytest.mark.parametrize(
    "said", [ACCEPTED, REJECTED, BLOCKED], ids=["credited", "rejected", "blocked"]
)


async def _at_rest(world: World, moved: dict[str, int]) -> None:
    """`moved`: what each institution's account in its system changed by."""
    assert await world.holds() == 0
    for (holder, keeper, asset), left in (await world.mirrors()).items():
        opening = {"MYR": 100_000_00, "PKR": 5_000_000_00}[asset]
        due = opening + moved.get(holder, 0) if holder in {"my", "pk"} else 0
        assert left == due, (holder, keeper, asset)
    for name, role in world.roles.items():
        if name != "nexus":
            async with role.tx.transaction():
                assert (await ledger.verify_book(role.tx)).clean


def _moved(quote: Quote, said: Verdict) -> dict[str, int]:
    if said is REJECTED:
        return {}
    return {"my": -quote.terms.source.minor, "pk": quote.terms.destination.minor}


@ENDS
@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("source_steps", [4, 5])
async def test_every_priority_and_variant_ends_with_agreeing_books(
    fresh: Fresh, source_steps: int, priority: Priority, said: Verdict
) -> None:
    world = await build(fresh)
    nexus = world.roles["nexus"]
    urgent = tuple(replace(country, high=True) for country in nexus.node.countries)
    nexus.node = replace(nexus.node, countries=urgent)
    for name in ("duitnow", "raast"):
        role = world.roles[name]
        role.node = replace(role.node, source_steps=source_steps)
    world.pk.verdict = said
    quote = await world.quote("MY", "PK", minor(500, MYR))
    world.my.send(source_transfer(quote, priority=priority))
    await world.run()
    assert [(one.status, one.reason) for one in world.my.statuses] == [(said.status, said.reason)]
    await _at_rest(world, _moved(quote, said))


@ENDS
async def test_banks_that_are_their_own_access_providers_on_both_sides(
    fresh: Fresh, said: Verdict
) -> None:
    """Nothing moves in either system: the two banks and the FX provider settle in their books."""
    world = await build(fresh)
    mine, theirs = replace(FXP_AT_MY, agent=Agent(MY)), replace(FXP_AT_PK, agent=Agent(PK))
    for name, own in (("duitnow", provider("my", MY)), ("raast", provider("pk", PK))):
        role = world.roles[name]
        role.node = replace(role.node, participants=(*role.node.participants, own))
    nexus = world.roles["nexus"]
    fxp = replace(PROVIDER, accounts={"MYR": mine, "PKR": theirs})
    nexus.node = replace(nexus.node, fxps=(fxp,))
    world.pk.verdict = said
    quote = await world.quote("MY", "PK", minor(500, MYR))
    transfer = source_transfer(
        quote, instructed_agent=Agent(MY), intermediary1=mine, intermediary2=theirs
    )
    world.my.send(transfer)
    await world.run()
    assert [(one.status, one.reason) for one in world.my.statuses] == [(said.status, said.reason)]
    (arrived,) = world.pk.transfers
    assert arrived.instructing_agent == arrived.instructed_agent == Agent(PK)
    assert await world.holds() == 0
    for name, code in (("duitnow", "position/my"), ("raast", "settlement/sap-pk")):
        start = 0 if code.startswith("position") else 5_000_000_00
        assert await balance(world.roles[name].tx, code) == start
    assert await world.roles["sap-my"].tx.fetchval("SELECT count(*) FROM sap.payment") == 0
    assert await world.roles["sap-pk"].tx.fetchval("SELECT count(*) FROM sap.payment") == 0


async def test_a_system_that_is_not_answered_puts_everything_back(fresh: Fresh) -> None:
    world = await build(fresh)
    raast = world.roles["raast"]
    world.pk.verdict = None
    quote = await world.quote("MY", "PK", minor(500, MYR))
    world.my.send(source_transfer(quote))
    await world.run()
    late = NOW + timedelta(seconds=raast.node.timers.norm_seconds)
    await ips.expire(raast.tx, raast.node, [None], late)
    await world.run(late)
    assert [(one.status, one.reason) for one in world.my.statuses] == [(Status.RJCT, "AB05")]
    assert [(one.status, one.reason) for one in world.pk.statuses] == [(Status.RJCT, "AB05")]
    await _at_rest(world, {})
