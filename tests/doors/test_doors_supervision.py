"""Authorities at the doors: their own jurisdiction, figures that are right, every look kept."""

from datetime import timedelta

import pytest
from door_world import Status
from supervision_world import MINE, add, outcome, pair

from moments import NOW
from qantara.access.model import Role
from qantara.db.figures import CaseMoved
from qantara.supervision import flow
from qantara.supervision.flow import Reporter

TODAY = NOW.date()
VIEWS = ("overview", "corridors", "costs", "aggregates", "complaints", "access-log", "authorities")


@pytest.fixture
async def nodes(servers):
    async with pair(servers(18)) as made:
        yield made


async def told(nodes, view: str, by: str = "bnm"):
    answer = await nodes.my.get(f"/v1/supervision/{view}", by)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_payment_is_seen_with_all_it_cost(nodes):
    made = await nodes.my.remitted()
    nodes.clock.forward(2)
    await nodes.my.concluded(Status.ACCC)
    assert await nodes.my.my.do(flow.gather, None)
    (corridor,) = (await told(nodes, "corridors"))["data"]
    assert (corridor["way"], corridor["source"], corridor["destination"]) == ("out", "MY", "PK")
    assert corridor["counts"]["completed"] == 1
    quote = (await nodes.my.get(f"/v1/quotes/{made['quote_id']}")).json()
    assert corridor["sent"] == quote["total_debit"] == made["total_debit"]
    assert corridor["received"] == made["received"]
    cost = corridor["cost"]
    assert cost["percent"] == quote["total_cost_percent"]
    assert 1900 <= corridor["p50_ms"] <= 2100
    seen = await told(nodes, "overview")
    assert seen["sent"][0]["cost"] == cost
    assert (seen["counts"]["completed"], seen["complaints_open"]) == (1, 0)
    (line,) = (await told(nodes, "costs"))["data"]
    assert line["points"][0]["cost"] == cost


async def test_a_rejection_and_each_event_count_once(nodes):
    await nodes.my.remitted()
    await nodes.my.concluded(Status.RJCT, "AC04")
    for _ in range(3):
        await nodes.my.my.do(flow.gather, None)
    seen = await told(nodes, "overview")
    assert (seen["counts"]["rejected"], seen["counts"]["completed"], seen["sent"]) == (1, 0, [])


async def test_costs_stand_beside_the_target_and_who_set_it(nodes):
    costs = await told(nodes, "costs")
    assert (costs["target"]["percent"], costs["ceiling"]["percent"]) == ("3.00", "5.00")
    assert "target 10.c" in costs["target"]["citation"]
    assert costs["target"]["confidence"] == "high"


async def test_complaints_are_told_by_kind(nodes):
    await nodes.my.my.do(add, CaseMoved(TODAY, "dispute", "customer", 2, 1))
    assert (await told(nodes, "complaints"))["data"] == [
        {
            "kind": "dispute",
            "origin": "customer",
            "opened": 2,
            "closed": 1,
            "open": 0,
            "overdue": 0,
        }
    ]


async def test_a_complaint_of_a_customer_is_counted_where_it_waits(nodes):
    made = await nodes.my.remitted()
    await nodes.my.concluded(Status.ACCC)
    body = {"cause": "not_received", "text": "Nothing came."}
    answer = await nodes.my.post(f"/v1/remittances/{made['id']}/dispute", body)
    assert answer.status_code == 201, answer.text
    await nodes.my.my.do(flow.gather, None)
    (found,) = (await told(nodes, "complaints"))["data"]
    assert (found["origin"], found["opened"], found["closed"], found["open"]) == (
        *("customer", 1, 0),
        1,
    )
    nodes.clock.forward(2 * 86_400)
    assert (await told(nodes, "overview"))["complaints_overdue"] == 1


async def test_a_dispute_is_opened_once_and_ended_once_however_often_it_is_answered(nodes):
    my = nodes.my
    made = await my.remitted()
    my.keys["ops"] = await my.my.key("ops", Role.OPERATIONS, None)
    body = {"payment_id": made["id"], "kind": "not_received", "words": "Nothing came."}
    opened = (await my.post("/v1/disputes", body)).json()
    path, words = f"/v1/disputes/{opened['id']}", {"words": "Look again."}
    for act, by in (("answer", "ops"), ("say", "aisha"), ("answer", "ops")):
        answer = await my.post(f"{path}/{act}", words, by)
        assert answer.status_code == 200, answer.text
        await my.my.do(flow.gather, None)
    (found,) = (await told(nodes, "complaints"))["data"]
    counted = ("kind", "opened", "closed", "open", "overdue")
    assert [found[name] for name in counted] == ["not_received", 1, 0, 1, 0]
    assert (await my.post(f"{path}/resolve", words, "ops")).status_code == 200
    await my.my.do(flow.gather, None)
    (found,) = (await told(nodes, "complaints"))["data"]
    assert [found[name] for name in counted] == ["not_received", 1, 1, 0, 0]


async def test_what_was_signed_can_be_verified_by_anybody(nodes):
    day = TODAY - timedelta(days=1)
    await nodes.my.my.do(add, outcome(day, 8))
    await nodes.told(Reporter(MINE))
    (seen,) = (await told(nodes, "aggregates"))["data"]
    assert (seen["issuer"], seen["own"], seen["complete"]) == ("my", True, True)
    (revision,) = (await told(nodes, f"aggregates/my/{day}"))["data"]
    mark = b"qantara supervision.aggregate/1\0"
    assert MINE.sign(revision["body"].encode()).hex() == revision["signature"]
    assert revision["key_id"] == MINE.key_id
    assert mark.endswith(b"\0")
    missing = await nodes.my.get(f"/v1/supervision/aggregates/pk/{day}", "bnm")
    assert missing.json()["code"] == "aggregate_not_found"


async def test_staff_have_a_day_told_and_authorities_do_not(nodes):
    nodes.my.keys["ops"] = await nodes.my.my.key("ops", Role.OPERATIONS, None)
    body = {"day": TODAY.isoformat()}
    answer = await nodes.my.post("/v1/supervision/aggregates", body, "ops")
    assert (answer.status_code, answer.json()) == (202, body)
    refused = await nodes.my.post("/v1/supervision/aggregates", body, "bnm")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_scope")
    later = {"day": (TODAY + timedelta(days=3)).isoformat()}
    answer = await nodes.my.post("/v1/supervision/aggregates", later, "ops")
    assert answer.json()["code"] == "aggregate_not_found"


@pytest.mark.parametrize("view", VIEWS)
async def test_an_authority_of_another_jurisdiction_is_refused_everywhere(nodes, view):
    answer = await nodes.my.get(f"/v1/supervision/{view}", "sbp")
    assert (answer.status_code, answer.json()["code"]) == (403, "authority_elsewhere")
    answer = await nodes.my.get("/v1/policy/entries", "sbp")
    assert answer.json()["code"] == "authority_elsewhere"


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "access-log"])
async def test_customers_and_officers_see_none_of_it(nodes, view):
    for by in ("aisha", "maker"):
        answer = await nodes.my.get(f"/v1/supervision/{view}", by)
        assert (answer.status_code, answer.json()["code"]) == (403, "key_scope")


async def test_an_authority_sees_no_person_and_no_payment(nodes):
    made = await nodes.my.remitted()
    for path in (
        *("/v1/accounts/acc_aisha", f"/v1/remittances/{made['id']}", "/v1/reviews"),
        *("/v1/proposals", "/v1/webhook-endpoints"),
    ):
        answer = await nodes.my.get(path, "bnm")
        assert (answer.status_code, answer.json()["code"]) == (403, "key_scope"), path


async def test_every_look_is_kept_before_it_is_answered(nodes):
    await told(nodes, "overview")
    await nodes.my.get("/v1/policy/entries?topic=wire_data", "bnm")
    await nodes.my.get("/v1/accounts/acc_aisha", "bnm")
    log = (await told(nodes, "access-log"))["data"]
    assert [each["asked"] for each in log] == [
        "GET /v1/supervision/access-log",
        "GET /v1/accounts/acc_aisha",
        "GET /v1/policy/entries?topic=wire_data",
        "GET /v1/supervision/overview",
    ]
    assert {each["authority"] for each in log} == {"BNM"}


async def test_a_log_is_ones_own_and_the_auditors(nodes):
    nodes.my.keys["auditor"] = await nodes.my.my.key("auditor", Role.AUDITOR, None)
    await told(nodes, "overview")
    await told(nodes, "overview", "sc")
    await nodes.my.get("/v1/supervision/overview", "sbp")
    own = (await told(nodes, "access-log", "sc"))["data"]
    assert {each["authority"] for each in own} == {"SC"}
    other = await nodes.my.get("/v1/supervision/access-log?authority=BNM", "sc")
    assert (other.status_code, other.json()["code"]) == (403, "key_scope")
    both = (await told(nodes, "access-log", "auditor"))["data"]
    assert {each["authority"] for each in both} == {"BNM", "SC"}
    refused = (await told(nodes, "access-log?authority=SBP", "auditor"))["data"]
    assert [each["allowed"] for each in refused] == [False]
    page = await told(nodes, "access-log?limit=1", "auditor")
    assert page["has_more"]
    older = await told(nodes, f"access-log?before={page['data'][0]['sequence']}", "auditor")
    assert older["data"][0]["sequence"] < page["data"][0]["sequence"]


async def test_two_people_issue_the_key_of_an_authority(nodes):
    for name in ("admin", "admin-second"):
        nodes.my.keys[name] = await nodes.my.my.key(name, Role.ADMINISTRATOR, None)
    client = {"name": "Bank Negara", "role": "supervisor", "authority": "BNM"}
    made = await nodes.my.post("/v1/clients", client, "admin")
    assert (made.status_code, made.json()["authority"]) == (201, "BNM")
    wish = {"principal_id": made.json()["id"], "scopes": ["supervision:read"]}
    asked = await nodes.my.post("/v1/keys", wish, "admin")
    assert (asked.status_code, asked.json()["state"]) == (202, "proposed")
    nodes.my.keys["new"] = asked.json()["key"]
    assert (await nodes.my.get("/v1/supervision/overview", "new")).status_code == 401
    path = f"/v1/proposals/{asked.json()['proposal_id']}/approve"
    assert (await nodes.my.post(path, {}, "admin")).json()["code"] == "approval_needs_second"
    assert (await nodes.my.post(path, {}, "admin-second")).status_code == 200
    await told(nodes, "overview", "new")


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ({"role": "supervisor", "authority": "SBP"}, "authority_elsewhere"),
        ({"role": "supervisor", "authority": "FCA"}, "authority_unknown"),
        ({"role": "supervisor"}, "field_missing"),
        ({"role": "auditor", "authority": "BNM"}, "field_invalid"),
    ],
)
async def test_no_client_is_made_for_an_authority_of_elsewhere(nodes, client, code):
    nodes.my.keys["admin"] = await nodes.my.my.key("admin", Role.ADMINISTRATOR, None)
    answer = await nodes.my.post("/v1/clients", {"name": "Somebody"} | client, "admin")
    assert answer.json()["code"] == code


async def test_days_far_away_are_empty_and_not_wrong(nodes):
    seen = await told(nodes, "corridors?last=0001-01-01&days=366")
    assert (seen["first"], seen["data"]) == ("0001-01-01", [])
    assert (await told(nodes, "overview?last=9999-12-31&days=366"))["sent"] == []
