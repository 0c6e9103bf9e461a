"""What happened to a customer is told from events, in order, and read up to a place."""

from importlib.resources import files
from typing import Any

import pytest
from babel.messages.pofile import read_po
from wallet_people import asked, known_by_phone, no, yes
from wallet_world import ACCOUNTS, AISHA, BO, PRINCIPAL, World, build

from moments import Fresh
from qantara import ids, texts
from qantara.disputes import flow as disputes
from qantara.disputes.model import Act, DisputeKind, OpenDispute, Rule
from qantara.domestic import flow as domestic
from qantara.domestic.records import ArrivalKind
from qantara.edge.notices import TYPES, Notice, notices_of, unread
from qantara.rails.model import Status
from qantara.texts import Language
from qantara.wallet import flow
from qantara.wallet.model import MarkRead, Switch


async def world_of(fresh: Fresh) -> World:
    world = await build(fresh)
    await known_by_phone(world)
    return world


async def told(world: World, who: Any, limit: int = 50) -> list[tuple[str, str]]:
    return [(each.type, each.about) for each in await notices_of(world.tx, who, None, limit)]


async def test_both_sides_are_told_of_what_is_theirs_and_of_nothing_else(fresh_both: Fresh):
    world = await world_of(fresh_both)
    request, other = await asked(world), await asked(world)
    said = yes(request)
    await world.do(flow.pay_money, said)
    await world.do(flow.decline_money, no(other, BO))
    (transfer,) = await domestic.transfers(world.tx, [said.id])
    arrival = domestic.arrival_id(ArrivalKind.PAYMENT, transfer.uetr)
    assert await told(world, AISHA) == [
        ("money_request.declined", other.id),
        ("money_request.paid", request.id),
        ("incoming_transfer.credited", arrival),
    ]
    assert await told(world, BO) == [
        ("transfer.completed", said.id),
        ("money_demand.open", other.id),
        ("money_demand.open", request.id),
    ]


async def test_payments_disputes_and_the_own_switch_are_told(fresh: Fresh):
    world = await world_of(fresh)
    await world.arrived()
    payment = await world.accepted()
    await world.concluded(Status.RJCT)
    wish = OpenDispute(ids.new("dis"), AISHA, payment.id, DisputeKind.OTHER, "Why?", PRINCIPAL)
    await world.do(disputes.open_disputes, wish)
    await world.do(disputes.rule, Rule(wish.id, Act.RESOLVE, "Sorry.", PRINCIPAL))
    await world.do(flow.switch, Switch(ACCOUNTS[AISHA], AISHA, PRINCIPAL, stop=True))
    kinds = [kind for kind, _ in await told(world, AISHA)]
    assert kinds == [
        "account.stopped",
        "dispute.resolved",
        "remittance.rejected",
        "incoming_payment.credited",
    ]


async def test_notices_are_paged_and_read_up_to_one(fresh: Fresh):
    world = await world_of(fresh)
    for _ in range(3):
        await asked(world)
    first = await notices_of(world.tx, BO, None, 2)
    (last,) = await notices_of(world.tx, BO, first[-1].sequence, 2)
    assert last.sequence < first[1].sequence < first[0].sequence
    assert await unread(world.tx, BO) == 3
    await world.do(flow.mark_read, MarkRead(BO, first[1].sequence))
    assert await unread(world.tx, BO) == 1
    assert [each.is_read for each in await notices_of(world.tx, BO, None, 3)] == [
        *(False, True, True),
    ]
    earlier, later = await world.do(
        flow.mark_read, MarkRead(BO, last.sequence), MarkRead(BO, 10**17)
    )
    assert earlier == later < 10**17
    assert await unread(world.tx, BO) == 0
    await asked(world)
    assert await unread(world.tx, BO) == 1
    assert isinstance(first[0], Notice)


@pytest.mark.parametrize("language", list(Language))
def test_every_notice_is_worded_in_every_language(language: Language):
    with (files(texts) / "locale" / language / "notices.po").open("rb") as file:
        written = {each.id for each in read_po(file, abort_invalid=True) if each.id}
    assert written == TYPES
    said = [texts.phrase("notices", "text", kind, language) for kind in TYPES]
    assert len(set(said)) == len(said)
