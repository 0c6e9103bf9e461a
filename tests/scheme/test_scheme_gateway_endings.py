"""How payments end at the gateway: in time or not, blocked, held, and what is said again."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from scheme_gateway_acts import (
    URGENT_NODE,
    concluded,
    forward,
    forwarded,
    letters,
    opened,
    quoted,
    told,
    urgent,
)
from scheme_nodes import GATEWAY_NODE, MY, REJECTED, five_steps, received, source_transfer, status

from moments import NOW, Fresh
from qantara.errors import Conflict, Reason
from qantara.rails.model import CreditTransfer, Priority, Profile, Status
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import relationship_id
from qantara.scheme.letters import ACCEPTED, Verdict
from qantara.scheme.model import EXCHANGE_NOTICE, ExchangeNotice, read_notice

LATE = NOW + timedelta(seconds=URGENT_NODE.time_out_seconds)
HELD, BLOCKED = Verdict(Status.ACWP), Verdict(Status.BLCK, "RR04", "regulatory")


async def test_a_high_payment_that_is_not_answered_in_time_is_rejected_at_both_ends(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh, URGENT_NODE)
    transfer, leg = await urgent(tx)
    await flow.time_out(tx, URGENT_NODE, [None], LATE - timedelta(microseconds=1))
    assert await told(tx) == []
    await flow.time_out(tx, URGENT_NODE, [None, None], LATE)
    (source,), (destination,) = await told(tx), await told(tx, "raast")
    assert (source.status, source.reason) == (Status.RJCT, "AB03")
    assert source.original_message_id == transfer.message_id
    assert (destination.status, destination.reason) == (Status.RJCT, "AB03")
    assert destination.original_message_id == leg.message_id
    await flow.time_out(tx, URGENT_NODE, [None], LATE + timedelta(hours=1))
    assert len(await told(tx)) == 1


async def test_a_yes_after_the_time_changes_nothing_and_is_told_the_rejection_again(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh, URGENT_NODE)
    transfer, leg = await urgent(tx)
    await flow.time_out(tx, URGENT_NODE, [None], LATE)
    for said in (ACCEPTED, REJECTED, BLOCKED):
        assert await concluded(tx, URGENT_NODE, leg, said, LATE) is None
    assert [one.status for one in await told(tx)] == [Status.RJCT]
    again = await told(tx, "raast")
    assert [one.status for one in again] == [Status.RJCT] * 4
    assert len({one.message_id for one in again}) == 4
    await forward(tx, URGENT_NODE, transfer, now=LATE + timedelta(days=1))
    assert [(one.status, one.reason) for one in await told(tx)] == [(Status.RJCT, "AB03")] * 2
    assert await tx.fetchval("SELECT count(*) FROM db.sent WHERE name = $1", EXCHANGE_NOTICE) == 0


async def test_a_yes_that_comes_after_the_time_but_before_the_job_is_late_as_well(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh, URGENT_NODE)
    _, leg = await urgent(tx)
    assert await concluded(tx, URGENT_NODE, leg, ACCEPTED, LATE) is None
    assert [(one.status, one.reason) for one in await told(tx)] == [(Status.RJCT, "AB03")]
    assert [one.status for one in await told(tx, "raast")] == [Status.RJCT]
    events = await tx.fetch("SELECT event FROM gateway.payment_event ORDER BY sequence")
    assert [row["event"] for row in events] == ["forward", "time_out"]
    assert await tx.fetchval("SELECT count(*) FROM db.deadline") == 0


@pytest.mark.parametrize("steps", [4, 5])
@pytest.mark.parametrize("priority", Priority)
async def test_what_ends_in_time_is_confirmed_where_settlement_waits_for_it(
    fresh: Fresh, steps: int, priority: Priority
) -> None:
    tx = await opened(fresh, URGENT_NODE)
    node = URGENT_NODE if steps == 4 else five_steps(URGENT_NODE)
    _, leg = await forwarded(tx, node, priority=priority)
    assert await concluded(tx, node, leg, now=LATE - timedelta(milliseconds=1)) is None
    await flow.time_out(tx, node, [None], LATE + timedelta(hours=1))
    assert [one.status for one in await told(tx)] == [Status.ACCC]
    waits = steps == 5 or priority is Priority.HIGH
    assert [one.status for one in await told(tx, "raast")] == ([Status.ACCC] if waits else [])


async def test_norm_waits_without_limit(fresh: Fresh) -> None:
    tx = await opened(fresh)
    _, leg = await forwarded(tx)
    await flow.time_out(tx, GATEWAY_NODE, [None], NOW + timedelta(days=30))
    assert await told(tx) == []
    assert await concluded(tx, GATEWAY_NODE, leg, now=NOW + timedelta(days=30)) is None
    assert [one.status for one in await told(tx)] == [Status.ACCC]


async def test_high_is_refused_where_the_destination_does_not_take_it(fresh: Fresh) -> None:
    tx = await opened(fresh)
    transfer = source_transfer(await quoted(tx), priority=Priority.HIGH)
    await forward(tx, GATEWAY_NODE, transfer)
    (answer,) = await told(tx)
    assert (answer.status, answer.reason) == (Status.RJCT, "AG03")
    assert answer.reason_texts[0].startswith(Reason.PRIORITY_UNSUPPORTED)


async def test_a_payment_held_for_a_check_is_told_of_and_ends_later(fresh: Fresh) -> None:
    tx = await opened(fresh)
    _, leg = await forwarded(tx)
    for _ in range(2):
        assert await concluded(tx, GATEWAY_NODE, leg, HELD) is None
    assert await concluded(tx, GATEWAY_NODE, leg) is None
    assert await concluded(tx, GATEWAY_NODE, leg, HELD) is None
    said = await told(tx)
    assert [one.status for one in said] == [Status.ACWP, Status.ACWP, Status.ACCC]
    assert said[0].message_id == said[1].message_id != said[2].message_id
    assert await tx.fetchval("SELECT state FROM gateway.payment") == "completed"


async def test_a_high_payment_cannot_be_held(fresh: Fresh) -> None:
    tx = await opened(fresh, URGENT_NODE)
    _, leg = await urgent(tx)
    assert isinstance(await concluded(tx, URGENT_NODE, leg, HELD), Conflict)
    assert await told(tx) == []


@pytest.mark.parametrize("steps", [4, 5])
async def test_blocked_is_final_and_the_provider_is_told_as_its_money_has_moved(
    fresh: Fresh, steps: int
) -> None:
    tx = await opened(fresh)
    node = GATEWAY_NODE if steps == 4 else five_steps(GATEWAY_NODE)
    transfer, leg = await forwarded(tx, node)
    assert await concluded(tx, node, leg, BLOCKED) is None
    assert isinstance(await concluded(tx, node, leg, ACCEPTED), Conflict)
    await forward(tx, node, transfer)
    assert [(one.status, one.reason) for one in await told(tx)] == [(Status.BLCK, "RR04")] * 2
    assert [one.status for one in await told(tx, "raast")] == [Status.BLCK] * (steps == 5)
    assert await tx.fetchval("SELECT count(*) FROM db.sent WHERE name = $1", EXCHANGE_NOTICE) == 1


async def test_a_hundred_resends_of_a_final_payment_are_answered_a_hundred_times(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh)
    transfer, leg = await forwarded(tx)
    await concluded(tx, GATEWAY_NODE, leg)
    before = await tx.fetch("SELECT * FROM gateway.payment_event")
    for hours in range(100):
        assert await forward(tx, GATEWAY_NODE, transfer, now=NOW + timedelta(hours=hours)) == [None]
    said = await told(tx)
    assert [one.status for one in said] == [Status.ACCC] * 101
    assert len({one.message_id for one in said}) == 1
    legs = [each for each in await letters(tx, "raast") if isinstance(each, CreditTransfer)]
    assert len(legs) == 1
    assert await tx.fetch("SELECT * FROM gateway.payment_event") == before


async def test_ids_that_are_used_again_have_each_their_code(fresh: Fresh) -> None:
    tx = await opened(fresh)
    transfer, _ = await forwarded(tx)
    other_id = replace(transfer, message_id="f" * 32)
    other_payment = source_transfer(await quoted(tx), message_id=transfer.message_id)
    twice = source_transfer(await quoted(tx), message_id=other_id.message_id)
    assert await forward(tx, GATEWAY_NODE, other_id, other_payment, twice) == [None] * 3
    said = {one.uetr: one for one in await told(tx)}
    assert said[transfer.uetr].reason == "DU03"
    assert said[transfer.uetr].original_message_id == other_id.message_id
    assert said[other_payment.uetr].reason == "DU01"
    assert said[twice.uetr].reason == "DU01"
    assert await tx.fetchval("SELECT count(*) FROM gateway.payment") == 1
    changed = replace(transfer, creditor_agent=replace(transfer.creditor_agent, bic="OTHRPKK0"))
    (outcome,) = await forward(tx, GATEWAY_NODE, changed)
    assert isinstance(outcome, Conflict)
    assert outcome.reason is Reason.ID_REUSED


async def test_the_check_of_the_message_itself_comes_before_that_of_its_ids(fresh: Fresh) -> None:
    tx = await opened(fresh)
    transfer, _ = await forwarded(tx)
    wrong = replace(
        transfer,
        message_id="e" * 32,
        intermediary1=None,
        previous=transfer.intermediary1,
        settlement_amount=transfer.charges[1].amount,
    )
    await forward(tx, GATEWAY_NODE, wrong)
    (said,) = await told(tx)
    assert (said.reason, said.original_message_id) == ("CH21", wrong.message_id)
    assert await tx.fetchval("SELECT state FROM gateway.payment") == "forwarded"


async def test_the_provider_is_told_all_but_who_the_people_are(fresh: Fresh) -> None:
    tx = await opened(fresh)
    quote = await quoted(tx)
    transfer = source_transfer(quote)
    await forward(tx, GATEWAY_NODE, transfer)
    (leg,) = await letters(tx, "raast")
    count = "SELECT count(*) FROM db.sent WHERE name = $1"
    assert await tx.fetchval(count, EXCHANGE_NOTICE) == 0
    item = received("raast", status(leg, ACCEPTED), Profile.NEXUS)
    await flow.conclude(tx, GATEWAY_NODE, [item, item], NOW)
    (row,) = await tx.fetch("SELECT raw, recipient FROM db.sent WHERE name = $1", EXCHANGE_NOTICE)
    notice = read_notice(row["raw"], ExchangeNotice)
    assert row["recipient"] == "fxp"
    assert (notice.tier_id, notice.relationship_id) == (
        quote.tier.id("fxp"),
        relationship_id("fxp", MY),
    )
    assert (notice.uetr, notice.rate_id, notice.quote_id) == (
        transfer.uetr,
        quote.rate_id,
        quote.id,
    )
    for secret in (transfer.debtor.name, transfer.creditor.name, "PK36RAVI0000001123456702"):
        assert secret.encode() not in row["raw"]
