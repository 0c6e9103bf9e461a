"""The law over HTTP, as staff ask it."""

from collections.abc import AsyncIterator

import pytest
from door_world import World, opened

from qantara.policy import flow as policy

ASKED = {
    "act": "payment",
    "sender": {
        "country": "MY",
        "facts": {"amount": "60000.00", "customer_kind": "person", "rail": "duitnow"},
    },
    "recipient": {"country": "PK", "facts": {"rail": "raast"}},
    "via": "nexus",
    "on": "2026-11-01",
}
STAFF = "maker"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def decided(world, language="en", **asked):
    answer = await world.post(
        "/v1/policy/decide", ASKED | asked, STAFF, **{"Accept-Language": language}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_answer_cites_the_article_and_says_what_would_pass(world):
    told = await decided(world)
    assert (told["outcome"], told["rule"]) == ("refused", "duitnow.limit.person")
    assert told["citation"].startswith("DuitNow Transfer limits")
    (step,) = [each for each in told["trace"] if each["rule"] == "duitnow.limit.person"]
    assert (step["observed"], step["threshold"], step["margin"]) == (
        "60000.00",
        "50000.00",
        "-10000.00",
    )
    assert step["least_change"] == {"fact": "amount", "to": "50000.00"}
    smaller = {"country": "MY", "facts": ASKED["sender"]["facts"] | {"amount": "50000.00"}}
    again = await decided(world, sender=smaller, elements=["purposeCode"], purpose="FAMI")
    assert again["outcome"] == "allowed_with_duties"
    assert again["labels"] == ["example"]


@pytest.mark.parametrize(("language", "direction"), [("ur", "rtl"), ("fr", "ltr"), ("ms", "ltr")])
async def test_the_explanation_is_in_the_readers_language(world, language, direction):
    told = (await decided(world, language))["explanation"]
    assert (told["language"], told["direction"]) == (language, direction)
    assert told["title"] != (await decided(world))["explanation"]["title"]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"act": "dance"}, "act"),
        ({"sender": {"country": "MY", "facts": {"amount": "5"}}}, "amount"),
        ({"sender": {"country": "MY", "facts": {"mood": "good"}}}, "mood"),
        ({"sender": {"country": "MY", "facts": {"account_class": "gold"}}}, "account_class"),
        ({"on": "2026-02-30"}, "on"),
    ],
)
async def test_what_cannot_be_asked_is_named(world, asked, param):
    answer = await world.post("/v1/policy/decide", ASKED | asked, STAFF)
    assert answer.status_code == 400, answer.text
    assert param in answer.text


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"sender": {"country": "XX"}}, 404, "rulebook_value_missing"),
        ({"recipient": None}, 422, "question_invalid"),
        ({"act": "cash"}, 422, "question_invalid"),
    ],
)
async def test_what_does_not_fit_together_is_said(world, asked, status, code):
    answer = await world.post("/v1/policy/decide", ASKED | asked, STAFF)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_kept_decision_comes_back_whole(world):
    made = await world.remitted(prefer="wait=30")
    async with world.my.door.database.read() as tx:
        (kept,) = await policy.decisions_about(tx, made["id"])
    answer = await world.get(f"/v1/policy/decisions/{kept.id}", STAFF)
    told = answer.json()
    assert (told["subject"], told["outcome"]) == (made["id"], "allowed_with_duties")
    assert told["facts"]["sender"]["country"] == "MY"
    missing = await world.get("/v1/policy/decisions/dec_none", STAFF)
    assert missing.status_code == 404


async def test_regimes_are_compared_and_days_told_apart(world):
    told = (
        await world.get("/v1/policy/compare?topic=wire_data&country=MY&country=PK", STAFF)
    ).json()
    assert told["countries"] == ["MY", "PK"]
    aspects = {row["aspect"] for row in told["rows"]}
    assert "wire.full_data.threshold" in aspects
    changes = (
        await world.get("/v1/policy/diff?first=2022-04-12&second=2022-04-13&book=PK", STAFF)
    ).json()["changes"]
    assert "pk.account.asaan.maximum.balance" in {each["entry"] for each in changes}
    unknown = await world.get("/v1/policy/compare?topic=dance&country=MY", STAFF)
    assert unknown.status_code == 400


async def test_entries_can_be_read_with_their_citations(world):
    told = (await world.get("/v1/policy/entries?topic=self_hosted&book=EU", STAFF)).json()
    assert {each["jurisdiction"] for each in told["values"]} == {"EU"}
    assert all(each["citation"]["instrument"] for each in told["values"] + told["rules"])


async def test_the_rulebook_in_force_is_sound(world):
    told = (await world.get("/v1/policy/soundness", STAFF)).json()
    assert (told["clean"], told["misses"]) == (True, [])
    assert told["cases"] > 1000


async def test_a_lower_limit_would_have_refused_what_was_paid(world):
    await world.remitted(prefer="wait=30")
    draft = {"values": [{"id": "duitnow.limit.transaction.person", "value": "100.00"}]}
    answer = await world.post("/v1/policy/whatif", draft, STAFF)
    assert answer.status_code == 200, answer.text
    report = answer.json()["report"]
    (refused,) = [each for each in report["changes"] if each["change"] == "refused"]
    assert (report["payments"], refused["payments"]) == (1, 1)
    assert refused["customers"]["count"] == 1
    for wrong, status in (
        ({"adopt": ["nothing"]}, 404),
        ({"adopt": ["duitnow.limit.transaction.person"]}, 422),
        ({"values": [{"id": "nothing", "value": "1"}]}, 404),
        ({"values": [{"id": "duitnow.limit.transaction.person", "value": "much"}]}, 422),
    ):
        assert (await world.post("/v1/policy/whatif", wrong, STAFF)).status_code == status


async def test_a_corridor_is_proved(world):
    told = (await world.get("/v1/policy/prove?source=MY&destination=PK", STAFF)).json()["report"]
    assert told["sound"]
    assert {claim["verdict"] for claim in told["claims"]} == {"proved"}


async def test_the_harmonised_table_and_the_register_can_be_read(world):
    told = (await world.get("/v1/policy/table?source=MY&destination=PK", STAFF)).json()["table"]
    rules = {
        term["rule"]
        for section in told["sections"]
        for row in section["rows"]
        for term in row["terms"]
    }
    assert {"duitnow.limit.person", "pk.asaan.balance.receiving"} <= rules
    unknown = await world.get("/v1/policy/table?source=MY&destination=XX", STAFF)
    assert unknown.status_code == 404
    assert (await world.get("/v1/policy/equivalences", STAFF)).json() == {"equivalences": []}


async def test_customers_ask_elsewhere(world):
    assert (await world.post("/v1/policy/decide", ASKED, "aisha")).status_code == 403
