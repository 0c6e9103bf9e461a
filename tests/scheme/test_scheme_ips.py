import uuid
from datetime import time
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scheme_books import open_system
from scheme_nodes import (
    BILAL,
    DUITNOW_NODE,
    FXP_AT_MY,
    PAYEE_PK,
    PHONE,
    PK,
    RAAST_NODE,
    REJECTED,
    balance,
    destination_transfer,
    held,
    minor,
    outgoing_transfer,
    psp,
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
    PaymentStatus,
    Profile,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.ips import flow, rules
from qantara.scheme.ips.model import (
    Alias,
    IpsNode,
    Window,
)

_TWO_BANKS = replace(
    DUITNOW_NODE, participants=(*DUITNOW_NODE.participants, psp("other", "OTHRMYK0"))
)


def _out(transfer: CreditTransfer, sender: str = "my") -> mail.Received[Any]:
    return received(sender, transfer, Profile.DUITNOW)


def _arriving(paid: Money | None = None) -> CreditTransfer:
    return destination_transfer(outgoing_transfer(), paid or minor(6_000, PKR))


async def _states(tx: asyncpg.Connection) -> list[str]:
    return [row["state"] for row in await tx.fetch("SELECT state FROM ips.payment ORDER BY uetr")]


async def test_source_side_reserves_asks_the_provider_then_the_gateway(fresh_both: Fresh) -> None:
    tx = await open_system(fresh_both, DUITNOW_NODE)
    batch = [outgoing_transfer(Money(100 + place, MYR)) for place in range(30)]
    total = sum(transfer.settlement_amount.minor for transfer in batch)
    assert await flow.submit(tx, DUITNOW_NODE, [_out(one) for one in batch], NOW) == [None] * 30
    assert await held(tx) == 2 * total
    legs = await sent(tx, "sap-my", Profile.DUITNOW)
    assert [leg.uetr for leg in legs] == [transfer.uetr for transfer in batch]
    accepted = [received("sap-my", status(leg, letters.ACCEPTED), Profile.DUITNOW) for leg in legs]
    assert await flow.answer(tx, DUITNOW_NODE, accepted, NOW) == [None] * 30
    onward = await sent(tx, "nexus", Profile.NEXUS)
    assert [one.settlement_amount for one in onward] == [one.settlement_amount for one in batch]
    assert not {one.message_id for one in onward} & {one.message_id for one in legs + batch}
    ends = [letters.ACCEPTED if place % 3 else REJECTED for place in range(30)]
    final = [
        received("nexus", status(leg, end), Profile.NEXUS)
        for leg, end in zip(onward, ends, strict=True)
    ]
    assert await flow.confirm(tx, DUITNOW_NODE, final, NOW) == [None] * 30
    assert await flow.confirm(tx, DUITNOW_NODE, final, NOW) == [None] * 30
    assert await held(tx) == 0
    kept = sum(one.settlement_amount.minor for place, one in enumerate(batch) if place % 3)
    assert await balance(tx, "position/my") == -kept
    assert await balance(tx, "position/sap-my") == kept
    told = {one.uetr: one for one in await sent(tx, "my", Profile.DUITNOW)}
    assert [told[one.uetr].status for one in batch] == [end.status for end in ends]
    assert {told[one.uetr].original_message_id for one in batch} == {
        one.message_id for one in batch
    }
    told_sap = await sent(tx, "sap-my", Profile.DUITNOW)
    assert sum(isinstance(one, PaymentStatus) for one in told_sap) == 30


async def test_what_a_participant_may_not_do_gets_its_code(fresh: Fresh) -> None:
    tx = await open_system(fresh, _TWO_BANKS)
    wrong = {
        "AG01": _out(outgoing_transfer(), "other"),
        "AGNT": _out(
            outgoing_transfer(
                instructed_agent=Agent("NONEMYK0"),
                intermediary1=replace(FXP_AT_MY, agent=Agent("NONEMYK0")),
            )
        ),
        "AM13": _out(outgoing_transfer(minor(50_001, MYR))),
        "AM23": _out(outgoing_transfer(minor(20_001, MYR))),
    }
    mixed = _out(outgoing_transfer(debtor_agent=Agent("OTHRMYK0")))
    good = _out(outgoing_transfer(minor(20_000, MYR)))
    stranger = _out(outgoing_transfer(), "stranger")
    batch = [*wrong.values(), mixed, good, stranger]
    outcomes = await flow.submit(tx, _TWO_BANKS, batch, NOW)
    assert outcomes[:-1] == [None] * 6
    assert isinstance(outcomes[-1], NotFound)
    said = {
        one.uetr: one
        for recipient in ("my", "other")
        for one in await sent(tx, recipient, Profile.DUITNOW)
    }
    for code, item in wrong.items():
        answer = said[item.record.uetr]
        assert (answer.status, answer.reason) == (Status.RJCT, code)
        assert answer.original_message_id == item.record.message_id
    assert said[mixed.record.uetr].reason == "AG01"
    (leg,) = await sent(tx, "sap-my", Profile.DUITNOW)
    assert leg.uetr == good.record.uetr
    assert await held(tx) == 2 * 20_000_00
    assert sorted(await _states(tx)) == ["at_source_sap", *["rejected"] * 5]


async def test_the_system_is_closed_outside_its_window(fresh: Fresh) -> None:
    node = replace(DUITNOW_NODE, window=Window(time(9), time(17)))
    tx = await open_system(fresh, node)
    await flow.submit(tx, node, [_out(outgoing_transfer())], NOW)
    (answer,) = await sent(tx, "my", Profile.DUITNOW)
    assert (answer.reason, answer.reason_texts) == ("ED06", ("settlement_closed, system DuitNow",))
    await flow.submit(tx, node, [_out(outgoing_transfer())], NOW.replace(hour=9))
    assert len(await sent(tx, "sap-my", Profile.DUITNOW)) == 1


def test_a_window_may_span_midnight() -> None:
    night = Window(time(22), time(6))
    assert [night.contains(NOW.replace(hour=hour)) for hour in (21, 22, 0, 5, 6)] == [
        *(False, True, True, True, False)
    ]


async def test_a_repeat_is_sent_on_again_and_another_message_of_it_is_a_duplicate(
    fresh: Fresh,
) -> None:
    tx = await open_system(fresh, DUITNOW_NODE)
    transfer = outgoing_transfer()
    await flow.submit(tx, DUITNOW_NODE, [_out(transfer), _out(transfer)], NOW)
    first, again = await sent(tx, "sap-my", Profile.DUITNOW)
    assert first == again
    other = replace(transfer, message_id="e" * 32)
    await flow.submit(tx, DUITNOW_NODE, [_out(other)], NOW)
    (answer,) = await sent(tx, "my", Profile.DUITNOW)
    assert (answer.reason, answer.original_message_id) == ("DU03", "e" * 32)
    yes = received("sap-my", status(first, letters.ACCEPTED), Profile.DUITNOW)
    yes_again = received("sap-my", status(first, letters.ACCEPTED), Profile.DUITNOW)
    assert await flow.answer(tx, DUITNOW_NODE, [yes, yes_again], NOW) == [None, None]
    await flow.submit(tx, DUITNOW_NODE, [_out(transfer)], NOW)
    onward = await queued(tx, "nexus")
    assert [one.key for one in onward] == [onward[0].key] * 2
    final = status(first, letters.ACCEPTED, original_id=onward[0].key)
    await flow.confirm(tx, DUITNOW_NODE, [received("nexus", final, Profile.NEXUS)], NOW)
    await flow.submit(tx, DUITNOW_NODE, [_out(transfer)], NOW)
    *_, told, told_again = await queued(tx, "my")
    assert told.key == told_again.key
    assert await held(tx) == 0


async def test_only_the_awaited_party_moves_a_payment(fresh: Fresh) -> None:
    tx = await open_system(fresh, _TWO_BANKS)
    transfer = outgoing_transfer()
    await flow.submit(tx, _TWO_BANKS, [_out(transfer)], NOW)
    (leg,) = await sent(tx, "sap-my", Profile.DUITNOW)
    outcomes = await flow.answer(
        tx,
        _TWO_BANKS,
        [
            received("other", status(leg, letters.ACCEPTED), Profile.DUITNOW),
            received("my", status(leg, letters.ACCEPTED), Profile.DUITNOW),
            received("nexus", status(leg, letters.ACCEPTED), Profile.NEXUS),
            received(
                "sap-my", status(replace(leg, uetr=str(uuid.uuid4())), REJECTED), Profile.DUITNOW
            ),
            received("sap-my", status(leg, REJECTED), Profile.DUITNOW),
            received("sap-my", status(leg, letters.ACCEPTED), Profile.DUITNOW),
        ],
        NOW,
    )
    assert [type(outcome) for outcome in outcomes] == [
        *(Conflict, Conflict, Conflict, NotFound, type(None), type(None))
    ]
    assert await held(tx) == 0
    *_, again = await sent(tx, "sap-my", Profile.DUITNOW)
    assert (again.status, again.reason) == (Status.RJCT, "AC04")
    (told,) = await sent(tx, "my", Profile.DUITNOW)
    assert (told.status, told.reason) == (Status.RJCT, "AC04")


async def _delivered(
    tx: asyncpg.Connection, node: IpsNode, transfer: CreditTransfer
) -> CreditTransfer:
    """Destination side, as far as the payee's provider."""
    assert await flow.deliver(tx, node, [received("nexus", transfer, Profile.NEXUS)], NOW) == [None]
    leg = (await sent(tx, "sap-pk", Profile.RAAST))[-1]
    assert await held(tx) == 0
    yes = status(leg, letters.Verdict(Status.ACTC))
    assert await flow.answer(tx, node, [received("sap-pk", yes, Profile.RAAST)], NOW) == [None]
    arrived = await sent(tx, "pk", Profile.RAAST)
    assert arrived[-1].settlement_amount == transfer.settlement_amount
    assert isinstance(arrived[-1], CreditTransfer)
    return arrived[-1]


@pytest.mark.parametrize("said", [letters.ACCEPTED, REJECTED], ids=["credited", "rejected"])
@pytest.mark.parametrize("steps", [4, 5])
async def test_destination_side_ends_as_the_payees_provider_says(
    fresh: Fresh, steps: int, said: letters.Verdict
) -> None:
    node = replace(RAAST_NODE, steps=steps)
    tx = await open_system(fresh, node)
    arriving = _arriving()
    leg = await _delivered(tx, node, arriving)
    assert await held(tx) == 2 * 6_000_00
    answer = received("pk", status(leg, said), Profile.RAAST)
    assert await flow.answer(tx, node, [answer], NOW) == [None]
    (told,) = await sent(tx, "nexus", Profile.NEXUS)
    assert told.status is said.status
    if steps == 5 and said is letters.ACCEPTED:
        assert await held(tx) == 2 * 6_000_00
        end = received("nexus", status(arriving, letters.ACCEPTED), Profile.NEXUS)
        assert await flow.confirm(tx, node, [end], NOW) == [None]
        confirmed = (await sent(tx, "pk", Profile.RAAST))[-1]
        assert (confirmed.status, confirmed.original_message_id) == (Status.ACCC, leg.message_id)
    assert await held(tx) == 0
    moved = 6_000_00 if said is letters.ACCEPTED else 0
    assert await balance(tx, "settlement/pk") == 100_000_00 + moved
    assert await balance(tx, "settlement/sap-pk") == 100_000_00 - moved
    assert (await sent(tx, "sap-pk", Profile.RAAST))[-1].status is said.status
    async with tx.transaction():
        assert (await ledger.verify_book(tx)).clean


async def test_a_payment_that_cannot_arrive_is_answered_to_the_gateway(fresh: Fresh) -> None:
    tx = await open_system(fresh, RAAST_NODE, money=1_000)
    unknown = replace(
        _arriving(), creditor_agent=Agent("NONEPKK0"), instructed_agent=Agent("NONEPKK0")
    )
    large = _arriving(minor(1_000_001, PKR))
    batch = [received("nexus", one, Profile.NEXUS) for one in (unknown, large)]
    assert await flow.deliver(tx, RAAST_NODE, batch, NOW) == [None, None]
    short = _arriving(minor(1_001, PKR))
    await flow.deliver(tx, RAAST_NODE, [received("nexus", short, Profile.NEXUS)], NOW)
    leg = (await sent(tx, "sap-pk", Profile.RAAST))[-1]
    yes = received("sap-pk", status(leg, letters.Verdict(Status.ACTC)), Profile.RAAST)
    assert await flow.answer(tx, RAAST_NODE, [yes], NOW) == [None]
    no = _arriving()
    await flow.deliver(tx, RAAST_NODE, [received("nexus", no, Profile.NEXUS)], NOW)
    leg = (await sent(tx, "sap-pk", Profile.RAAST))[-1]
    refused = received("sap-pk", status(leg, replace(REJECTED, reason="AM04")), Profile.RAAST)
    assert await flow.answer(tx, RAAST_NODE, [refused], NOW) == [None]
    reasons = {one.uetr: one.reason for one in await sent(tx, "nexus", Profile.NEXUS)}
    assert reasons == {unknown.uetr: "CNOR", large.uetr: "AM13", short.uetr: "AM04"} | {
        no.uetr: "AM04"
    }
    voided = [
        one for one in await sent(tx, "sap-pk", Profile.RAAST) if isinstance(one, PaymentStatus)
    ]
    assert [(one.uetr, one.status) for one in voided] == [(short.uetr, Status.RJCT)]
    assert await sent(tx, "pk", Profile.RAAST) == []
    assert await held(tx) == 0


async def test_an_alias_stands_for_one_account(fresh: Fresh) -> None:
    tx = await open_system(fresh, RAAST_NODE)
    alias = Alias(PHONE, PAYEE_PK, PK, BILAL.name, "PK", "Lahore")
    elsewhere = replace(alias, account=AccountRef(iban="PK63RAVI0000001123456701"))
    foreign = replace(alias, proxy=replace(PHONE, value="+923001111111"), agent="NONEPKK0")
    outcomes = await flow.register_aliases(tx, RAAST_NODE, [alias, elsewhere, foreign, alias], NOW)
    assert [type(outcome) for outcome in outcomes] == [
        *(type(None), Conflict, NotFound, type(None))
    ]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126)), st.integers(1, 4))
def test_a_masked_name_shows_first_letters_only(word: str, count: int) -> None:
    name = " ".join([word] * count)
    masked = rules.mask(name)
    for shown, real in zip(masked.split(), name.split(), strict=True):
        assert shown[0] == real[0]
        assert set(shown[1:]) <= {"*"}
        assert len(shown) == len(real)
