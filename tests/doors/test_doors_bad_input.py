import uuid
from collections.abc import AsyncIterator

import pytest
from door_world import CHECK, WISH, World, opened

PROBLEM = "application/problem+json"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


def told(answer) -> tuple[int, str, str | None]:
    """Status, code and param of a problem whose form is right."""
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"urn:qantara:reason:{body['code']}"
    assert body["request_id"].startswith("req_")
    assert body["detail"]
    assert body["title"]
    return answer.status_code, body["code"], body.get("param")


async def test_a_body_that_is_no_json_is_malformed(world):
    for body in (b"", b"{", b"pay aisha", b"\xff\xfe", b"[]", b'"text"', b"[" * 100_000):
        answer = await world.post("/v1/quotes", body)
        assert told(answer)[:2] == (400, "body_malformed"), body[:20]


async def test_fields_that_are_missing_unknown_or_of_another_type_are_named(world):
    short = {name: said for name, said in WISH.items() if name != "amount"}
    assert told(await world.post("/v1/quotes", short)) == (400, "field_missing", "amount")
    extra = WISH | {"discount": "1.00"}
    assert told(await world.post("/v1/quotes", extra)) == (400, "field_invalid", "discount")
    wrong = WISH | {"fixed": "both"}
    assert told(await world.post("/v1/quotes", wrong)) == (400, "field_invalid", "fixed")


AMOUNTS = [
    (500.0, "amount_malformed"),
    (500, "amount_malformed"),
    ("1e3", "amount_malformed"),
    ("500,00", "amount_malformed"),
    ("+5.00", "amount_malformed"),
    ("", "amount_malformed"),
    ("NaN", "amount_malformed"),
    ("9" * 41, "amount_malformed"),
    ("٥٠٠.٠٠", "amount_malformed"),
    ("500.001", "amount_scale"),
    ("500", "amount_scale"),
    ("0.00", "amount_not_positive"),
    ("-5.00", "amount_not_positive"),
    ("1.00", "amount_not_positive"),
]


async def test_an_amount_is_decimal_text_with_exactly_its_decimals(world):
    for amount, code in AMOUNTS:
        answer = await world.post("/v1/quotes", WISH | {"amount": amount})
        assert told(answer)[:2] == (400, code), amount
    assert await world.my.count("remittance.quote") == 0


async def test_a_currency_is_known_and_fits(world):
    unknown = await world.post("/v1/quotes", WISH | {"currency": "XAU"})
    assert told(unknown) == (400, "currency_unknown", "currency")
    other = await world.post("/v1/quotes", WISH | {"currency": "EUR"})
    assert told(other)[:2] == (400, "currency_mismatch")


async def test_an_amount_above_the_scheme_maximum_is_refused_with_its_limit(world):
    answer = await world.post("/v1/quotes", WISH | {"amount": "99999999.00"})
    assert told(answer)[:2] == (422, "amount_above_limit")
    assert answer.json()["rule"]


async def test_a_corridor_that_is_not_open_is_refused(world):
    answer = await world.post("/v1/quotes", WISH | {"destination_country": "FR"})
    assert told(answer)[:2] == (422, "corridor_closed")
    check = await world.post("/v1/payee-checks", CHECK | {"country": "FR"})
    assert told(check)[:2] == (422, "corridor_closed")


WRONG_IBAN = "PK00RAVI0000000000000042"
ADDRESSES = [
    ({"address": "0300 1234567"}, "phone_invalid", "address"),
    ({"address_type": "IBAN", "address": "PK1"}, "field_missing", "agent_bic"),
    (
        {"address_type": "IBAN", "address": WRONG_IBAN, "agent_bic": "RAVIPKK0"},
        "iban_invalid",
        "address",
    ),
    (
        {"address_type": "ACCT", "address": "1/2", "agent_bic": "RAVIPKK0"},
        "account_number_invalid",
        "address",
    ),
    ({"address_type": "EMAL", "address": "باسط@example.com"}, "field_invalid", "address"),
    ({"agent_bic": "nobody"}, "field_invalid", "agent_bic"),
]


async def test_an_address_has_the_form_of_its_type(world):
    for said, code, param in ADDRESSES:
        answer = await world.post("/v1/payee-checks", CHECK | said)
        assert told(answer) == (400, code, param), said
    assert await world.my.sent("acmt.023.001.04") == []


async def test_words_that_no_rail_can_carry_are_refused_before_anything_is_held(world):
    body = await world.yes()
    note = await world.post("/v1/remittances", body | {"note": "برائے کرایہ"})
    assert told(note) == (400, "field_invalid", "note")
    reference = await world.post("/v1/remittances", body | {"reference": "/x"})
    assert told(reference) == (400, "field_invalid", "reference")
    assert (await world.balance())["available"] == "1000.00"


async def test_an_expired_quote_is_refused(world):
    body = await world.yes()
    world.clock.forward(600)
    answer = await world.post("/v1/remittances", body)
    assert told(answer)[:2] == (422, "quote_expired")
    assert (answer.json()["iso_code"], answer.json()["rule"]) == ("AB04", "quote.validity")


async def test_a_quote_of_somebody_else_is_not_there(world):
    body = await world.yes()
    assert told(await world.post("/v1/remittances", body, "bo"))[:2] == (404, "quote_foreign")
    assert (await world.balance())["available"] == "1000.00"


async def test_a_quote_is_used_once(world):
    body = await world.yes()
    first = await world.post("/v1/remittances", body)
    same = await world.post("/v1/remittances", body)
    assert (first.status_code, same.status_code) == (201, 201)
    assert same.json()["id"] == first.json()["id"]
    other = await world.post("/v1/remittances", body | {"note": "Another"})
    assert told(other)[:2] == (409, "quote_used")
    assert (await world.balance())["available"] == "500.00"


async def test_a_payee_who_is_not_confirmed_is_not_paid(world):
    quote = await world.quoted()
    check = (await world.post("/v1/payee-checks", CHECK)).json()
    body = {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}
    assert told(await world.post("/v1/remittances", body))[:2] == (422, "payee_not_confirmed")


async def test_a_missing_purpose_is_refused_with_rule_and_citation(world):
    body = {name: said for name, said in (await world.yes()).items() if name != "purpose"}
    answer = await world.post("/v1/remittances", body)
    assert told(answer)[:2] == (422, "purpose_required")
    assert answer.json()["rule"]
    assert answer.json()["citation"]


async def test_more_than_there_is_cannot_be_sent(world):
    quote = await world.quoted(amount="1000.01")
    check = await world.checked()
    body = {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}
    answer = await world.post("/v1/remittances", body)
    assert told(answer)[:2] == (422, "insufficient_funds")
    balance = await world.balance()
    assert (balance["available"], balance["balance"]) == ("1000.00", "1000.00")
    refused = (await world.get(f"/v1/remittances/rem_{quote['id'][4:]}")).json()
    assert (refused["state"], refused["reason"]) == ("refused", "insufficient_funds")


async def test_unknown_ids_are_not_found(world):
    for path, code in (
        ("/v1/quotes/quo_none", "quote_not_found"),
        ("/v1/payee-checks/chk_none", "payee_check_not_found"),
        ("/v1/remittances/rem_none", "remittance_not_found"),
        ("/v1/remittances/rem_none/events", "remittance_not_found"),
        ("/v1/remittances/rem_none/messages", "remittance_not_found"),
        ("/v1/accounts/acc_none", "account_not_found"),
        ("/v1/accounts/acc_none/statement", "account_not_found"),
        ("/v1/accounts/acc_none/balance", "account_not_found"),
    ):
        assert told(await world.get(path))[:2] == (404, code)


async def test_unknown_routes_and_methods_are_problems_too(world):
    assert told(await world.get("/v1/nothing"))[:2] == (404, "route_not_found")
    assert told(await world.get("/v1/quotes"))[:2] == (405, "method_not_allowed")
    assert told(await world.get("/v1/accounts/"))[:2] == (404, "route_not_found")


async def test_a_body_is_not_read_beyond_its_cap(world):
    answer = await world.post("/v1/quotes", b"[" + b" " * (1024 * 1024))
    assert told(answer)[:2] == (413, "body_too_large")


async def test_cursors_limits_and_times_that_cannot_be_read_are_told(world):
    assert told(await world.get("/v1/remittances?starting_after=rem_none")) == (
        400,
        "cursor_malformed",
        "starting_after",
    )
    statement = "/v1/accounts/acc_aisha/statement"
    assert told(await world.get(f"{statement}?starting_after=x"))[1] == "cursor_malformed"
    assert told(await world.get(f"{statement}?limit=101")) == (400, "field_invalid", "limit")
    balance = "/v1/accounts/acc_aisha/balance"
    for at in ("yesterday", "2026-03-02T08:00:00"):
        assert told(await world.get(f"{balance}?at={at}"))[:2] == (400, "time_malformed")


async def test_problems_speak_the_language_asked_for(world):
    sentences = set()
    for language in ("en", "ms", "ur", "fr", "de"):
        answer = await world.post("/v1/quotes", WISH | {"amount": "1"}, accept_language=language)
        spoken = answer.headers["content-language"]
        assert spoken == ("en" if language == "de" else language)
        sentences.add(answer.json()["detail"])
    assert len(sentences) == 4


async def test_every_answer_names_its_request(world):
    names = {(await world.get("/v1/accounts")).headers["request-id"] for _ in range(2)}
    assert len(names) == 2


async def test_what_nobody_expected_is_a_500_that_names_the_request(world, caplog):
    await world.my.door.batcher.stop()
    await world.my.door.database.close()
    answer = await world.get("/v1/accounts")
    status, code, _ = told(answer)
    assert (status, code) == (500, "internal")
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert answer.headers["request-id"] in caplog.text
    await world.my.door.database.open()


async def test_a_key_of_the_wrong_form_is_no_idempotency_key(world):
    missing = await world.my.client.post(
        "/v1/quotes", json=WISH, headers={"authorization": f"Bearer {world.keys['aisha']}"}
    )
    assert told(missing) == (400, "idempotency_key_missing", "Idempotency-Key")
    long = await world.post("/v1/quotes", WISH, key="k" * 256)
    assert told(long) == (400, "field_invalid", "Idempotency-Key")
    assert (await world.post("/v1/quotes", WISH, key=uuid.uuid4().hex)).status_code == 201
