"""The doors of people without a key, of their apps and of the staff who decides."""

import json
from collections.abc import AsyncIterator

import pytest
from identity_world import PIN, Desk, desk
from software_authenticator import Authenticator

from qantara.access.model import Role
from qantara.edge.limits import Rate, Rates

PHONE = "+60123456789"
PERSON = {"legal_name": "Nur Contoh", "born_on": "1990-02-14"}
HOME = {"street": "12 Jalan Contoh", "town": "Ipoh"}
DOCUMENT = {"type": "nric", "number": "900214-14-5678"}
RATES = Rates(public=Rate(200, 60), codes=Rate(3, 3600))


@pytest.fixture
async def bank(servers) -> AsyncIterator[Desk]:
    async with desk(servers(18), rates=RATES) as made:
        yield made


class App:
    """A phone in somebody's hand."""

    def __init__(self, bank: Desk) -> None:
        self.bank = bank
        self.secret = self.path = ""

    async def ask(self, method: str, path: str, body=None, **headers: str):
        sent = {"authorization": f"Bearer {self.secret}"} | headers
        content = {} if body is None else {"json": body}
        return await self.bank.place.client.request(
            method, f"/v1/onboarding{path}", headers=sent, **content
        )

    async def begin(self) -> None:
        asked = await self.ask("POST", "/codes", {"phone": PHONE, "language": "fr"})
        assert (asked.status_code, asked.json()["gateway"]) == (202, "simulated"), asked.text
        said = {"code": await self.bank.code()}
        found = (await self.ask("POST", f"/codes/{asked.json()['id']}/answer", said)).json()
        self.secret, self.path = found["secret"], f"/applications/{found['application']['id']}"

    async def put(self, step: str, body=None, **headers: str):
        return await self.ask("PUT", f"{self.path}/{step}", body, **headers)

    async def tell_all(self, document=DOCUMENT) -> None:
        said = {"pin": {"pin": PIN}, "person": PERSON, "home": HOME, "document": document}
        for step, body in (said | {"face": None}).items():
            answer = await self.put(step, body)
            assert answer.status_code == 200, answer.text


async def opened(bank: Desk) -> App:
    app = App(bank)
    await app.begin()
    await app.tell_all()
    answer = await app.ask("POST", f"{app.path}/decision", {"tier": "emoney"})
    assert answer.json()["state"] == "opened", answer.text
    return app


async def test_a_phone_becomes_a_customer_without_ever_having_a_key(bank):
    app = await opened(bank)
    gone = await app.ask("GET", app.path)
    assert (gone.status_code, gone.json()["code"]) == (404, "application_not_found")
    assert (await bank.inside()).subject is not None


async def test_the_ladder_is_public_and_names_its_sources(bank):
    answer = await App(bank).ask("GET", "/ladder")
    assert answer.headers["ratelimit"].startswith('"public"')
    small, full = answer.json()["tiers"]
    assert (small["key"], small["available"], small["ceiling"]) == ("emoney_small", False, None)
    assert full["needs"] == ["phone", "pin", "person", "home", "document", "face"]
    assert "e-KYC" in full["figures"][0]["citation"]


async def test_what_is_missing_is_told_and_what_does_not_fit_is_a_422_in_words(bank):
    app = App(bank)
    await app.begin()
    await app.put("pin", {"pin": PIN})
    asked = await app.ask("POST", f"{app.path}/decision", {"tier": "emoney"})
    assert (asked.status_code, asked.json()["code"]) == (422, "onboarding_incomplete")
    assert "person, home, document, face" in asked.json()["detail"].replace("\u2068", "").replace(
        "\u2069", ""
    )
    answer = await app.put("document", DOCUMENT | {"type": "cnic"}, **{"accept-language": "ur"})
    told = answer.json()
    assert (answer.status_code, told["code"], told["param"]) == (422, "answer_unfit", "type")
    assert answer.headers["content-language"] == "ur"
    assert (await app.put("person", PERSON | {"born_on": "1990-02-31"})).status_code == 422
    assert (await app.put("pin", {"pin": "123456"})).json()["code"] == "pin_weak"
    assert (await app.put("person", PERSON | {"age": 3})).status_code == 400
    assert (await app.put("face")).json()["code"] == "onboarding_incomplete"


async def test_nobody_without_the_secret_sees_or_changes_an_application(bank):
    app = App(bank)
    await app.begin()
    app.secret += "x"
    for method, step, body in (("GET", "", None), ("PUT", "/home", HOME)):
        answer = await app.ask(method, app.path + step, body)
        assert (answer.status_code, answer.json()["code"]) == (404, "application_not_found")


async def test_a_phone_is_sent_few_codes_and_an_address_asks_so_often(servers):
    limits = Rates(public=Rate(6, 60), codes=Rate(3, 3600))
    async with desk(servers(18), rates=limits) as bank:
        app, body = App(bank), {"phone": PHONE}
        said = [(await app.ask("POST", "/codes", body)).status_code for _ in range(4)]
        assert said == [202, 202, 202, 429]
        other = await app.ask("POST", "/codes", {"phone": "+60123456780"})
        assert other.status_code == 202
        await app.ask("GET", "/ladder")
        limited = await app.ask("GET", "/ladder")
        assert (limited.status_code, limited.json()["code"]) == (429, "rate_limited")
        assert int(limited.headers["retry-after"]) >= 1


async def test_what_is_no_mobile_number_is_told_and_a_large_body_is_not_read(bank):
    app = App(bank)
    answer = await app.ask("POST", "/codes", {"phone": "+60300000000"})
    assert (answer.status_code, answer.json()["param"]) == (422, "phone")
    big = await app.ask("POST", "/codes", {"phone": PHONE, "language": "x" * 70_000})
    assert (big.status_code, big.json()["code"]) == (413, "body_too_large")


async def by(bank: Desk, key: str, method: str, path: str, body=None):
    headers = {"authorization": f"Bearer {key}", "idempotency-key": f"{path}{method}{body}"[:200]}
    content = {} if body is None else {"json": body}
    return await bank.place.client.request(method, path, headers=headers, **content)


async def test_staff_sees_who_waits_and_says_why(bank):
    app = App(bank)
    await app.begin()
    await app.tell_all(DOCUMENT | {"number": "900214-14-5001"})
    made = await app.ask("POST", f"{app.path}/decision", {"tier": "emoney"})
    assert made.json()["state"] == "in_review"
    operations = await bank.place.key("operations", Role.OPERATIONS, None)
    auditor = await bank.place.key("auditor", Role.AUDITOR, None)
    (found,) = (await by(bank, auditor, "GET", "/v1/applications")).json()["data"]
    assert (found["legal_name"], found["grounds"][0]["rule"]) == (
        "Nur Contoh",
        "onboarding.face_unsure",
    )
    path = f"/v1/applications/{found['id']}/review"
    word = {"verdict": "open", "why": "Seen by video"}
    assert (await by(bank, auditor, "POST", path, word)).status_code == 403
    assert (await by(bank, operations, "POST", path, word)).status_code == 200
    assert (await by(bank, operations, "POST", path, word | {"why": "Again"})).status_code == 409
    sent = await by(bank, operations, "GET", f"/v1/simulated-messages?phone=%2B{PHONE[1:]}")
    assert sent.json()["gateway"] == "simulated"
    assert "Wau Contoh" in sent.json()["data"][0]["text"]


async def test_an_app_registers_a_passkey_only_for_who_knows_the_pin(bank):
    app = await opened(bank)
    me = await bank.inside()
    key = await bank.place.key("app", Role.CUSTOMER, me.subject)
    wrong = await by(bank, key, "POST", "/v1/passkeys/options", {"pin": "111222"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in_failed")
    asked = (await by(bank, key, "POST", "/v1/passkeys/options", {"pin": PIN})).json()
    device = Authenticator()
    answer = json.loads(device.create(json.dumps(asked["options"])))
    body = {"asked_id": asked["id"], "answer": answer, "label": "my phone"}
    made = await by(bank, key, "POST", "/v1/passkeys", body)
    assert (made.status_code, made.json()["label"]) == (201, "my phone"), made.text
    (listed,) = (await by(bank, key, "GET", "/v1/passkeys")).json()["data"]
    gone = await by(bank, key, "DELETE", f"/v1/passkeys/{listed['id']}")
    assert gone.json()["revoked_at"] is not None
    assert (await by(bank, key, "GET", "/v1/passkeys")).json()["data"] == []
    stranger = await bank.place.key("other", Role.CUSTOMER, "cus_other")
    other = await by(bank, stranger, "DELETE", f"/v1/passkeys/{listed['id']}")
    assert other.status_code == 404
    assert app.secret
