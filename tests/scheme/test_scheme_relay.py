"""The whole scheme side, message by message, with the test standing for both institutions."""

import uuid

import pytest
from msgspec.structs import replace
from scheme_nodes import (
    BILAL,
    DUITNOW,
    MY,
    PAYEE_PK,
    PHONE,
    PK,
    REJECTED,
    balance,
    minor,
    source_transfer,
)
from scheme_world import World, build

from moments import NOW, Fresh
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.rails.model import AccountRef, Agent, ResolutionRequest, Status
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import Alias, Cycle, CycleReport


async def _at_rest(world: World, *, moved: dict[str, int]) -> None:
    """Nothing is held, every mirror between scheme roles agrees, every book re-adds.

    `moved`: what each institution's account in its system changed by; their own books are not
    here, so that is what is left over in their mirrors.
    """
    assert await world.holds() == 0
    for (holder, keeper, asset), left in (await world.mirrors()).items():
        opening = {"MYR": 100_000_00, "PKR": 5_000_000_00}[asset]
        due = opening + moved.get(holder, 0) if holder in {"my", "pk"} else 0
        assert left == due, (holder, keeper, asset)
    for name, role in world.roles.items():
        if name != "nexus":
            async with role.tx.transaction():
                assert (await ledger.verify_book(role.tx)).clean


@pytest.mark.parametrize("steps", [4, 5])
async def test_ringgit_out_rupees_in(fresh: Fresh, steps: int) -> None:
    world = await build(fresh, steps=steps)
    quote = await world.quote("MY", "PK", minor(500, MYR))
    transfer = source_transfer(quote)
    world.my.send(transfer)
    await world.run()
    assert [said.status for said in world.my.statuses] == [Status.ACCC]
    (arrived,) = world.pk.transfers
    assert (arrived.uetr, arrived.settlement_amount) == (transfer.uetr, quote.terms.destination)
    assert arrived.settlement_amount - arrived.charges[1].amount == quote.terms.credited
    assert [said.status for said in world.pk.statuses] == ([Status.ACCC] if steps == 5 else [])
    await _at_rest(
        world,
        moved={"my": -quote.terms.source.minor, "pk": quote.terms.destination.minor},
    )


async def test_rupees_out_ringgit_in_with_the_recipients_amount_fixed(fresh: Fresh) -> None:
    world = await build(fresh)
    quote = await world.quote("PK", "MY", Money(123_45, MYR))
    assert quote.terms.credited == Money(123_45, MYR)
    world.pk.send(source_transfer(quote))
    await world.run()
    assert [said.status for said in world.pk.statuses] == [Status.ACCC]
    assert world.my.transfers[0].settlement_amount == quote.terms.destination
    await _at_rest(
        world,
        moved={"pk": -quote.terms.source.minor, "my": quote.terms.destination.minor},
    )


@pytest.mark.parametrize("steps", [4, 5])
async def test_a_rejection_by_the_receiver_puts_everything_back(fresh: Fresh, steps: int) -> None:
    world = await build(fresh, steps=steps)
    world.pk.verdict = REJECTED
    world.my.send(source_transfer(await world.quote("MY", "PK", minor(500, MYR))))
    await world.run()
    (said,) = world.my.statuses
    assert (said.status, said.reason, said.reason_texts) == (
        Status.RJCT,
        "AC04",
        ("account_closed",),
    )
    await _at_rest(world, moved={})
    assert await world.roles["fxp"].tx.fetchval("SELECT count(*) FROM fxp.exchange") == 0


async def test_many_payments_both_ways_settle_in_one_cycle(fresh: Fresh) -> None:
    world = await build(fresh)
    moved = {"my": 0, "pk": 0}
    for place in range(20):
        out = await world.quote("MY", "PK", Money(100_00 + place, MYR))
        back = await world.quote("PK", "MY", Money(2_000_00 + place, PKR))
        world.my.send(source_transfer(out))
        world.pk.send(source_transfer(back))
        moved["my"] += back.terms.destination.minor - out.terms.source.minor
        moved["pk"] += out.terms.destination.minor - back.terms.source.minor
    await world.run()
    assert {said.status for said in world.my.statuses + world.pk.statuses} == {Status.ACCC}
    await _at_rest(world, moved=moved)
    duitnow = world.roles["duitnow"]
    (report,) = await ips.settle_cycle(duitnow.tx, duitnow.node, [Cycle("morning")], NOW)
    assert isinstance(report, CycleReport)
    assert {p.role: p.net for p in report.positions} == {
        "my": moved["my"],
        "sap-my": -moved["my"],
    }
    assert await balance(duitnow.tx, "position/my") == 0
    await _at_rest(world, moved=moved)


async def test_every_message_twice_changes_nothing(fresh: Fresh) -> None:
    world = await build(fresh)
    quote = await world.quote("MY", "PK", minor(500, MYR))
    transfer = source_transfer(quote)
    for _ in range(3):
        world.my.send(transfer)
        world.my.send(transfer)
        await world.run()
    assert {said.status for said in world.my.statuses} == {Status.ACCC}
    assert len({said.message_id for said in world.my.statuses}) == 1
    assert len({arrived.message_id for arrived in world.pk.transfers}) == 1
    await _at_rest(
        world,
        moved={"my": -quote.terms.source.minor, "pk": quote.terms.destination.minor},
    )


def _question(account: AccountRef, *, agent: str | None = None) -> ResolutionRequest:
    return ResolutionRequest(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        creator_id="9f86d081884c7d65",
        first_agent=Agent(MY),
        assigner=Agent(MY),
        assignee=Agent(DUITNOW),
        destination_country="PK",
        request_id="ASK-1",
        account=account,
        agent=None if agent is None else Agent(agent),
    )


async def test_a_phone_number_becomes_an_account_and_a_masked_name(fresh: Fresh) -> None:
    world = await build(fresh)
    raast = world.roles["raast"]
    alias = Alias(PHONE, PAYEE_PK, PK, BILAL.name, "PK", "Lahore")
    assert await ips.register_aliases(raast.tx, raast.node, [alias], NOW) == [None]
    question = _question(AccountRef(proxy=PHONE))
    world.my.send(question)
    world.my.send(_question(AccountRef(proxy=replace(PHONE, value="+923009999999"))))
    await world.run()
    known, unknown = world.my.reports
    assert (known.verified, known.original_message_id) == (True, question.message_id)
    assert known.display_name == "B**** A**** K***"
    assert known.payee is not None
    assert known.payee.name == BILAL.name
    assert known.account is not None
    assert (known.account.number, known.agent) == (PAYEE_PK.number, Agent(PK))
    assert known.assignee == Agent(MY)
    assert (unknown.verified, unknown.reason) == (False, "BE23")


async def test_an_account_is_asked_of_the_bank_that_keeps_it(fresh: Fresh) -> None:
    world = await build(fresh)
    world.my.send(_question(PAYEE_PK, agent=PK))
    world.my.send(_question(PAYEE_PK, agent="NONEPKK0"))
    world.my.send(replace(_question(PAYEE_PK, agent=PK), destination_country="FR"))
    await world.run()
    by_reason = {report.reason: report for report in world.my.reports}
    assert by_reason.keys() == {None, "RC07"}
    assert [report.verified for report in world.my.reports].count(True) == 1
    assert by_reason[None].display_name == "A*****"
