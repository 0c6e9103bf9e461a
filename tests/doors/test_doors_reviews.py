"""Payments in review at the door: what the sender is told, and the two people who decide."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from door_nodes import unsure_institution
from door_world import World, opened

from moments import NOW
from qantara.access.model import Role
from qantara.edge.figures import standing
from qantara.rails.model import Status
from qantara.remittance import flow
from qantara.world.audit import parts, waiting
from qantara.world.checkup.databases import judged
from qantara.world.checkup.model import State

WHY = {"legal_reason": "Papers seen", "citation": "Limits policy 4 (example)"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18), unsure_institution()) as made:
        yield made


async def shown(world, remittance_id, by="aisha", **headers):
    return (await world.get(f"/v1/remittances/{remittance_id}", by, **headers)).json()


async def proposed(world, remittance_id, verdict="release", by="maker"):
    answer = await world.post(f"/v1/reviews/{remittance_id}/{verdict}", WHY, by)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def approved(world, proposal, by="checker", **more):
    return await world.post(f"/v1/proposals/{proposal}/approve", {}, by, **more)


async def queue(world, state="waiting"):
    return (await world.get(f"/v1/reviews?state={state}", "maker")).json()["data"]


async def test_the_sender_is_told_that_a_person_looks_and_why(world):
    made = await world.remitted(prefer="wait=30")
    assert (made["state"], made["final"], made["uetr"]) == ("in_review", False, None)
    told = made["review"]
    assert (told["state"], told["ended_at"]) == ("waiting", None)
    assert "money is held and nothing has been sent" in told["text"]
    assert told["grounds"] == [
        {
            "rule": "duitnow.limit.person",
            "provision": "DuitNow Transfer limits, limit per transaction, consumers",
            "label": "test",
        }
    ]
    assert (made["money"]["holder"], made["refusal"], made["reason"]) == ("institution", None, None)
    assert await world.my.sent("pacs.008.001.13") == []
    held = await world.balance()
    assert (held["balance"], held["available"]) == ("1000.00", "500.00")
    french = await shown(world, made["id"], **{"accept-language": "fr"})
    assert french["review"]["text"].startswith("Une règle demande")
    page = (await world.get("/v1/remittances")).json()["data"]
    assert [each["review"]["state"] for each in page] == ["waiting"]


async def test_two_people_release_a_payment_and_it_completes(world):
    made = await world.remitted()
    (waiting,) = await queue(world)
    assert (waiting["remittance_id"], waiting["proposal_id"]) == (made["id"], None)
    (finding,) = waiting["findings"]
    assert (finding["observed"], finding["threshold"]) == ("497.50", "100.00")
    proposal = await proposed(world, made["id"])
    (waiting,) = await queue(world)
    assert (waiting["proposal_id"], waiting["proposal_action"], waiting["proposed_by"]) == (
        *(proposal, "review_release", "prn_maker"),
    )
    assert (await shown(world, made["id"]))["state"] == "in_review"
    own = await approved(world, proposal, "maker")
    assert (own.status_code, own.json()["code"]) == (403, "approval_needs_second")
    assert await world.my.sent("pacs.008.001.13") == []
    assert (await approved(world, proposal)).status_code == 200
    await world.concluded(Status.ACCC)
    done = await shown(world, made["id"])
    assert (done["state"], done["review"]["state"]) == ("completed", "released")
    assert done["review"]["text"] is None
    assert [event["state"] for event in done["events"]][:3] == ["quoted", "in_review", "accepted"]
    assert await queue(world) == []
    (released,) = await queue(world, "released")
    assert (released["proposed_by"], released["decided_by"], released["used_by"]) == (
        *("prn_maker", "prn_checker", made["id"]),
    )
    async with world.my.door.database.read() as tx:
        acts = await tx.fetch("SELECT act FROM access.audit_entry WHERE target = $1", made["id"])
    assert [row["act"] for row in acts] == ["review_released"]


async def test_an_approval_repeated_is_harmless(world):
    made = await world.remitted()
    first, second = await proposed(world, made["id"]), await proposed(world, made["id"], "refuse")
    for _ in range(2):
        done = await approved(world, first, key="same-key")
        assert (done.status_code, done.json()["state"]) == (200, "approved")
    late = await approved(world, first)
    assert (late.status_code, late.json()["code"]) == (409, "approval_not_pending")
    other = await approved(world, second)
    assert (other.status_code, other.json()["code"]) == (409, "state_conflict")
    assert len(await world.my.sent("pacs.008.001.13")) == 1
    again = await world.post(f"/v1/reviews/{made['id']}/release", WHY, "maker")
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")


async def test_refused_the_sender_is_told_by_which_rule(world):
    body = await world.yes()
    made = (await world.post("/v1/remittances", body)).json()
    assert (await approved(world, await proposed(world, made["id"], "refuse"))).status_code == 200
    done = await shown(world, made["id"])
    assert (done["state"], done["reason"], done["money"]["holder"]) == (
        *("refused", "review_refused", "sender"),
    )
    assert done["refusal"]["rule"] == "duitnow.limit.person"
    assert done["refusal"]["citation"].startswith("DuitNow Transfer limits")
    assert (await world.balance())["available"] == "1000.00"
    repeated = await world.post("/v1/remittances", body)
    assert (repeated.status_code, repeated.json()["code"]) == (422, "review_refused")


async def test_released_too_late_the_sender_asks_for_a_new_quote_and_does_not_wait(world):
    body = await world.yes()
    made = (await world.post("/v1/remittances", body)).json()
    world.clock.forward(601)
    assert (await approved(world, await proposed(world, made["id"]))).status_code == 200
    done = await shown(world, made["id"])
    assert (done["state"], done["reason"]) == ("expired", "review_cleared")
    assert "Ask for a new quote" in done["review"]["text"]
    assert (await world.balance())["available"] == "1000.00"
    quote = await world.quoted()
    again = (await world.post("/v1/remittances", body | {"quote_id": quote["id"]})).json()
    assert (again["state"], again["review"]) == ("accepted", None)
    (released,) = await queue(world, "released")
    assert released["used_by"] == again["id"]


async def test_a_review_nobody_decides_lapses(world):
    made = await world.remitted()
    world.clock.forward(86_400)
    await world.my.do(flow.expire, None)
    done = await shown(world, made["id"])
    assert (done["state"], done["reason"], done["review"]["state"]) == (
        *("expired", "review_lapsed", "lapsed"),
    )
    assert (await world.balance())["available"] == "1000.00"


async def test_reviews_are_staffs_alone_and_never_the_customers_own(world):
    made = await world.remitted()
    path = f"/v1/reviews/{made['id']}/release"
    assert (await world.get("/v1/reviews", "aisha")).status_code == 403
    assert (await world.post(path, WHY, "aisha")).status_code == 403
    assert (await world.get(f"/v1/remittances/{made['id']}", "bo")).status_code == 404
    both = await world.my.key("both", Role.COMPLIANCE, "cus_aisha")
    world.keys["both"] = both
    barred = await world.post(path, WHY, "both")
    assert (barred.status_code, barred.json()["code"]) == (403, "approval_needs_second")
    done = await approved(world, await proposed(world, made["id"]), "both")
    assert (done.status_code, done.json()["code"]) == (403, "approval_needs_second")
    assert (await shown(world, made["id"]))["state"] == "in_review"
    assert await world.my.sent("pacs.008.001.13") == []


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [("rem_none/release", WHY, 404), ("{id}/burn", WHY, 404), ("{id}/release", {}, 400)],
)
async def test_a_proposal_needs_a_payment_in_review_and_a_reason(world, path, body, code):
    made = await world.remitted()
    answer = await world.post("/v1/reviews/" + path.format(id=made["id"]), body, "maker")
    assert answer.status_code == code
    assert (await world.get("/v1/reviews?state=strange", "maker")).status_code == 400


CORRUPTIONS = {
    "it is in review, and nobody is asked": "UPDATE remittance.review SET state = 'lapsed',"
    " ended_at = recorded_at",
    "it is in review without a clock": "DELETE FROM db.deadline",
    "its review is waiting, and it is refused": "UPDATE remittance.remittance"
    " SET state = 'refused'",
    "it has left, and is in review": "UPDATE remittance.remittance SET uetr = 'x'",
}


@pytest.mark.parametrize("sentence", [None, *CORRUPTIONS])
async def test_the_auditor_knows_that_a_review_waits_rightly(world, sentence):
    made = await world.remitted()

    async def corrupt(tx, _node, commands, _now):
        await tx.execute(CORRUPTIONS[sentence])
        return [None] * len(commands)

    if sentence:
        await world.my.do(corrupt, None)
    async with world.my.door.database.read() as tx:
        every = await parts.read(tx, "my", "institution")
        seen = await waiting.read(tx, "my", "institution")
        points = await standing(tx, ("ledger", "remittance"), NOW + timedelta(seconds=90))
    told = [each.finding for each in seen.told if each.finding.subject == made["id"]]
    assert (sentence in {each.sentence for each in told}) is bool(sentence)
    if sentence is None:
        assert told == []
        figures = {point.family: point.value for point in points if not point.labels}
        assert figures["qantara_reviews_waiting"] == 1
        assert figures["qantara_reviews_oldest_seconds"] == 90
        delivered = [point for point in points if "outbox" not in point.family]
        assert {check.state for check in judged("my", delivered, alive=True)} == {State.OK}
        assert list(waiting.stuck(every, [])) == []
        assert list(waiting.open_holds("my", seen.holds, every)) == []
