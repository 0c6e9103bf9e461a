"""Recalls and disputes over the whole corridor: doors, desk, return, books."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from case_world import RETURN_FEE, Corridor, opened

from qantara.money import MYR, PKR, Money

# One world for all: each test has a payment of its own.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def corridor(servers, tmp_path_factory) -> AsyncIterator[Corridor]:
    async with opened(servers(18), tmp_path_factory.mktemp("cases")) as made:
        yield made


def minor(told: dict[str, str]) -> int:
    asset = {"MYR": MYR, "PKR": PKR}[told["currency"]]
    return Money.parse(told["amount"], asset).minor


async def test_a_recall_comes_back_at_the_days_rate_less_a_fee(corridor):
    paid = await corridor.paid()
    before = {side: await corridor.books(side) for side in ("my", "pk")}
    asked = await corridor.sender.done(
        f"/v1/remittances/{paid['id']}/recall", {"cause": "wrong_account", "text": "Not Bilal."}
    )
    assert (asked["state"], asked["side"], asked["waiting"]) == ("requested", "source", True)
    path = f"/v1/cases/{asked['id']}"
    waiting = (await corridor.my[0].get("/v1/cases?box=waiting"))["data"]
    assert [each["id"] for each in waiting] == [asked["id"]]
    await corridor.my[0].done(f"{path}/send", {})

    waiting = await corridor.case(corridor.pk[0], asked["id"], state="opened", waiting=True)
    assert (waiting["opened_by"], waiting["assigned_to"]) == ("WAUEMYK0", "RAVIPKK0")
    assert waiting["due_at"] is not None
    await corridor.approved(asked["id"])
    for staff in (corridor.my[0], corridor.pk[0]):
        ended = await corridor.case(staff, asked["id"], state="returned")
    back = ended["returns"][0]
    assert (back["state"], back["fault"], back["fee"]["amount"]) == ("settled", "source", "50.00")
    assert back["taken"] == paid["received"]
    assert (minor(back["borne"]), minor(back["difference"])) == (0, 0)
    assert await corridor.balanced()

    told = await corridor.sender.get(f"/v1/remittances/{paid['id']}")
    assert (told["state"], told["money"]["holder"]) == ("completed", "sender")
    assert [each["amount"] for each in told["returned_by"]] == [back["arrives"]]
    assert told["events"][-1]["state"] == "returned"
    assert await corridor.notices(paid["id"]) == "remittance.returned"
    assert await corridor.notices(asked["id"]) == "case.returned"
    now = {side: await corridor.books(side) for side in ("my", "pk")}
    payee, sender = f"customer/{corridor.payee_account_id}", f"customer/{corridor.account_id}"
    assert before["pk"][payee] - now["pk"][payee] == minor(paid["received"])
    assert now["my"][sender] - before["my"][sender] == minor(back["arrives"])
    kept = now["pk"]["income/fee"] - before["pk"]["income/fee"]
    assert kept == Money.parse(RETURN_FEE, PKR).minor

    seen = await corridor.desk.get(f"/v1/scheme/cases/{asked['id']}")
    assert (seen["state"], seen["returned_by"]) == ("returned", back["uetr"])
    assert [move["act"] for move in seen["moves"]] == ["open", "accept", "return"]
    await corridor.my[0].done(f"{path}/close", {})
    assert (await corridor.case(corridor.pk[0], asked["id"], state="closed"))["final"]


async def test_a_dispute_that_is_our_fault_gives_back_to_the_minor_unit(corridor):
    paid = await corridor.paid("333.33")
    before = {side: await corridor.books(side) for side in ("my", "pk")}
    case = await corridor.my[0].done(
        "/v1/cases",
        {"uetr": paid["uetr"], "kind": "dispute", "cause": "wrong_amount_received"},
    )
    await corridor.case(corridor.pk[0], case["id"], state="opened")
    refused = await corridor.pk[0].post(f"/v1/cases/{case['id']}/accept", {"fault": "source"})
    assert (refused.status_code, refused.json()["rule"]) == (400, "return.fault")
    consented = Money(minor(paid["received"]) // 3, PKR)
    await corridor.approved(case["id"], **{"from": "recipient", "consented": str(consented)})
    ended = await corridor.case(corridor.pk[0], case["id"], state="returned")
    back = ended["returns"][0]
    assert await corridor.balanced()

    now = {side: await corridor.books(side) for side in ("my", "pk")}
    sent = minor(paid["total_debit"]) - minor(paid["sender_fee"])
    sender, payee = f"customer/{corridor.account_id}", f"customer/{corridor.payee_account_id}"
    assert now["my"][sender] - before["my"][sender] == minor(back["arrives"]) == sent
    assert before["pk"][payee] - now["pk"][payee] == consented.minor == minor(back["taken"])
    borne, difference = minor(back["borne"]), minor(back["difference"])
    assert borne == minor(paid["received"]) - consented.minor
    assert difference > 0
    assert before["pk"]["expense/returns"] - now["pk"]["expense/returns"] == borne
    cost = "expense/exchange_difference"
    assert before["pk"][cost] - now["pk"][cost] == difference
    assert minor(back["sent"]) == consented.minor + borne + difference


async def test_a_payment_goes_back_once_and_a_case_is_opened_once(corridor):
    paid = await corridor.paid("120.00")
    body = {"uetr": paid["uetr"], "kind": "recall", "cause": "duplicate"}
    case = await corridor.my[0].done("/v1/cases", body)
    again = await corridor.my[1].post("/v1/cases", body)
    assert (again.status_code, again.json()["code"]) == (409, "case_exists")
    foreign = await corridor.pk[0].post("/v1/cases", body)
    assert (foreign.status_code, foreign.json()["code"]) == (422, "recall_unavailable")
    await corridor.case(corridor.pk[0], case["id"], state="opened")
    maker, checker = corridor.pk
    proposals = [
        await maker.done(f"/v1/cases/{case['id']}/accept", {"from": payer})
        for payer in ("recipient", "own_funds")
    ]
    own = await maker.post(f"/v1/proposals/{proposals[0]['id']}/approve", {})
    assert (own.status_code, own.json()["code"]) == (403, "approval_needs_second")
    await checker.done(f"/v1/proposals/{proposals[1]['id']}/approve", {})
    late = await checker.post(f"/v1/proposals/{proposals[0]['id']}/approve", {})
    assert (late.status_code, late.json()["code"]) == (409, "payment_returned")
    ended = await corridor.case(corridor.pk[0], case["id"], state="returned")
    assert minor(ended["returns"][0]["taken"]) == 0
    assert ended["returns"][0]["borne"] == paid["received"]
    assert await corridor.balanced()
    closed = await corridor.my[0].post("/v1/cases", body | {"cause": "fraud"})
    assert (closed.status_code, closed.json()["code"]) == (409, "payment_returned")


async def test_a_question_is_answered_and_a_case_refused_or_withdrawn(corridor):
    paid = await corridor.paid("80.00")
    wish = {"uetr": paid["uetr"], "kind": "investigation", "cause": "whereabouts"}
    asked = await corridor.pk[0].done("/v1/cases", wish)
    await corridor.case(corridor.my[0], asked["id"], state="opened", side="source")
    await corridor.my[0].done(f"/v1/cases/{asked['id']}/accept", {"text": "Sent at eight."})
    told = await corridor.case(corridor.pk[0], asked["id"], state="accepted")
    assert told["moves"][-1]["text"] == "Sent at eight."

    recall = {"uetr": paid["uetr"], "kind": "recall", "cause": "customer"}
    first = await corridor.my[0].done("/v1/cases", recall)
    await corridor.case(corridor.pk[0], first["id"], state="opened")
    no = {"reason": "CUST", "text": "She does not agree."}
    await corridor.pk[0].done(f"/v1/cases/{first['id']}/refuse", no)
    refused = await corridor.case(corridor.my[0], first["id"], state="refused")
    assert (refused["reason"], refused["waiting"]) == ("CUST", False)
    second = await corridor.my[0].done("/v1/cases", recall)
    await corridor.case(corridor.pk[0], second["id"], state="opened")
    await corridor.my[0].done(f"/v1/cases/{second['id']}/withdraw", {})
    await corridor.case(corridor.pk[0], second["id"], state="withdrawn")
    late = await corridor.pk[0].post(f"/v1/cases/{second['id']}/accept", {})
    assert (late.status_code, late.json()["code"]) == (409, "state_conflict")


async def test_what_is_not_yours_is_not_there(corridor):
    paid = await corridor.paid("60.00")
    complaint = {"cause": "not_received"}
    mine = await corridor.sender.done(f"/v1/remittances/{paid['id']}/dispute", complaint)
    seen = await corridor.sender.get(f"/v1/cases/{mine['id']}")
    assert (seen["state"], seen["moves"]) == ("requested", None)
    assert (await corridor.sender.get(f"/v1/cases?uetr={paid['uetr']}"))["data"] == [mine]
    by_staff = {"uetr": paid["uetr"], "kind": "investigation", "cause": "whereabouts"}
    other = await corridor.my[0].done("/v1/cases", by_staff)
    for path in (f"/v1/cases/{other['id']}", "/v1/cases/cse_unknown"):
        headers = {"authorization": f"Bearer {corridor.sender.key}"}
        answer = await corridor.sender.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "case_not_found")
    forbidden = await corridor.sender.post("/v1/cases", by_staff)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "key_scope")
    wrong = await corridor.my[0].post("/v1/cases", by_staff | {"cause": "fraud"})
    assert (wrong.status_code, wrong.json()["param"]) == (400, "cause")
    unknown = by_staff | {"uetr": "00000000-0000-4000-8000-000000000000"}
    nothing = await corridor.my[0].post("/v1/cases", unknown)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "remittance_not_found")
    page = await corridor.my[0].get(f"/v1/cases?limit=1&starting_after={mine['id']}")
    assert [each["id"] for each in page["data"]] == [other["id"]]
    assert page["has_more"] is False
