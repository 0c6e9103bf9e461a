"""The chart of accounts adds up, and a transfer's proof follows from its rows."""

import uuid
from datetime import timedelta

import pytest

from moments import NOW
from qantara import merkle
from qantara.errors import NotFound
from qantara.ledger import flow
from qantara.ledger.chart_model import Booked
from qantara.ledger.model import AccountClass, NewAccount, Transfer, TransferKind
from qantara.money import MYR, PKR

IDS = [str(uuid.UUID(int=number)) for number in range(1, 30)]


def moved(number, amount, debit, credit, at=NOW, **terms):
    return Transfer(
        id=IDS[number],
        amount=amount,
        debit=debit,
        credit=credit,
        asset="MYR",
        code="test",
        occurred_at=at,
        **terms,
    )


@pytest.fixture
async def book(fresh_both):
    tx = await fresh_both("ledger")
    people = [NewAccount(f"customer/{n}", MYR, AccountClass.E_MONEY, floor=0) for n in range(5)]
    own = [
        NewAccount("claim/ips", MYR, AccountClass.SAFEGUARDED, keeper="ips"),
        NewAccount("equity/capital", MYR, AccountClass.EQUITY),
        NewAccount("equity/other", PKR, AccountClass.EQUITY),
    ]
    await flow.open_accounts(tx, [*people, *own], NOW)
    issued = [moved(n, 100, "claim/ips", f"customer/{n}") for n in range(5)]
    await flow.post(tx, issued, NOW)
    return tx


async def test_groups_hold_every_account_and_add_up(book):
    groups = await flow.chart(book)
    found = {(each.head, each.asset.code): each for each in groups}
    assert found["customer", "MYR"].count == 5
    assert found["customer", "MYR"].credit == 500
    assert found["claim", "MYR"].debit == 500
    assert found["equity", "PKR"].asset == PKR
    assert sum(each.debit for each in groups) == sum(each.credit for each in groups)


async def test_accounts_are_paged_by_the_first_part_of_their_code(book):
    first = await flow.accounts_under(book, "customer", 0, 3)
    rest = await flow.accounts_under(book, "customer", first[-1].account.id, 3)
    assert [each.account.code for each in (*first, *rest)] == [f"customer/{n}" for n in range(5)]
    assert await flow.accounts_under(book, "cust", 0, 3) == []
    own = [each.account.code for each in await flow.own_accounts(book)]
    assert own == ["claim/ips", "equity/capital", "equity/other"]


async def test_holds_are_told_by_their_age(book):
    spans = (60, 3600)
    ages = (0, 30, 59, 600, 4000, 90_000)
    for place, age in enumerate(sorted(ages, reverse=True)):
        at = NOW + timedelta(seconds=100_000 - age)
        hold = moved(10 + place, 1, "customer/0", "customer/1", at, kind=TransferKind.HOLD)
        await flow.post(book, [hold], at)
    found = await flow.held_by_age(book, spans, NOW + timedelta(seconds=100_000))
    assert [(each.within_seconds, each.count, each.minor) for each in found] == [
        (60, 3, 3),
        (3600, 1, 1),
        (None, 2, 2),
    ]


async def test_what_ended_a_hold_stands_with_it(book):
    hold = moved(10, 9, "customer/0", "customer/1", kind=TransferKind.HOLD)
    ends = {"amount": 0, "code": "test", "occurred_at": NOW, "hold_id": IDS[10]}
    part = Transfer(id=IDS[11], **{**ends, "amount": 4}, kind=TransferKind.POST)
    rest = Transfer(id=IDS[12], **ends, kind=TransferKind.VOID)
    await flow.post(book, [hold, part, rest], NOW)
    assert [each.id for each in await flow.ended_hold(book, IDS[10])] == [IDS[11], IDS[12]]


async def test_every_transfer_is_proved_before_and_after_its_seal(book):
    for number in range(6, 12):
        at = NOW + timedelta(seconds=number)
        await flow.post(book, [moved(number, 1, "customer/0", "customer/1", at)], at)
    found = await flow.booked(book, [IDS[0], IDS[8], "no id", IDS[25]])
    assert isinstance(found[2], NotFound)
    assert isinstance(found[3], NotFound)
    for each in found[:2]:
        assert isinstance(each, Booked)
        proof = await flow.prove(book, each)
        assert (proof.holds, proof.seal) == (True, None)
    await flow.seal(book, NOW)
    for each in found[:2]:
        proof = await flow.prove(book, each)
        assert proof.holds
        assert proof.seal is not None
        assert each.id in proof.text
        root = proof.seal.root
        assert merkle.verify(proof.hash, proof.index, proof.size, proof.path, root)
        assert not merkle.verify(proof.hash, proof.index + 1, proof.size, proof.path, root)
    seals = await flow.seals(book, None, 5)
    assert [each.number for each in seals] == [1]
    assert await flow.seals(book, 1, 5) == []


async def test_accounts_with_others_are_told_as_they_stood(book):
    steps = [NOW + timedelta(minutes=number) for number in range(4)]
    for place, at in enumerate(steps[1:3]):
        await flow.post(book, [moved(10 + place, 7, "claim/ips", "customer/0", at)], at)
    assert await flow.stood_then(book, [NOW + timedelta(hours=1)], 5) == []
    await flow.enter(book)
    moments = [NOW, *(at + timedelta(seconds=30) for at in steps)]
    told = await flow.stood_then(book, moments, 5)
    assert {each.code for each in told} == {"claim/ips"}
    assert [each.at for each in told] == moments[1:]
    assert [each.balance for each in told] == [-500, -507, -514, -514]
    assert await flow.stood_then(book, moments, 0) == []
