from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
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
    queued,
    received,
    sent,
    status,
)

from moments import NOW, Fresh
from qantara.db import mail
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
from qantara.scheme.model import (
    AUTHORISATION_REQUEST,
    Authorisation,
    AuthorisationRequest,
    read_notice,
    write_notice,
)
from qantara.scheme.sap import flow
from qantara.scheme.sap.model import Customer, Funding, SapNode


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


BLOCKED = letters.Verdict(Status.BLCK)
SECOND = Customer("fxp-2", "LAYANMY0", "800100200999")
BOTH = replace(SAP_MY_NODE, customers=(*SAP_MY_NODE.customers, SECOND))


async def test_blocked_money_has_left_like_any_other(fresh: Fresh) -> None:
    tx = await _open(fresh, SAP_PK_NODE)
    first = _incoming()
    await flow.reserve(tx, SAP_PK_NODE, [_pk(first)], NOW)
    end = received("raast", status(first, BLOCKED), Profile.RAAST)
    assert await flow.finish(tx, SAP_PK_NODE, [end, end], NOW) == [None, None]
    assert (await balance(tx, "customer/fxp"), await held(tx)) == (4_000_00, 0)
    held_up = received("raast", status(first, letters.Verdict(Status.ACWP)), Profile.RAAST)
    (outcome,) = await flow.finish(tx, SAP_PK_NODE, [held_up], NOW)
    assert isinstance(outcome, Conflict)


async def test_each_customer_is_paid_and_pays_by_its_own_account(fresh: Fresh) -> None:
    tx = await _open(fresh, BOTH)
    theirs = replace(FXP_AT_MY, account=AccountRef(other=SECOND.number))
    batch = [outgoing_transfer(), outgoing_transfer(intermediary1=theirs)]
    assert await flow.reserve(tx, BOTH, [_my(one) for one in batch], NOW) == [None, None]
    ends = [received("duitnow", status(one, letters.ACCEPTED), Profile.DUITNOW) for one in batch]
    assert await flow.finish(tx, BOTH, ends, NOW) == [None, None]
    assert await balance(tx, "customer/fxp") == 10_100_00
    assert await balance(tx, "customer/fxp-2") == 100_00


def _request(transfer: CreditTransfer, **changes: Any) -> AuthorisationRequest:
    request = AuthorisationRequest(
        message_id=transfer.message_id,
        asked_at=NOW,
        uetr=transfer.uetr,
        account=transfer.intermediary2.account.number or "",
        currency="PKR",
        amount=str(transfer.settlement_amount),
        debtor=transfer.debtor.name,
        debtor_agent=transfer.debtor_agent.bic,
        creditor=transfer.creditor.name,
        creditor_agent=transfer.creditor_agent.bic,
    )
    return replace(request, **changes)


def _asked(request: AuthorisationRequest, refusal: str | None = None) -> Any:
    raw = write_notice(request)
    incoming = mail.Incoming("raast", request.message_id, AUTHORISATION_REQUEST, request.uetr, raw)
    return mail.Received(incoming, read_notice(raw, AuthorisationRequest), refusal)


async def test_a_debit_is_authorised_at_once_or_refused_with_its_code(fresh: Fresh) -> None:
    tx = await _open(fresh, SAP_PK_NODE)
    first, second, third, fourth = (_incoming() for _ in range(4))
    batch = [
        _asked(_request(first)),
        _asked(_request(first)),
        _asked(_request(second)),
        _asked(_request(third, account="999")),
        _asked(_request(fourth), refusal="MS03"),
    ]
    assert await flow.authorise(tx, SAP_PK_NODE, batch, NOW) == [None] * 5
    told = [read_notice(item.raw, Authorisation) for item in await queued(tx, "raast")]
    assert [(one.granted, one.reason) for one in told] == [
        *[(True, None)] * 2,
        (False, "AM04"),
        (False, "RC11"),
        (False, "MS03"),
    ]
    assert {one.original_id for one in told[:2]} == {first.message_id}
    larger = _asked(_request(first, amount="9000.00"))
    (outcome,) = await flow.authorise(tx, SAP_PK_NODE, [larger], NOW)
    assert isinstance(outcome, Conflict)
    assert await held(tx) == 2 * 6_000_00
    end = received("raast", status(first, letters.ACCEPTED), Profile.RAAST)
    assert await flow.finish(tx, SAP_PK_NODE, [end], NOW) == [None]
    assert await balance(tx, "customer/fxp") == 4_000_00


async def test_a_rejection_before_the_request_does_not_hide_the_release_after_it(
    fresh: Fresh,
) -> None:
    """The system's timer ran out while its request was on the way here."""
    tx = await _open(fresh, SAP_PK_NODE)
    first = _incoming()
    early = received("raast", status(first, REJECTED), Profile.RAAST)
    (outcome,) = await flow.finish(tx, SAP_PK_NODE, [early], NOW)
    assert isinstance(outcome, NotFound)
    await flow.reserve(tx, SAP_PK_NODE, [_pk(first)], NOW)
    again = received("raast", status(first, REJECTED), Profile.RAAST)
    assert await flow.finish(tx, SAP_PK_NODE, [again], NOW) == [None]
    assert (await balance(tx, "customer/fxp"), await held(tx)) == (10_000_00, 0)


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


async def test_what_stays_reserved_is_asked_about_again_at_growing_distances(
    fresh_both: Fresh,
) -> None:
    tx = await _open(fresh_both, SAP_MY_NODE)
    stuck, done = outgoing_transfer(minor(1, MYR)), outgoing_transfer(minor(2, MYR))
    await flow.reserve(tx, SAP_MY_NODE, [_my(stuck), _my(done)], NOW)
    first = {each.uetr: each for each in await queued(tx, "duitnow")}
    await mail.delivered(tx, None, [[each.sequence for each in first.values()]], NOW)
    end = received("duitnow", status(done, letters.ACCEPTED), Profile.DUITNOW)
    assert await flow.finish(tx, SAP_MY_NODE, [end], NOW) == [None]

    async def reminded(seconds: int) -> list[mail.Queued]:
        at = NOW + timedelta(seconds=seconds)
        assert await flow.remind(tx, SAP_MY_NODE, [None], at) == [None]
        out = await mail.due(tx, 10, at)
        await mail.delivered(tx, None, [[each.sequence for each in out]], at)
        return out

    told = {seconds: len(await reminded(seconds)) for seconds in (59, 60, 119, 120, 239, 240)}
    assert told == {59: 0, 60: 1, 119: 0, 120: 1, 239: 0, 240: 1}
    (again,) = await reminded(480)
    assert (again.key, again.raw) == (first[stuck.uetr].key, first[stuck.uetr].raw)
    end = received("duitnow", status(stuck, letters.ACCEPTED), Profile.DUITNOW)
    assert await flow.finish(tx, SAP_MY_NODE, [end], NOW) == [None]
    assert await reminded(3600) == []
    assert await held(tx) == 0
