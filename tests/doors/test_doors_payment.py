import asyncio
from collections.abc import AsyncIterator

import pytest
from door_nodes import NOTICE
from door_world import CHECK, WISH, World, opened

from qantara.rails.model import Status


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


async def test_a_quote_discloses_its_whole_cost(world):
    quote = await world.quoted()
    assert quote["total_debit"] == {"amount": "500.00", "currency": "MYR"}
    assert quote["sender_fee"] == {"amount": "2.50", "currency": "MYR", "label": "example"}
    assert quote["exchanged"] == {"amount": "497.50", "currency": "MYR"}
    assert quote["exchange_rate"]["source"] == "KITEMYK0"
    assert quote["mid_market_rate"] == {
        "rate": "63.45",
        "source": "seeded mid",
        "as_of": "2026-03-02T08:00:00.000Z",
    }
    rate = quote["exchange_rate"]["rate"]
    assert rate == "63.4317"
    gross = round(497.50 * float(rate), 2)
    fee = quote["recipient_fee"]["amount"]
    assert round(float(quote["received"]["amount"]) + float(fee), 2) == gross
    assert quote["total_cost_percent"] == "0.66"
    assert quote["notice"] == NOTICE
    assert quote["valid_until"] == "2026-03-02T08:10:00.000Z"
    again = await world.get(f"/v1/quotes/{quote['id']}")
    assert again.json() == quote


async def test_a_fixed_destination_amount_is_received_to_the_unit(world):
    quote = await world.quoted(fixed="destination", amount="31000.01", currency="PKR")
    assert quote["received"] == {"amount": "31000.01", "currency": "PKR"}
    debit, fee = quote["total_debit"]["amount"], quote["sender_fee"]["amount"]
    assert round(float(debit) - float(fee), 2) == float(quote["exchanged"]["amount"])


async def test_a_payee_is_confirmed_while_the_caller_waits_and_only_the_shown_name_leaves(world):
    check = await world.checked()
    assert (check["state"], check["display_name"]) == ("confirmed", "BILAL M****")
    assert check["account"].endswith("0042")
    assert set(check["account"][:-4]) == {"*"}
    assert check["agent_bic"] == "RAVIPKK0"
    assert check["warning"] is None
    seen = await world.get(f"/v1/payee-checks/{check['id']}")
    assert seen.json() == check
    assert "Bilal Malik" not in seen.text


async def test_a_payee_without_a_name_carries_a_warning(world):
    check = await world.checked(name=None)
    assert check["state"] == "confirmed"
    assert check["warning"]["code"] == "payee_not_confirmed"
    assert check["warning"]["text"]


async def test_a_payee_nobody_knows_is_told_with_the_scheme_s_own_cause(world):
    causes = {"BE23": "alias_unknown", "RC07": "institution_unknown", "AC01": "payee_unknown"}
    for number, (code, reason) in enumerate(causes.items(), 1):
        asked = asyncio.create_task(world.post("/v1/payee-checks", CHECK))
        question = (await world.my.waited_for("acmt.023.001.04", number))[-1]
        await world.report(question, None, denied=code)
        check = (await asked).json()
        assert (check["state"], check["account"]) == ("not_found", None)
        assert check["warning"]["code"] == reason


async def test_a_check_not_answered_in_time_is_202_and_can_be_asked_for_later(world):
    asked = await world.post("/v1/payee-checks", CHECK)
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    await world.report((await world.my.sent("acmt.023.001.04"))[0], "BILAL M****")
    later = await world.get(asked.headers["location"])
    assert later.json()["state"] == "confirmed"


async def test_a_payment_runs_from_yes_to_completed_and_moves_exactly_what_was_shown(world):
    made = await world.remitted()
    assert made["state"] == "accepted"
    assert (await world.balance())["available"] == "500.00"
    assert (await world.balance())["balance"] == "1000.00"
    await world.concluded(Status.ACCC)
    done = (await world.get(f"/v1/remittances/{made['id']}")).json()
    assert (done["state"], done["final"]) == ("completed", True)
    assert [event["state"] for event in done["events"]] == ["quoted", "accepted", "completed"]
    assert made["money"]["holder"] == "institution"
    assert made["money"]["since"] == made["events"][-1]["recorded_at"]
    assert (done["money"]["holder"], done["money"]["party"]) == ("recipient_institution", None)
    assert done["corridor"] == {
        "source_country": "MY",
        "destination_country": "PK",
        "rails": ["duitnow", "nexus", "raast"],
    }
    assert done["priority"] == "NORM"
    assert [letter["direction"] for letter in done["messages"]] == ["out", "in"]
    assert done["payee_display_name"] == "BILAL M****"
    assert (await world.balance())["balance"] == "500.00"
    lines = (await world.get("/v1/accounts/acc_aisha/statement")).json()["data"]
    assert [(line["amount"], line["balance"]) for line in lines] == [
        ("-500.00", "500.00"),
        ("1000.00", "1000.00"),
    ]


async def test_a_rejected_payment_is_put_back_and_says_why(world):
    made = await world.remitted()
    await world.concluded(Status.RJCT, "AC04")
    done = (await world.get(f"/v1/remittances/{made['id']}", accept_language="fr")).json()
    assert (done["state"], done["reason"]) == ("rejected", "payee_closed")
    assert done["refusal"]["iso_code"] == "AC04"
    balance = await world.balance()
    assert (balance["balance"], balance["available"]) == ("1000.00", "1000.00")


async def test_prefer_wait_answers_when_the_payment_has_ended(world):
    body = await world.yes()
    asked = asyncio.create_task(world.post("/v1/remittances", body, prefer="wait=20"))
    await world.my.waited_for("pacs.008.001.13", 1)
    await world.concluded(Status.ACCC)
    answer = await asked
    assert answer.json()["state"] == "completed"
    assert answer.headers["preference-applied"] == "wait=20"


async def test_prefer_wait_gives_up_after_its_seconds(world):
    answer = await world.post("/v1/remittances", await world.yes(), prefer="wait=1")
    assert (answer.status_code, answer.json()["state"]) == (201, "accepted")


async def test_the_messages_of_a_payment_are_told_with_their_validity(world):
    made = await world.remitted()
    await world.concluded(Status.ACCC)
    told = (await world.get(f"/v1/remittances/{made['id']}/messages")).json()["data"]
    assert [(m["name"], m["direction"], m["peer"], m["valid"]) for m in told] == [
        ("pacs.008.001.13", "out", "duitnow", True),
        ("pacs.002.001.15", "in", "duitnow", True),
    ]


async def test_remittances_come_in_pages_newest_first(world):
    made = [(await world.remitted())["id"] for _ in range(2)]
    first = (await world.get("/v1/remittances?limit=1")).json()
    assert ([each["id"] for each in first["data"]], first["has_more"]) == ([made[1]], True)
    second = (await world.get(f"/v1/remittances?limit=1&starting_after={made[1]}")).json()
    assert ([each["id"] for each in second["data"]], second["has_more"]) == ([made[0]], False)
    assert (await world.get("/v1/remittances", "bo")).json() == {"data": [], "has_more": False}


async def test_a_statement_comes_in_pages(world):
    await world.remitted()
    await world.concluded(Status.ACCC)
    path = "/v1/accounts/acc_aisha/statement?limit=1"
    first = (await world.get(path)).json()
    cursor = first["data"][0]["sequence"]
    second = (await world.get(f"{path}&starting_after={cursor}")).json()
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert second["data"][0]["code"] == "e_money.issue"


async def test_a_balance_can_be_had_at_any_past_moment(world):
    world.clock.forward(60)
    await world.rate("63.40")
    await world.remitted()
    await world.concluded(Status.ACCC)
    path = "/v1/accounts/acc_aisha/balance"
    before = await world.get(f"{path}?at=2026-03-02T08:00:30Z")
    assert before.json()["balance"] == "1000.00"
    assert (await world.get(path)).json()["balance"] == "500.00"


async def test_a_customer_lists_own_accounts(world):
    listed = (await world.get("/v1/accounts")).json()
    assert [each["id"] for each in listed["data"]] == ["acc_aisha"]
    assert listed["data"][0]["number"] == "110000000001"
    by_staff = (await world.get("/v1/accounts?customer_id=cus_bo", "maker")).json()
    assert [each["id"] for each in by_staff["data"]] == ["acc_bo"]


async def test_a_gateway_without_a_fresh_rate_is_told_as_such(world):
    world.clock.forward(3 * 3600)
    answer = await world.post("/v1/quotes", WISH)
    assert (answer.status_code, answer.json()["code"]) == (503, "rate_stale")
    assert answer.json()["retryable"] is True
