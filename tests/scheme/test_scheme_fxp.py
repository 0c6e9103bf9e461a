import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scheme_nodes import FXP_NODE, MY, PK, balance, minor, notice

from moments import NOW, Fresh
from qantara.errors import Conflict, Malformed, NotFound
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money, Rate
from qantara.scheme.fxp import flow, rules
from qantara.scheme.fxp.model import Funding, Offered, Pair, Tick
from qantara.scheme.model import (
    RATE_NOTICE,
    ExchangeNotice,
    RateNotice,
    read_notice,
    write_notice,
)
from qantara.scheme.rules import RATE_DECIMALS, RATE_DIGITS, base_one_rate

_PAIR = FXP_NODE.pairs[0]
_TICK = Tick("MYR/PKR")


async def _open(fresh: Fresh) -> asyncpg.Connection:
    tx = await fresh("ledger", "scheme.fxp")
    await flow.open_books(tx, FXP_NODE, NOW)
    commands = [Funding("myr", minor(50_000, MYR)), Funding("pkr", minor(2_000_000, PKR))]
    assert await flow.fund(tx, FXP_NODE, commands, NOW) == [None, None]
    return tx


async def _tick(tx: asyncpg.Connection) -> tuple[Offered, Offered]:
    (made,) = await flow.next_rate(tx, FXP_NODE, [_TICK], NOW)
    assert not isinstance(made, NotFound)
    return made


def _notice(rate: Offered, given: Money, paid: Money, **changes: Any) -> ExchangeNotice:
    made = ExchangeNotice(
        message_id=uuid.uuid4().hex,
        uetr=str(uuid.uuid4()),
        completed_at=NOW,
        source=rate.source,
        source_amount=str(given),
        destination=rate.destination,
        destination_amount=str(paid),
        rate=rate.rate,
        rate_id=rate.id,
        quote_id=str(uuid.uuid4()),
        source_psp=MY,
        destination_psp=PK,
        tier_id=str(uuid.uuid4()),
        tier_threshold="0.00",
        relationship_id=str(uuid.uuid4()),
        psp_bps=5,
    )
    return replace(made, **changes)


async def test_rates_are_pushed_both_ways_and_the_same_seed_walks_the_same_way(
    fresh_both: Fresh,
) -> None:
    tx, other = await _open(fresh_both), await _open(fresh_both)
    assert await flow.latest_mid(tx, "MYR", "PKR") is None
    batch = await flow.next_rate(tx, FXP_NODE, [_TICK, _TICK, Tick("EUR/PKR")], NOW)
    assert isinstance(batch[2], NotFound)
    singly = [await _tick(other), await _tick(other)]
    assert [made[0].mid for made in batch if not isinstance(made, NotFound)] == [
        made[0].mid for made in singly
    ]
    rows = await tx.fetch("SELECT raw FROM db.sent WHERE name = $1 ORDER BY 1", RATE_NOTICE)
    told = [read_notice(row["raw"], RateNotice) for row in rows]
    assert sorted((one.source, one.destination) for one in told) == [
        *[("MYR", "PKR")] * 2,
        *[("PKR", "MYR")] * 2,
    ]
    there, back = singly[1]
    mid = await flow.latest_mid(other, "MYR", "PKR")
    assert mid is not None
    assert mid.value == there.mid
    assert (there.rate, there.tick) == (rules.priced(there.mid, 25), 2)
    assert back.mid == rules.inverse(there.mid)
    assert there.rate < there.mid
    assert back.rate < back.mid


async def test_an_exchange_books_both_legs_and_the_margin_in_one_chain(fresh: Fresh) -> None:
    tx = await _open(fresh)
    there, back = await _tick(tx)
    given = minor(100, MYR)
    paid = Rate(MYR, PKR, there.rate).convert(given)
    out = _notice(there, given, paid)
    worth = Rate(MYR, PKR, there.mid).convert(given)
    assert await flow.exchange(tx, FXP_NODE, [notice("nexus", out)] * 2, NOW) == [None, None]
    again = notice("nexus", replace(out, message_id=uuid.uuid4().hex))
    assert await flow.exchange(tx, FXP_NODE, [again], NOW) == [None]
    assert await balance(tx, "nostro/sap-my") == -50_100_00
    assert await balance(tx, "nostro/sap-pk") == -2_000_000_00 + paid.minor
    assert await balance(tx, "position/MYR") == given.minor
    assert await balance(tx, "position/PKR") == -worth.minor
    assert await balance(tx, "income/margin/PKR") == (worth - paid).minor > 0
    row = await tx.fetchrow("SELECT * FROM fxp.exchange")
    assert row is not None
    assert (int(row["given"]), int(row["paid"]), row["mid"]) == (
        given.minor,
        paid.minor,
        there.mid,
    )
    assert int(row["margin"]) == (worth - paid).minor
    # Improvements above the spread: a loss, booked the other way round.
    generous = Rate(PKR, MYR, back.mid).convert(minor(10_000, PKR)) + Money(7, MYR)
    losing = notice("nexus", _notice(back, minor(10_000, PKR), generous))
    assert await flow.exchange(tx, FXP_NODE, [losing], NOW) == [None]
    assert await balance(tx, "income/margin/MYR") == -7
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


async def test_a_batch_of_exchanges_adds_up(fresh: Fresh) -> None:
    tx = await _open(fresh)
    there, _ = await _tick(tx)
    batch = [
        notice("nexus", _notice(there, Money(1_000 + place, MYR), Money(62_000, PKR)))
        for place in range(50)
    ]
    early = NOW - timedelta(seconds=1)
    assert await flow.exchange(tx, FXP_NODE, batch, early) == [None] * 50
    assert await balance(tx, "position/MYR") == sum(range(1_000, 1_050))
    assert await tx.fetchval("SELECT count(*) FROM fxp.exchange") == 50


async def test_a_notice_that_cannot_be_right_changes_nothing(fresh: Fresh) -> None:
    tx = await _open(fresh)
    there, _ = await _tick(tx)
    first = _notice(there, minor(10, MYR), minor(600, PKR))
    wrong = [
        notice("stranger", first),
        notice("nexus", replace(first, message_id="a" * 32, rate_id=str(uuid.uuid4()))),
        notice("nexus", first),
        notice("nexus", replace(first, message_id="b" * 32, destination_amount="601.00")),
    ]
    outcomes = await flow.exchange(tx, FXP_NODE, wrong, NOW)
    assert [type(outcome) for outcome in outcomes] == [Conflict, NotFound, type(None), Conflict]
    assert await balance(tx, "nostro/sap-my") == -50_010_00


@given(st.integers(), st.integers(1, 10**6), st.decimals("0.8", "1.25", places=6))
def test_the_walk_stays_near_its_start_and_fits_the_message(
    seed: int, tick: int, off: Decimal
) -> None:
    last = base_one_rate(_PAIR.start * off)
    mid = rules.next_mid(seed, _PAIR, tick, last, 5)
    assert mid == rules.next_mid(seed, _PAIR, tick, last, 5)
    assert abs(mid - last) <= last * Decimal("0.0005") + abs(_PAIR.start - last) / rules.PULL + 1
    for value in (mid, rules.inverse(mid), rules.priced(mid, 25)):
        assert len(value.as_tuple().digits) <= RATE_DIGITS
        assert -int(value.as_tuple().exponent) <= RATE_DECIMALS


@given(st.integers(1, 10**10), st.integers(0, 300))
def test_the_margin_is_what_mid_is_worth_more_than_what_was_paid(amount: int, bps: int) -> None:
    mid = Decimal("62.5")
    given_, paid = (
        Money(amount, MYR),
        Rate(MYR, PKR, rules.priced(mid, bps)).convert(Money(amount, MYR)),
    )
    margin = rules.margin(given_, paid, mid)
    assert margin + paid == Rate(MYR, PKR, mid).convert(given_)
    assert margin.minor >= 0


def test_notices_survive_the_wire_and_broken_ones_are_malformed() -> None:
    there = RateNotice("m", "i", "MYR", "PKR", Decimal("62.5000000001"), NOW, NOW)
    assert read_notice(write_notice(there), RateNotice) == there
    for raw in (b"", b"{}", b"not json", write_notice(there).replace(b'"MYR"', b"7")):
        with pytest.raises(Malformed):
            read_notice(raw, RateNotice)


def test_a_pair_is_named_by_its_currencies() -> None:
    assert Pair(MYR, PKR, Decimal(1)).name == "MYR/PKR"
