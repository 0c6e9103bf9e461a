"""A bill is shared to the last minor unit, by one request each."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from wallet_people import CHE, check, known_by_phone, yes
from wallet_world import ACCOUNTS, AISHA, BO, World, build

from moments import NOW, Fresh
from qantara import ids
from qantara.errors import Conflict, Reason, Refused
from qantara.money import MYR, PKR, Money
from qantara.wallet import flow
from qantara.wallet.request_model import Part, Split, SplitBill
from qantara.wallet.splitting import shares_of


def myr(minor: int) -> Money:
    return Money(minor, MYR)


def bill(minor: int, *parts: Part, **other: object) -> SplitBill:
    until = NOW + timedelta(days=7)
    wish = SplitBill(
        ids.new("spl"), AISHA, ACCOUNTS[AISHA], myr(minor), parts, until, note="Dinner"
    )
    return replace(wish, **other)


async def friends(fresh: Fresh) -> tuple[World, Part, Part]:
    world = await build(fresh)
    await known_by_phone(world)
    return world, Part(await check(world, AISHA, BO)), Part(await check(world, AISHA, CHE))


@given(minor=st.integers(1, 10**12), count=st.integers(1, 50), with_self=st.booleans())
def test_equal_parts_sum_to_the_bill_and_differ_by_one_unit(minor, count, with_self):
    parts = tuple(Part(f"chk_{place}") for place in range(count))
    shares = shares_of(bill(minor, *parts, include_self=with_self))
    people = count + with_self
    if minor < people:
        assert isinstance(shares, Refused) or min(each.minor for each in shares[1:]) > 0
        return
    assert not isinstance(shares, Refused)
    own, *others = [each.minor for each in shares]
    assert own + sum(others) == minor
    each = [*others, *([own] if with_self else [])]
    assert max(each) - min(each) <= 1
    assert each[0] == max(each)


@given(own=st.integers(1, 1000), minor=st.integers(1, 1000), off=st.integers(-2, 2))
def test_stated_parts_are_taken_only_if_they_are_the_bill(own, minor, off):
    wish = bill(own + minor, Part("chk", myr(minor + off)), own=myr(own))
    shares = shares_of(wish)
    if off == 0:
        assert shares == [myr(own), myr(minor)]
    else:
        assert isinstance(shares, Refused)
        assert shares.reason is Reason.SPLIT_UNEVEN


async def test_a_bill_shows_who_has_paid(fresh_both: Fresh):
    world, bo, che = await friends(fresh_both)
    wish = bill(100_00, bo, che)
    split, again = await world.do(flow.split_bills, wish, wish)
    assert isinstance(split, Split)
    assert split == again
    assert [each.amount.minor for each in split.requests] == [33_34, 33_33]
    assert (split.own.minor, split.paid.minor, split.waiting.minor) == (33_33, 0, 66_67)
    await world.do(flow.pay_money, yes(split.requests[0]))
    (stands,) = await flow.splits(world.tx, [split.id])
    assert (stands.paid.minor, stands.waiting.minor) == (33_34, 33_33)
    assert [each.id for each in await flow.splits_of(world.tx, AISHA, None, 10)] == [split.id]
    assert await flow.splits_of(world.tx, BO, None, 10) == []
    (same,) = await world.do(flow.split_bills, wish)
    assert same == stands
    (other,) = await world.do(flow.split_bills, replace(wish, total=myr(90_00)))
    assert isinstance(other, Conflict)
    await world.audit()


async def test_all_are_asked_or_nobody(fresh: Fresh):
    world, bo, _ = await friends(fresh)
    wrong = {
        Reason.PAYEE_NOT_CONFIRMED: bill(100_00, bo, Part("chk_none")),
        Reason.FIELD_INVALID: bill(100_00, bo, Part(await check(world, AISHA, BO))),
        Reason.AMOUNT_NOT_POSITIVE: bill(1, bo, include_self=False, own=myr(1)),
        Reason.SPLIT_UNEVEN: bill(100_00, bo, replace(bo, amount=myr(1))),
        Reason.CURRENCY_MISMATCH: bill(100_00, bo, own=Money(1, PKR)),
    }
    outcomes = await world.do(flow.split_bills, *wrong.values())
    assert [each.reason for each in outcomes] == list(wrong)
    assert await flow.money_asked(world.tx, AISHA, None, 10) == []


@pytest.mark.parametrize(
    ("own", "include_self", "shares"),
    [
        (None, True, [33_33, 33_34, 33_33]),
        (None, False, [0, 50_00, 50_00]),
        (myr(10_01), True, [10_01, 45_00, 44_99]),
    ],
)
def test_the_owners_part_is_equal_none_or_stated(own, include_self, shares):
    wish = bill(100_00, Part("a"), Part("b"), own=own, include_self=include_self)
    assert shares_of(wish) == [myr(each) for each in shares]
