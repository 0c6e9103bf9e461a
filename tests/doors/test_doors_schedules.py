"""Standing orders over HTTP, and the worker that has them quoted."""

from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from door_world import World, opened

from qantara.domestic import flow as domestic
from qantara.edge.offers import offers
from qantara.money import MYR, PKR, Rate
from qantara.remittance import flow as remittance
from qantara.remittance.model import ReferenceRate
from qantara.wallet import flow
from qantara.worker import StandingOrders

RATE = Decimal("63.45")


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        yield made


async def planned(world: World, **other: str) -> Any:
    check = await world.checked()
    payee = await world.post("/v1/beneficiaries", {"payee_check_id": check["id"]})
    assert payee.status_code == 201, payee.text
    wish = {
        "account_id": "acc_aisha",
        "beneficiary_id": payee.json()["id"],
        "amount": "5000.00",
        "currency": "PKR",
        "ceiling": "100.00",
        "ceiling_currency": "MYR",
        "rhythm": "monthly",
        "first_on": "2026-03-03",
        "purpose": "FAMI",
    }
    return await world.post("/v1/schedules", wish | other)


def orders(world: World) -> StandingOrders:
    door = world.my.door
    return StandingOrders(door.database, door.batcher, partial(offers, door))


async def test_a_payment_abroad_is_made_on_its_day_through_the_gateway(world):
    answer = await planned(world)
    assert answer.status_code == 201, answer.text
    order = answer.json()
    assert (order["state"], order["next_on"], order["fixed"]) == (
        "active",
        "2026-03-03",
        "destination",
    )
    world.clock.forward(86_400)
    await world.rate("63.40")
    rate = ReferenceRate(Rate(MYR, PKR, RATE), "seeded mid", world.clock.now)
    await world.my.do(remittance.record_reference_rates, rate)
    before = len(await world.my.sent("acmt.023.001.04"))
    await world.my.do(flow.run_due, None)
    question = (await world.my.waited_for("acmt.023.001.04", before + 1))[-1]
    await world.report(question, "BILAL M****")
    await world.my.do(flow.run_due, None)
    assert await orders(world).quote_due() == 1
    path = f"/v1/schedules/{order['id']}"
    told = (await world.get(path)).json()
    (run,) = told["runs"]
    assert (run["state"], run["reason"], told["next_on"]) == ("placed", None, "2026-04-03")
    remitted = (await world.get(f"/v1/remittances/{run['payment_id']}")).json()
    assert remitted["state"] == "accepted"
    assert remitted["received"]["amount"] == "5000.00"
    cancelled = await call(world, "DELETE", path)
    assert cancelled.json()["state"] == "cancelled"
    listed = (await world.get("/v1/schedules")).json()["data"]
    assert [each["state"] for each in listed] == ["cancelled"]


async def call(world: World, method: str, path: str, by: str = "aisha") -> Any:
    headers = {"authorization": f"Bearer {world.keys[by]}"}
    return await world.my.client.request(method, path, headers=headers)


async def test_a_silent_gateway_leaves_the_run_waiting(world):
    order = (await planned(world, ceiling="20.00")).json()
    world.clock.forward(86_400)
    before = len(await world.my.sent("acmt.023.001.04"))
    await world.my.do(flow.run_due, None)
    question = (await world.my.waited_for("acmt.023.001.04", before + 1))[-1]
    await world.report(question, "BILAL M****")
    await world.my.do(flow.run_due, None)
    assert await orders(world).quote_due() == 0
    told = (await world.get(f"/v1/schedules/{order['id']}")).json()
    assert told["runs"][0]["state"] == "quoting"
    await world.rate("63.40")
    rate = ReferenceRate(Rate(MYR, PKR, RATE), "seeded mid", world.clock.now)
    await world.my.do(remittance.record_reference_rates, rate)
    assert await orders(world).quote_due() == 1
    headers = {"accept-language": "fr"}
    told = (await world.get(f"/v1/schedules/{order['id']}", **headers)).json()
    assert told["runs"][0]["reason"] == "schedule_ceiling"
    assert "plafond" in told["runs"][0]["refusal"]["text"]
    assert (await world.balance())["available"] == "1000.00"


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"first_on": "2026-03-01"}, 400, "field_invalid"),
        ({"first_on": "2026-02-30"}, 400, "time_malformed"),
        ({"currency": "MYR"}, 400, "currency_mismatch"),
        ({"rhythm": "weekly"}, 400, "field_invalid"),
        ({"note": "بھائی"}, 400, "field_invalid"),
        (
            {"fixed": "source", "amount": "100.01", "currency": "MYR"},
            422,
            "schedule_ceiling",
        ),
    ],
)
async def test_an_order_that_cannot_be_says_why(world, other, status, code):
    answer = await planned(world, **other)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_order_is_its_owners_alone(world):
    path = f"/v1/schedules/{(await planned(world)).json()['id']}"
    assert (await world.get(path, "bo")).json()["code"] == "schedule_not_found"
    assert (await call(world, "DELETE", path, "bo")).status_code == 404
    assert (await world.get(path, "maker")).status_code == 200
