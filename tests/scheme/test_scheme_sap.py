from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from scheme_nodes import (
    FXP_AT_MY,
    REJECTED,
    SAP_MY_NODE,
    SAP_PK_NODE,
    balance,
    destination_transfer,
    held,
    minor,
    outgoing_transfer,
    received,
    sent,
    status,
)

from conftest import NOW, Fresh
from qantara.errors import Conflict, NotFound
from qantara.ledger import flow as ledger
from qantara.money import MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    CreditTransfer,
    Profile,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.sap import flow
from qantara.scheme.sap.model import Funding, SapNode


def _incoming(amount: int = 6_000) -> CreditTransfer:
    return destination_transfer(outgoing_transfer(), minor(amount, PKR))


async def _open(fresh: Fresh, node: SapNode) -> asyncpg.Connection:
    tx = await fresh("ledger", "scheme.sap")
    await flow.open_books(tx, node, NOW)
    commands = [
        Funding("deposit", minor(10_000, node.asset), "fxp"),
        Funding("own", minor(5_000, node.asset)),
    ]
    assert await flow.fund(tx, node, [*commands, *commands], NOW) == [None] * 4
    assert await balance(tx, "customer/fxp") == 10_000_00
    assert await balance(tx, node.claim) == -15_000_00
    return tx


def _my(transfer: CreditTransfer, sender: str = "duitnow") -> Any:
    return received(sender, transfer, Profile.DUITNOW)


def _pk(transfer: CreditTransfer) -> Any:
    return received("raast", transfer, Profile.RAAST)


async def test_source_side_a_batch_is_reserved_then_booked_or_given_back(
    fresh_both: Fresh,
) -> None:
    tx = await _open(fresh_both, SAP_MY_NODE)
    batch = [outgoing_transfer(Money(100 + place, MYR)) for place in range(20)]
    total = sum(one.settlement_amount.minor for one in batch)
    assert await flow.reserve(tx, SAP_MY_NODE, [_my(one) for one in batch], NOW) == [None] * 20
    answers = await sent(tx, "duitnow", Profile.DUITNOW)
    assert [(one.uetr, one.status) for one in answers] == [(one.uetr, Status.ACCC) for one in batch]
    assert await held(tx) == 2 * total
    ends = [letters.ACCEPTED if place % 2 else REJECTED for place in range(20)]
    final = [
        received("duitnow", status(one, end), Profile.DUITNOW)
        for one, end in zip(batch, ends, strict=True)
    ]
    assert await flow.finish(tx, SAP_MY_NODE, final, NOW) == [None] * 20
    assert await flow.finish(tx, SAP_MY_NODE, final, NOW) == [None] * 20
    kept = sum(one.settlement_amount.minor for place, one in enumerate(batch) if place % 2)
    assert await balance(tx, "customer/fxp") == 10_000_00 + kept
    assert await held(tx) == 0
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


async def test_destination_side_the_providers_money_decides(fresh: Fresh) -> None:
    tx = await _open(fresh, SAP_PK_NODE)
    first, second = _incoming(), _incoming()
    assert await flow.reserve(tx, SAP_PK_NODE, [_pk(first), _pk(second)], NOW) == [None, None]
    enough, short = await sent(tx, "raast", Profile.RAAST)
    assert (enough.uetr, enough.status) == (first.uetr, Status.ACTC)
    assert (short.status, short.reason) == (Status.RJCT, "AM04")
    assert short.reason_texts == ("liquidity_short",)
    end = received("raast", status(first, letters.ACCEPTED), Profile.RAAST)
    assert await flow.finish(tx, SAP_PK_NODE, [end], NOW) == [None]
    assert await balance(tx, "customer/fxp") == 4_000_00
    assert await balance(tx, "claim/raast") == -9_000_00


async def test_an_account_that_is_not_the_customers_is_refused(fresh: Fresh) -> None:
    tx = await _open(fresh, SAP_MY_NODE)
    foreign = outgoing_transfer(intermediary1=replace(FXP_AT_MY, account=AccountRef(other="999")))
    assert await flow.reserve(tx, SAP_MY_NODE, [_my(foreign)], NOW) == [None]
    stray = outgoing_transfer(
        intermediary1=replace(FXP_AT_MY, agent=Agent("OTHRMYK0")),
        instructed_agent=Agent("OTHRMYK0"),
    )
    assert await flow.reserve(tx, SAP_MY_NODE, [_my(stray)], NOW) == [None]
    assert [one.reason for one in await sent(tx, "duitnow", Profile.DUITNOW)] == ["RC11", "AG01"]
    (outcome,) = await flow.reserve(tx, SAP_MY_NODE, [_my(outgoing_transfer(), "stranger")], NOW)
    assert isinstance(outcome, Conflict)
    assert await held(tx) == 0


@pytest.mark.parametrize(("act", "code"), [("freeze", "AC06"), ("close", "AC04")])
async def test_a_frozen_and_a_closed_account_are_told_apart(
    fresh: Fresh, act: str, code: str
) -> None:
    tx = await fresh("ledger", "scheme.sap")
    await flow.open_books(tx, SAP_MY_NODE, NOW)
    if act == "freeze":
        await ledger.freeze(tx, "customer/fxp", "court order", "example", "test", NOW)
    else:
        await ledger.close(tx, "customer/fxp", "test", NOW)
    await flow.reserve(tx, SAP_MY_NODE, [_my(outgoing_transfer())], NOW)
    (answer,) = await sent(tx, "duitnow", Profile.DUITNOW)
    assert (answer.status, answer.reason) == (Status.RJCT, code)


async def test_the_same_message_is_answered_the_same_and_another_is_a_duplicate(
    fresh: Fresh,
) -> None:
    tx = await _open(fresh, SAP_MY_NODE)
    transfer = outgoing_transfer()
    await flow.reserve(tx, SAP_MY_NODE, [_my(transfer), _my(transfer)], NOW)
    await flow.reserve(tx, SAP_MY_NODE, [_my(transfer)], NOW + timedelta(minutes=1))
    answers = await sent(tx, "duitnow", Profile.DUITNOW)
    assert {(one.message_id, one.status) for one in answers} == {
        (answers[0].message_id, Status.ACCC)
    }
    await flow.reserve(tx, SAP_MY_NODE, [_my(replace(transfer, message_id="d" * 32))], NOW)
    codes = [one.reason for one in await sent(tx, "duitnow", Profile.DUITNOW)]
    assert codes.count("DU03") == 1
    assert await held(tx) == 2 * 100_00


async def test_an_end_that_contradicts_the_first_is_a_conflict(fresh: Fresh) -> None:
    tx = await _open(fresh, SAP_MY_NODE)
    transfer = outgoing_transfer()
    await flow.reserve(tx, SAP_MY_NODE, [_my(transfer)], NOW)
    outcomes = await flow.finish(
        tx,
        SAP_MY_NODE,
        [
            received("nexus", status(transfer, REJECTED), Profile.DUITNOW),
            received("duitnow", status(outgoing_transfer(), REJECTED), Profile.DUITNOW),
            received("duitnow", status(transfer, letters.ACCEPTED), Profile.DUITNOW),
            received("duitnow", status(transfer, letters.ACCEPTED), Profile.DUITNOW),
            received("duitnow", status(transfer, REJECTED), Profile.DUITNOW),
        ],
        NOW,
    )
    assert [type(outcome) for outcome in outcomes] == [
        *(Conflict, NotFound, type(None), type(None), Conflict)
    ]
    assert await balance(tx, "customer/fxp") == 10_100_00
