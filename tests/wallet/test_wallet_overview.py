from msgspec.structs import replace
from wallet_world import AISHA, BO, SEED, World, build, rulebook

from moments import NOW, Fresh
from qantara.errors import NotFound, Reason
from qantara.ids import CustomerId
from qantara.money import MYR, Money
from qantara.policy import flow as policy
from qantara.policy.model import Confidence
from qantara.remittance.model import State
from qantara.wallet import flow
from qantara.wallet.model import Consequence, Overview, Standing

LIMIT = "duitnow.limit.transaction.person"


async def look(world: World) -> Overview:
    found = (await flow.overviews(world.tx, world.node, [AISHA], world.now))[0]
    assert isinstance(found, Overview)
    return found


async def standing(world: World) -> Standing:
    (only,) = (await look(world)).accounts
    return only


async def test_held_money_is_told_apart_from_what_can_be_spent(fresh: Fresh):
    world = await build(fresh)
    assert (await world.accepted(500_00)).state is State.ACCEPTED
    pot = await world.pot()
    await world.moved(pot, 120_00)
    found = await standing(world)
    assert found.balance.minor == SEED - 120_00
    assert (found.held.minor, found.in_review.minor) == (500_00, 0)
    assert found.available.minor == SEED - 620_00
    assert found.in_pots.minor == 120_00
    assert found.pending_in.minor == 0


async def test_money_on_its_way_in_is_pending_until_it_is_confirmed(fresh: Fresh):
    world = await build(fresh, confirmed=True)
    await world.arrived()
    found = await standing(world)
    assert found.pending_in.minor == 99_45
    assert found.balance.minor == SEED


async def test_what_waits_for_a_person_is_told(fresh: Fresh):
    law = rulebook()
    unsure = replace(
        law.value(LIMIT, NOW.date()), value=Money(100_00, MYR), confidence=Confidence.LOW
    )
    book = law.overlay([unsure], "test")
    world = await build(fresh, rulebook=book)
    assert (await world.accepted(300_00)).state is State.IN_REVIEW
    found = await standing(world)
    assert (found.held.minor, found.in_review.minor) == (300_00, 300_00)
    limit = (await look(world)).ways[0].limits[0]
    assert (limit.most.minor, limit.consequence) == (100_00, Consequence.REVIEW)


async def test_limits_are_those_of_the_rulebook_with_their_provision(fresh: Fresh):
    world = await build(fresh)
    law = world.node.rulebook.value(LIMIT, NOW.date())
    inside, abroad = (await look(world)).ways
    assert (inside.country, inside.rails, inside.refusal) == ("MY", ("duitnow",), None)
    assert [(each.most, each.rule) for each in inside.limits] == [
        (law.value, "duitnow.limit.person")
    ]
    assert inside.limits[0].provision.startswith("DuitNow Transfer limits")
    assert inside.limits[0].consequence is Consequence.REFUSED
    assert abroad.country == "PK"
    assert abroad.refusal is None
    assert [each.rule for each in abroad.limits] == [
        "duitnow.limit.person",
        "ips.maximum.sending",
        "ips.maximum.receiving",
    ]
    assert abroad.limits[2].most.asset.code == "PKR"
    assert abroad.limits[1].label == "example"


async def test_a_limit_is_the_last_amount_that_passes(fresh: Fresh):
    world = await build(fresh)
    for way in (await look(world)).ways:
        limit = way.limits[0].most
        for more, allowed in ((0, True), (1, False)):
            asked = policy.payment_facts(
                source_country="MY",
                destination_country=way.country,
                source=Money(limit.minor + more, MYR),
                destination=Money(1, way.limits[-1].most.asset),
                sender_kind="person",
                rails=way.rails,
                purpose="FAMI",
            )
            decision = policy.decide(world.node.rulebook, asked, NOW.date())
            assert (decision.refusal is None) is allowed, way.country


async def test_a_closed_corridor_says_why(fresh: Fresh):
    world = await build(fresh, rulebook=policy.load())
    _, abroad = (await look(world)).ways
    assert abroad.refusal is not None
    assert abroad.refusal.reason is Reason.CORRIDOR_CLOSED


async def test_customers_are_told_apart(fresh: Fresh):
    world = await build(fresh)
    await world.paid_here(100_00)
    nobody = CustomerId("cus_nobody")
    found = await flow.overviews(world.tx, world.node, [BO, nobody, AISHA], world.now)
    first, unknown, last = found
    assert isinstance(first, Overview)
    assert isinstance(last, Overview)
    assert isinstance(unknown, NotFound)
    assert first.accounts[0].balance.minor == SEED + 100_00
    assert last.accounts[0].balance.minor == SEED - 100_27
