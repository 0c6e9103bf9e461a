"""What somebody with a key, or without one, tried at the doors, and what they got."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from door_world import PEER, WISH, World, opened

from qantara.access.model import Role
from qantara.edge import Envelope
from qantara.edge.envelope import decode_acks, encode
from qantara.scheme.model import RATE_NOTICE

WHY = {"legal_reason": "court order", "citation": "Act 1"}


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        made.keys["duitnow"] = await made.my.key("duitnow", Role.COUNTERPARTY, "duitnow")
        made.keys["fxp"] = await made.nexus.key("fxp", Role.COUNTERPARTY, "fxp")
        yield made


@pytest.mark.parametrize(
    "path",
    [
        "/v1/accounts/%00",
        "/v1/accounts?customer_id=%00",
        "/v1/accounts/%00/statement",
        "/v1/quotes/a%00b",
        "/v1/payee-checks/%00",
        "/v1/remittances/%00",
        "/v1/remittances/%00/events",
        "/v1/remittances?starting_after=%00",
        "/v1/remittances?customer_id=a%00",
    ],
)
async def test_a_nul_in_an_address_is_the_callers_mistake(world, path):
    for by in ("aisha", "maker"):
        answer = await world.get(path, by)
        assert (answer.status_code, answer.json()["code"]) == (400, "id_malformed")
    assert answer.headers["request-id"] == answer.json()["request_id"]


async def test_a_nul_in_a_body_is_the_callers_mistake(world):
    freeze = "/v1/accounts/acc_aisha/freeze"
    yes = {"quote_id": "quo_x", "payee_check_id": "chk_x"}
    for path, body, by in (
        ("/v1/quotes", WISH | {"account_id": "acc\0"}, "aisha"),
        ("/v1/remittances", yes | {"quote_id": "quo\0"}, "aisha"),
        ("/v1/remittances", yes | {"payee_check_id": "\0"}, "aisha"),
        (freeze, WHY | {"legal_reason": "a\0b"}, "maker"),
        (freeze, WHY | {"citation": "\0"}, "maker"),
    ):
        answer = await world.post(path, body, by)
        assert (answer.status_code, answer.json()["code"]) == (400, "field_invalid"), body


async def test_one_key_with_many_bodies_at_once_does_one_thing(world):
    check = (await world.checked())["id"]
    bodies = [
        {"quote_id": (await world.quoted(amount="50.00"))["id"], "payee_check_id": check}
        for _ in range(5)
    ]
    answers = await asyncio.gather(
        *[world.post("/v1/remittances", body | {"purpose": "FAMI"}, key="one") for body in bodies]
    )
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]
    assert len(await world.my.sent("pacs.008.001.13")) == 1
    assert (await world.balance())["available"] == "950.00"


async def test_twins_of_a_proposal_propose_once(world):
    path = "/v1/accounts/acc_aisha/freeze"
    answers = await asyncio.gather(*[world.post(path, WHY, "maker", key="one") for _ in range(5)])
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await world.my.count("access.proposal") == 1


async def test_a_proposal_whose_answer_was_lost_is_found_again(world):
    path = "/v1/accounts/acc_aisha/freeze"
    first = await world.post(path, WHY, "maker", key="one")
    await world.my.door.batcher.run(_forget_answers, None)
    again = await world.post(path, WHY, "maker", key="one")
    assert again.json() == first.json()
    assert await world.my.count("access.proposal") == 1


async def _forget_answers(tx, _node, commands, _now):
    await tx.execute("DELETE FROM edge.answer")
    return [None] * len(commands)


async def delivered(place, key: str, body: bytes, by: str = "duitnow") -> httpx.Response:
    headers = {
        "authorization": f"Bearer {key}",
        "content-type": "application/msgpack",
        PEER: by,
    }
    return await place.client.post("/v1/messages", content=body, headers=headers)


async def test_a_list_of_envelopes_that_cannot_be_decoded_is_malformed(world):
    nested = b"\x91\x95\xa1k\xa1n\xc0\xc4\x00" + b"\x91" * 200_000 + b"\xc0"
    no_text = b"\x91\x94\xa1\xff\xa1n\xc0\xc4\x00"
    for body in (nested, no_text):
        answer = await delivered(world.my, world.keys["duitnow"], body)
        assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed")


async def test_a_rate_that_no_message_could_carry_is_refused_for_good(world):
    fair = {
        "message_id": "m1",
        "id": str(uuid.uuid4()),
        "source": "MYR",
        "destination": "PKR",
        "rate": "63.4",
        "created_at": "2026-03-02T08:00:01Z",
        "expires_at": "2026-03-02T09:00:00Z",
    }
    raws = [
        json.dumps(fair | other).encode()
        for other in (
            {"rate": "1e400"},
            {"rate": "1e99999999"},
            {"rate": "1e-99999999"},
            {"rate": "100000000000"},
            {"id": "\0"},
            {"id": "x" * 65},
            {"source": "M\0R"},
        )
    ]
    raws.append(b'{"message_id":"m1","more":' + b"[" * 7_000 + b"]" * 7_000 + b"}")
    envelopes = [Envelope("m1", RATE_NOTICE, None, raw) for raw in raws]
    answer = await delivered(world.nexus, world.keys["fxp"], encode(envelopes), "fxp")
    assert answer.status_code == httpx.codes.OK, answer.text
    reasons = [ack.reason for ack in decode_acks(answer.content)]
    assert reasons == ["field_invalid"] * 7 + ["body_malformed"]
    assert await world.nexus.count("gateway.rate") == 1


async def test_nobody_keeps_the_writer_busy_by_asking_whether_it_works(world):
    committed = 0
    batcher = world.my.door.batcher
    transact = batcher._transact  # noqa: SLF001 - what a commit costs is counted

    async def counted(batch):
        nonlocal committed
        committed += 1
        return await transact(batch)

    batcher._transact = counted  # noqa: SLF001
    answers = await asyncio.gather(*[world.my.client.get("/readyz") for _ in range(20)])
    assert {answer.status_code for answer in answers} == {200}
    assert committed <= 3


async def test_a_key_opens_no_door_but_its_own(world):
    remitted = await world.remitted()
    for path in ("", "/events", "/messages"):
        answer = await world.get(f"/v1/remittances/{remitted['id']}{path}", "bo")
        assert (answer.status_code, answer.json()["code"]) == (404, "remittance_not_found")
    for path in ("acc_aisha", "acc_aisha/statement", "acc_aisha/balance"):
        assert (await world.get(f"/v1/accounts/{path}", "bo")).status_code == httpx.codes.NOT_FOUND
    listed = await world.get("/v1/remittances?customer_id=cus_aisha", "bo")
    assert listed.json()["data"] == []
    quote, check = await world.quoted(), await world.checked("bo")
    mixed = {"quote_id": quote["id"], "payee_check_id": check["id"], "purpose": "FAMI"}
    assert (await world.post("/v1/remittances", mixed)).json()["code"] == "payee_not_confirmed"
    assert (await world.post("/v1/remittances", mixed, "bo")).json()["code"] == "quote_foreign"
