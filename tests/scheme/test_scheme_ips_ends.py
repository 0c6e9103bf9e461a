"""How payments across the border end: variants, priorities, one bank on both ends, timers."""

import uuid
from typing import Any

import pytest
from msgspec.structs import replace
from scheme_nodes import (
    DUITNOW_NODE,
    FXP_AT_MY,
    FXP_AT_PK,
    MY,
    PK,
    RAAST_NODE,
    REJECTED,
    destination_transfer,
    minor,
    outgoing_transfer,
    provider,
    status,
)
from scheme_system import System, reasons, system

from moments import Fresh
from qantara.db import mail
from qantara.errors import Conflict
from qantara.money import MYR, PKR
from qantara.rails.model import Agent, CreditTransfer, Priority, Status
from qantara.scheme.ips import flow
from qantara.scheme.ips.model import Initiation, IpsNode
from qantara.scheme.letters import ACCEPTED, Verdict
from qantara.scheme.model import AUTHORISATION, Authorisation, AuthorisationRequest

AMOUNT = 100_00
ENDS = ["credited", "rejected", "blocked"]
BLOCKED = Verdict(Status.BLCK, "FR01", "held by law")
HELD = Verdict(Status.ACWP)
TECHNICAL = Verdict(Status.ACTC)
OWN_SOURCE = replace(DUITNOW_NODE, participants=(*DUITNOW_NODE.participants, provider("my", MY)))
OWN_DESTINATION = replace(RAAST_NODE, participants=(*RAAST_NODE.participants, provider("pk", PK)))


async def _submitted(fresh: Fresh, node: IpsNode, transfer: CreditTransfer) -> System:
    """Source side, as far as the gateway."""
    world = await system(fresh, node)
    assert await world.say(flow.submit, "my", transfer) == [None]
    legs = await world.told("sap-my")
    if legs:
        assert await world.say(flow.answer, "sap-my", status(legs[0], ACCEPTED)) == [None]
    return world


async def _ended(world: System, said: Verdict) -> None:
    (onward,) = await world.told("nexus")
    assert await world.say(flow.confirm, "nexus", status(onward, said)) == [None]


@pytest.mark.parametrize("steps", [4, 5])
@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_source_side_by_four_steps_and_by_five(
    fresh: Fresh, steps: int, said: Verdict
) -> None:
    node = replace(DUITNOW_NODE, source_steps=steps)
    world = await _submitted(fresh, node, outgoing_transfer())
    assert await world.moved("my") == (-AMOUNT if steps == 4 else 0)
    await _ended(world, said)
    moved = 0 if said is REJECTED else AMOUNT
    await world.at_rest({"my": -moved, "sap-my": moved})
    assert reasons(await world.told("my")) == [(said.status, said.reason)]
    assert reasons(await world.told("sap-my")) == [(said.status, said.reason)]


async def test_a_reversal_never_lacks_money_and_is_a_transfer_of_its_own(fresh: Fresh) -> None:
    """The access provider pays out all it has meanwhile; what may go back stays."""
    node = replace(DUITNOW_NODE, source_steps=4, net_debit_cap=minor(100, MYR))
    world = await _submitted(fresh, node, outgoing_transfer())
    kinds = await world.tx.fetch(
        "SELECT kind FROM ledger.transfer WHERE code LIKE 'ips.%' AND code <> 'ips.fund'"
    )
    assert sorted(row["kind"] for row in kinds) == ["direct", "hold"]
    await _ended(world, REJECTED)
    await world.at_rest({})
    codes = await world.tx.fetch("SELECT code, kind FROM ledger.transfer ORDER BY sequence")
    assert [(row["code"], row["kind"]) for row in codes][-1] == ("ips.reverse", "post")


@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
@pytest.mark.parametrize("steps", [4, 5])
async def test_a_bank_that_is_its_own_access_provider_sends_past_it(
    fresh: Fresh, steps: int, said: Verdict
) -> None:
    node = replace(OWN_SOURCE, source_steps=steps)
    own = replace(FXP_AT_MY, agent=Agent(MY))
    transfer = outgoing_transfer(instructed_agent=Agent(MY), intermediary1=own)
    world = await _submitted(fresh, node, transfer)
    assert await world.states() == ["at_gateway"]
    assert await world.say(flow.submit, "my", transfer) == [None]
    first, again = await world.told("nexus")
    assert (first, again.message_id) == (again, first.message_id)
    assert await world.say(flow.confirm, "nexus", status(first, said)) == [None]
    assert reasons(await world.told("my")) == [(said.status, said.reason)]
    assert await world.told("sap-my") == []
    await world.at_rest({})


def _arriving(**changes: Any) -> CreditTransfer:
    return destination_transfer(outgoing_transfer(**changes), minor(100, PKR))


@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_a_bank_that_is_its_own_access_provider_is_asked_once(
    fresh: Fresh, said: Verdict
) -> None:
    own = replace(FXP_AT_PK, agent=Agent(PK))
    arriving = _arriving(intermediary2=own)
    world = await system(fresh, OWN_DESTINATION)
    assert await world.say(flow.deliver, "nexus", arriving) == [None]
    (leg,) = await world.told("pk")
    assert leg.instructing_agent == leg.instructed_agent == Agent(PK)
    assert await world.say(flow.answer, "pk", status(leg, said)) == [None]
    assert reasons(await world.told("nexus")) == [(said.status, said.reason)]
    assert await world.told("sap-pk") == await world.told("pk") == []
    await world.at_rest({})


async def test_nobody_is_its_own_access_provider_without_being_one(fresh: Fresh) -> None:
    world = await system(fresh, DUITNOW_NODE)
    own = replace(FXP_AT_MY, agent=Agent(MY))
    transfer = outgoing_transfer(instructed_agent=Agent(MY), intermediary1=own)
    await world.say(flow.submit, "my", transfer)
    assert reasons(await world.told("my")) == [("RJCT", "AGNT")]


async def _delivered(
    fresh: Fresh, *, steps: int = 4, priority: Priority = Priority.NORM
) -> tuple[System, CreditTransfer, CreditTransfer]:
    """Destination side, as far as the payee's provider: what arrived, and its leg."""
    world = await system(fresh, replace(RAAST_NODE, steps=steps))
    arriving = _arriving(priority=priority)
    assert await world.say(flow.deliver, "nexus", arriving) == [None]
    (sap_leg,) = await world.told("sap-pk")
    assert await world.say(flow.answer, "sap-pk", status(sap_leg, TECHNICAL)) == [None]
    (leg,) = await world.told("pk")
    return world, arriving, leg


@pytest.mark.parametrize("priority", list(Priority))
@pytest.mark.parametrize("steps", [4, 5])
@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_destination_side_high_is_always_conditional(
    fresh: Fresh, steps: int, priority: Priority, said: Verdict
) -> None:
    world, arriving, leg = await _delivered(fresh, steps=steps, priority=priority)
    assert await world.say(flow.answer, "pk", status(leg, said)) == [None]
    assert reasons(await world.told("nexus")) == [(said.status, said.reason)]
    moved = 0 if said is REJECTED else AMOUNT
    conditional = steps == 5 or priority is Priority.HIGH
    if conditional and said is not REJECTED:
        assert await world.moved("pk") == 0
        assert await world.say(flow.confirm, "nexus", status(arriving, said)) == [None]
        confirmed = [("ACCC", None)] if said is ACCEPTED else []
        assert reasons(await world.told("pk")) == confirmed
    assert reasons(await world.told("sap-pk")) == [(said.status, said.reason)]
    await world.at_rest({"pk": moved, "sap-pk": -moved})
    assert await world.states() == [
        {ACCEPTED: "settled", REJECTED: "rejected", BLOCKED: "blocked"}[said]
    ]


async def test_by_four_steps_the_gateway_cannot_take_back_what_is_credited(fresh: Fresh) -> None:
    world, arriving, leg = await _delivered(fresh)
    (outcome,) = await world.say(flow.confirm, "nexus", status(arriving, REJECTED))
    assert isinstance(outcome, Conflict)
    await world.say(flow.answer, "pk", status(leg, ACCEPTED))
    (outcome,) = await world.say(flow.confirm, "nexus", status(arriving, REJECTED))
    assert isinstance(outcome, Conflict)
    await world.at_rest({"pk": AMOUNT, "sap-pk": -AMOUNT})


CUT_OFF = Verdict(Status.RJCT, "AB03", "timed out")


@pytest.mark.parametrize(
    "answered", [None, ACCEPTED, BLOCKED], ids=["silent", "credited", "blocked"]
)
async def test_the_gateways_timer_cuts_a_high_payment_off_even_after_a_yes(
    fresh: Fresh, answered: Verdict | None
) -> None:
    world, arriving, leg = await _delivered(fresh, priority=Priority.HIGH)
    if answered is not None:
        assert await world.say(flow.answer, "pk", status(leg, answered)) == [None]
    assert await world.say(flow.confirm, "nexus", status(arriving, CUT_OFF)) == [None]
    assert reasons(await world.told("pk")) == [("RJCT", "AB03")]
    assert reasons(await world.told("sap-pk")) == [("RJCT", "AB03")]
    assert await world.say(flow.answer, "pk", status(leg, ACCEPTED)) == [None]
    assert reasons(await world.told("pk")) == [("RJCT", "AB03")]
    await world.at_rest({})


async def test_the_gateways_timer_cuts_off_before_the_access_provider_answered(
    fresh: Fresh,
) -> None:
    world = await system(fresh, RAAST_NODE)
    arriving = _arriving(priority=Priority.HIGH)
    await world.say(flow.deliver, "nexus", arriving)
    (sap_leg,) = await world.told("sap-pk")
    assert await world.say(flow.confirm, "nexus", status(arriving, CUT_OFF)) == [None]
    assert reasons(await world.told("sap-pk")) == [("RJCT", "AB03")]
    assert await world.told("pk") == []
    assert await world.say(flow.answer, "sap-pk", status(sap_leg, TECHNICAL)) == [None]
    assert reasons(await world.told("sap-pk")) == [("RJCT", "AB03")]
    await world.at_rest({})


@pytest.mark.parametrize("steps", [4, 5])
@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_held_for_a_check_is_told_on_and_no_timer_ends_it(
    fresh: Fresh, steps: int, said: Verdict
) -> None:
    world, arriving, leg = await _delivered(fresh, steps=steps)
    await world.say(flow.answer, "pk", status(leg, HELD))
    await world.say(flow.answer, "pk", status(leg, HELD))
    assert reasons(await world.told("nexus")) == [("ACWP", None)]
    await world.expire(86_400)
    assert await world.states() == ["held"]
    await world.say(flow.deliver, "nexus", arriving)
    assert reasons(await world.told("nexus")) == [("ACWP", None)]
    assert [one.message_id for one in await world.told("pk")] == [leg.message_id]
    assert await world.say(flow.answer, "pk", status(leg, said)) == [None]
    assert reasons(await world.told("nexus")) == [(said.status, said.reason)]
    if steps == 5 and said is not REJECTED:
        await world.say(flow.confirm, "nexus", status(arriving, said))
    moved = 0 if said is REJECTED else AMOUNT
    await world.at_rest({"pk": moved, "sap-pk": -moved})


async def test_a_high_payment_is_never_held_for_a_check(fresh: Fresh) -> None:
    world, _, leg = await _delivered(fresh, priority=Priority.HIGH)
    (outcome,) = await world.say(flow.answer, "pk", status(leg, HELD))
    assert isinstance(outcome, Conflict)
    assert await world.states() == ["at_payee_psp"]


@pytest.mark.parametrize("said", [ACCEPTED, REJECTED, BLOCKED], ids=ENDS)
async def test_the_sender_hears_that_a_payment_is_held_and_then_its_end(
    fresh: Fresh, said: Verdict
) -> None:
    world = await _submitted(fresh, DUITNOW_NODE, outgoing_transfer())
    (onward,) = await world.told("nexus")
    for answer in (HELD, said):
        assert await world.say(flow.confirm, "nexus", status(onward, answer)) == [None]
    told = reasons(await world.told("my"))
    assert told == [("ACWP", None), (said.status, said.reason)]
    assert reasons(await world.told("sap-my")) == [(said.status, said.reason)]
    moved = 0 if said is REJECTED else AMOUNT
    await world.at_rest({"my": -moved, "sap-my": moved})


async def test_a_held_payment_sent_again_goes_on_again_as_its_end_may_be_lost(
    fresh: Fresh,
) -> None:
    transfer = outgoing_transfer()
    world = await _submitted(fresh, DUITNOW_NODE, transfer)
    (onward,) = await world.told("nexus")
    await world.say(flow.confirm, "nexus", status(onward, HELD))
    await world.told("my")
    assert await world.say(flow.submit, "my", transfer) == [None]
    assert reasons(await world.told("my")) == [("ACWP", None)]
    assert [one.message_id for one in await world.told("nexus")] == [onward.message_id]


async def test_a_code_outside_the_set_goes_on_as_narr_with_its_name(fresh: Fresh) -> None:
    """Every code of a participant becomes one of Nexus's set before it is passed on."""
    world, _, leg = await _delivered(fresh)
    odd = status(leg, Verdict(Status.RJCT, "AC04"))
    assert await world.say(flow.answer, "pk", odd, mangled=(b">AC04<", b">AC01<")) == [None]
    (told,) = await world.told("nexus")
    assert (told.reason, told.reason_texts) == ("NARR", ("AC01",))


BY_REQUEST = replace(
    RAAST_NODE,
    participants=tuple(
        replace(one, initiation=Initiation.AUTHORISATION) for one in RAAST_NODE.participants
    ),
)


def _authorisation(asked: AuthorisationRequest, reason: str | None) -> Authorisation:
    return Authorisation(
        message_id=uuid.uuid4().hex,
        answered_at=asked.asked_at,
        uetr=asked.uetr,
        original_id=asked.message_id,
        granted=reason is None,
        reason=reason,
    )


@pytest.mark.parametrize("reason", [None, "AM04"])
async def test_an_access_provider_may_be_asked_by_request(fresh: Fresh, reason: str | None) -> None:
    world = await system(fresh, BY_REQUEST)
    arriving = _arriving()
    await world.say(flow.deliver, "nexus", arriving)
    (asked,) = await world.told("sap-pk")
    assert isinstance(asked, AuthorisationRequest)
    assert (asked.money, asked.account) == (
        arriving.settlement_amount,
        FXP_AT_PK.account.number,
    )
    told = _authorisation(asked, reason)
    incoming = mail.Incoming("sap-pk", told.message_id, AUTHORISATION, told.uetr, b"{}")
    item = mail.Received(incoming, told)
    assert await flow.authorised(world.tx, world.node, [item, item], world.now) == [None, None]
    if reason is not None:
        assert reasons(await world.told("nexus")) == [("RJCT", reason)]
        await world.at_rest({})
        return
    (leg,) = await world.told("pk")
    await world.say(flow.answer, "pk", status(leg, ACCEPTED))
    (end,) = await world.told("sap-pk")
    assert (end.status, end.original_message_id) == (Status.ACCC, asked.message_id)
    await world.at_rest({"pk": AMOUNT, "sap-pk": -AMOUNT})


async def test_a_refusal_ordered_by_the_operator_is_the_systems_own(fresh: Fresh) -> None:
    world = await system(fresh, DUITNOW_NODE)
    await world.say(flow.submit, "my", outgoing_transfer(), refusal="MS03")
    assert reasons(await world.told("my")) == [("RJCT", "MS03")]
    assert await world.told("sap-my") == []
    await world.at_rest({})


async def test_a_payee_bank_is_named_rightly_or_refused_with_its_code(fresh: Fresh) -> None:
    node = replace(RAAST_NODE, participants=(*RAAST_NODE.participants, provider("x", "XBNKPKK0")))
    world = await system(fresh, node)
    codes = {"NONEPKK0": "CNOR", "NONEMYK0": "RC07", "XBNKPKK0": "AGNT"}
    for bic in codes:
        arriving = replace(
            _arriving(uetr=str(uuid.uuid4())),
            creditor_agent=Agent(bic),
            instructed_agent=Agent(bic),
        )
        await world.say(flow.deliver, "nexus", arriving)
    assert [one.reason for one in await world.told("nexus")] == list(codes.values())
