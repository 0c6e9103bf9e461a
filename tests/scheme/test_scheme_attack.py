"""What a party of the scheme could try with its key, and what becomes of the money."""

import uuid

from msgspec.structs import replace
from scheme_books import open_system
from scheme_nodes import (
    DUITNOW_NODE,
    FXP_AT_MY,
    MY,
    PAYEE_PK,
    RAAST_NODE,
    REJECTED,
    SAP_MY,
    SAP_PK_NODE,
    balance,
    destination_transfer,
    held,
    minor,
    outgoing_transfer,
    received,
    sent,
    source_transfer,
    status,
)
from scheme_world import build

from moments import NOW, Fresh
from qantara.errors import Conflict, NotFound
from qantara.money import MYR, PKR
from qantara.rails.model import AccountRef, Agent, Profile, ResolutionRequest, Status
from qantara.scheme import letters
from qantara.scheme.gateway import flow as gateway
from qantara.scheme.ips import flow as ips
from qantara.scheme.letters import Verdict
from qantara.scheme.sap import flow as sap
from qantara.scheme.sap.model import Funding

OTHER = "f" * 32


async def test_a_duplicate_put_in_with_the_gateways_key_does_not_reject_the_payment(
    fresh: Fresh,
) -> None:
    """Raast refuses the duplicate; its answer is about the duplicate and ends nothing."""
    world = await build(fresh)
    nexus, raast = world.roles["nexus"], world.roles["raast"]
    transfer = source_transfer(await world.quote("MY", "PK", minor(100, MYR)))
    taken = await gateway.forward(
        nexus.tx, nexus.node, [received("duitnow", transfer, Profile.NEXUS)], NOW
    )
    (leg,) = await sent(nexus.tx, "raast", Profile.NEXUS)
    copy = replace(leg, message_id=OTHER)
    batch = [received("nexus", one, Profile.NEXUS) for one in (leg, copy)]
    assert (taken, await ips.deliver(raast.tx, raast.node, batch, NOW)) == ([None], [None, None])
    (answer,) = await sent(raast.tx, "nexus", Profile.NEXUS)
    assert (answer.status, answer.reason, answer.original_message_id) == (
        Status.RJCT,
        "DU03",
        OTHER,
    )
    outcomes = await gateway.conclude(
        nexus.tx, nexus.node, [received("raast", answer, Profile.NEXUS)], NOW
    )
    assert isinstance(outcomes[0], NotFound)
    assert await sent(nexus.tx, "duitnow", Profile.NEXUS) == []


async def test_an_answer_about_another_message_moves_nothing_in_a_system(fresh: Fresh) -> None:
    tx = await open_system(fresh, DUITNOW_NODE)
    first = received("my", outgoing_transfer(), Profile.DUITNOW)
    await ips.submit(tx, DUITNOW_NODE, [first], NOW)
    (leg,) = await sent(tx, "sap-my", Profile.DUITNOW)
    no = status(leg, REJECTED, original_id=OTHER)
    outcomes = await ips.answer(tx, DUITNOW_NODE, [received("sap-my", no, Profile.DUITNOW)], NOW)
    assert isinstance(outcomes[0], NotFound)
    assert await held(tx) == 2 * 100_00
    yes = status(leg, letters.ACCEPTED)
    await ips.answer(tx, DUITNOW_NODE, [received("sap-my", yes, Profile.DUITNOW)], NOW)
    (onward,) = await sent(tx, "nexus", Profile.NEXUS)
    end = status(onward, REJECTED, original_id=OTHER)
    outcomes = await ips.confirm(tx, DUITNOW_NODE, [received("nexus", end, Profile.NEXUS)], NOW)
    assert isinstance(outcomes[0], NotFound)
    assert await held(tx) == 2 * 100_00


async def test_a_payment_that_moves_twice_in_one_batch_ends_where_it_moved_to(
    fresh: Fresh,
) -> None:
    """The payee's provider answers before it is asked, together with the access provider."""
    tx = await open_system(fresh, RAAST_NODE)
    arriving = destination_transfer(outgoing_transfer(), minor(6_000, PKR))
    await ips.deliver(tx, RAAST_NODE, [received("nexus", arriving, Profile.NEXUS)], NOW)
    (leg,) = await sent(tx, "sap-pk", Profile.RAAST)
    onward_id = letters.message_id(RAAST_NODE.role, arriving.uetr, "onward")
    batch = [
        received("sap-pk", status(leg, Verdict(Status.ACTC)), Profile.RAAST),
        received("pk", status(arriving, letters.ACCEPTED, original_id=onward_id), Profile.RAAST),
    ]
    assert await ips.answer(tx, RAAST_NODE, batch, NOW) == [None, None]
    assert await tx.fetchval("SELECT state FROM ips.payment") == "settled"
    assert await held(tx) == 0
    assert await balance(tx, "settlement/pk") == 100_000_00 + 6_000_00


async def test_a_repeat_with_another_amount_is_a_conflict_everywhere(fresh: Fresh) -> None:
    tx = await open_system(fresh, DUITNOW_NODE)
    transfer = outgoing_transfer()
    await ips.submit(tx, DUITNOW_NODE, [received("my", transfer, Profile.DUITNOW)], NOW)
    more = replace(transfer, settlement_amount=minor(900, MYR))
    other_payee = replace(transfer, creditor_account=AccountRef(iban="PK63RAVI0000001123456701"))
    batch = [received("my", one, Profile.DUITNOW) for one in (more, other_payee, transfer)]
    outcomes = await ips.submit(tx, DUITNOW_NODE, batch, NOW)
    assert [type(one) for one in outcomes] == [Conflict, Conflict, type(None)]
    assert {leg.settlement_amount for leg in await sent(tx, "sap-my", Profile.DUITNOW)} == {
        minor(100, MYR)
    }

    sap_tx = await fresh("ledger", "scheme.sap")
    await sap.open_books(sap_tx, SAP_PK_NODE, NOW)
    await sap.fund(sap_tx, SAP_PK_NODE, [Funding("open", minor(50_000, PKR), "fxp")], NOW)
    leg = destination_transfer(transfer, minor(6_000, PKR))
    larger = replace(leg, settlement_amount=minor(9_000, PKR))
    batch = [received("raast", one, Profile.RAAST) for one in (leg, larger)]
    outcomes = await sap.reserve(sap_tx, SAP_PK_NODE, batch, NOW)
    assert [type(one) for one in outcomes] == [type(None), Conflict]
    outcomes = await sap.reserve(sap_tx, SAP_PK_NODE, batch[1:], NOW)
    assert [type(one) for one in outcomes] == [Conflict]
    assert len(await sent(sap_tx, "raast", Profile.RAAST)) == 1


async def test_a_repeat_that_names_another_quote_is_a_conflict(fresh: Fresh) -> None:
    world = await build(fresh)
    nexus = world.roles["nexus"]
    small = await world.quote("MY", "PK", minor(100, MYR))
    large = await world.quote("MY", "PK", minor(9_000, MYR))
    transfer = source_transfer(small)
    await gateway.forward(nexus.tx, nexus.node, [received("duitnow", transfer, Profile.NEXUS)], NOW)
    for quote_id in (large.id, str(uuid.uuid4())):
        again = replace(transfer, agreed_rate=replace(transfer.agreed_rate, quote_id=quote_id))
        outcomes = await gateway.forward(
            nexus.tx, nexus.node, [received("duitnow", again, Profile.NEXUS)], NOW
        )
        assert isinstance(outcomes[0], Conflict)
    (leg,) = await sent(nexus.tx, "raast", Profile.NEXUS)
    assert leg.settlement_amount == small.terms.destination


async def test_what_the_next_rail_forbids_is_refused_and_does_not_stick(fresh: Fresh) -> None:
    """An account in Malaysia has no IBAN on DuitNow; the message came in by Nexus's rules."""
    tx = await open_system(fresh, DUITNOW_NODE)
    arriving = destination_transfer(
        outgoing_transfer(
            intermediary2=FXP_AT_MY,
            agreed_rate=replace(
                outgoing_transfer().agreed_rate, unit_currency="PKR", quoted_currency="MYR"
            ),
            charges=(
                replace(outgoing_transfer().charges[1], agent=Agent("RAVIPKK0")),
                replace(outgoing_transfer().charges[0], agent=Agent(MY)),
            ),
            creditor_agent=Agent(MY),
            creditor_account=PAYEE_PK,
        ),
        minor(50, MYR),
    )
    item = received("nexus", arriving, Profile.NEXUS)
    assert await ips.deliver(tx, DUITNOW_NODE, [item], NOW) == [None]
    (answer,) = await sent(tx, "nexus", Profile.NEXUS)
    assert (answer.status, answer.reason) == (Status.RJCT, "FF01")
    assert answer.reason_texts[0].startswith("message_schema, element /")


async def test_nobody_asks_about_an_account_in_the_name_of_another(fresh: Fresh) -> None:
    tx = await open_system(fresh, DUITNOW_NODE)
    honest = ResolutionRequest(
        message_id=uuid.uuid4().hex,
        created_at=NOW,
        creator_id="c" * 32,
        first_agent=Agent(MY),
        assigner=Agent(MY),
        assignee=Agent(DUITNOW_NODE.bic),
        destination_country="PK",
        request_id="R1",
        account=PAYEE_PK,
        agent=Agent("RAVIPKK0"),
    )
    forged = replace(honest, message_id=OTHER)
    half = replace(honest, message_id="e" * 32, assigner=Agent(SAP_MY))
    items = [
        received(sender, one, Profile.DUITNOW)
        for sender, one in (("sap-my", forged), ("sap-my", half), ("my", honest))
    ]
    outcomes = await ips.resolve(tx, DUITNOW_NODE, items, NOW)
    assert [type(one) for one in outcomes] == [Conflict, Conflict, type(None)]
    assert len(await sent(tx, "nexus", Profile.NEXUS)) == 1
