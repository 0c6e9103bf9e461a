from collections.abc import AsyncIterator

import httpx
import pytest
from door_world import PEER, World, opened, status_envelope

from qantara import ids
from qantara.access.model import Role
from qantara.edge import Ack, Envelope
from qantara.edge.envelope import decode_acks, encode
from qantara.rails import flow as rails
from qantara.rails.model import CreditTransfer, PaymentStatus, Profile, Status

STATUS = "pacs.002.001.15"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        made.keys["duitnow"] = await made.my.key("duitnow", Role.COUNTERPARTY, "duitnow")
        made.keys["raast"] = await made.my.key("raast", Role.COUNTERPARTY, "raast")
        yield made


async def answer_to(world: World, status: Status = Status.ACCC) -> Envelope:
    """pacs.002 on the last payment that was sent, as the payment system would send it."""
    payment = rails.read((await world.my.sent("pacs.008.001.13"))[-1], Profile.DUITNOW)
    assert isinstance(payment, CreditTransfer)
    return status_envelope(
        PaymentStatus(
            message_id=ids.new_message_id(),
            created_at=world.clock.now,
            original_message_id=payment.message_id,
            uetr=payment.uetr,
            original_end_to_end_id=payment.end_to_end_id,
            original_transaction_id=payment.transaction_id,
            status=status,
            instructing_agent=payment.instructed_agent,
            instructed_agent=payment.instructing_agent,
            reason="AC04" if status is Status.RJCT else None,
        )
    )


async def post(world: World, body: bytes, by: str = "duitnow") -> httpx.Response:
    headers = {
        "authorization": f"Bearer {world.keys[by]}",
        "content-type": "application/msgpack",
        PEER: by,
    }
    return await world.my.client.post("/v1/messages", content=body, headers=headers)


async def test_messages_are_taken_over_http_and_answered_after_the_commit(world):
    made = await world.remitted()
    envelope = await answer_to(world)
    answer = await post(world, encode([envelope]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/msgpack")
    assert decode_acks(answer.content) == [Ack(envelope.key, accepted=True)]
    done = await world.get(f"/v1/remittances/{made['id']}")
    assert done.json()["state"] == "completed"


async def test_a_repeat_is_accepted_and_changes_nothing(world):
    await world.remitted()
    envelope = await answer_to(world)
    for _ in range(2):
        acks = await world.my.intake.take("duitnow", [envelope, envelope])
        assert [ack.accepted for ack in acks] == [True, True]
    assert (await world.balance())["balance"] == "500.00"
    assert await world.my.count("db.inbox") == 2


async def test_what_was_taken_stays_taken_even_if_it_could_not_be_read_today(world):
    await world.remitted()
    envelope = await answer_to(world)
    assert (await world.my.intake.take("duitnow", [envelope]))[0].accepted
    of_old = Envelope(envelope.key, "pacs.002.001.03", envelope.uetr, envelope.raw)
    altered = Envelope(envelope.key, "pacs.002.001.03", envelope.uetr, envelope.raw + b" ")
    acks = await world.my.intake.take("duitnow", [altered, of_old, envelope])
    assert [ack.accepted for ack in acks] == [False, True, True]


async def test_one_bad_message_among_many_is_told_and_the_others_count(world):
    await world.remitted()
    good = await answer_to(world)
    bad = Envelope("bad", STATUS, None, b"<Document/>")
    stranger = Envelope("other", "pacs.009.001.08", None, b"<x/>")
    many = [bad] * 40 + [good] + [stranger] * 40
    acks = await world.my.intake.take("duitnow", many)
    assert [ack.accepted for ack in acks] == [False] * 40 + [True] + [False] * 40
    assert [ack.key for ack in acks] == [envelope.key for envelope in many]
    assert (await world.balance())["balance"] == "500.00"


async def test_what_cannot_be_read_is_refused_with_its_place(world):
    await world.remitted()
    good = await answer_to(world)
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    old = good.raw.replace(b"pacs.002.001.15", b"pacs.002.001.10")
    broken = good.raw.replace(b"<OrgnlUETR>", b"<OrgnlUETR>x")
    cases = {
        b"no xml at all": "message_unreadable",
        good.raw[:-20]: "message_unreadable",
        bomb: "message_unreadable",
        b" " * 70_000: "body_too_large",
        old: "message_version",
        broken: "message_schema",
        good.raw.replace(b"<OrgnlUETR>", b"<Uetr>"): "message_unreadable",
    }
    before = await world.my.count("db.inbox")
    for raw, reason in cases.items():
        ack = (await world.my.intake.take("duitnow", [Envelope(good.key, STATUS, None, raw)]))[0]
        assert (ack.accepted, ack.reason) == (False, reason), raw[:60]
        assert ack.detail
    assert "/" in ack.detail
    assert await world.my.count("db.inbox") == before
    assert (await world.balance())["balance"] == "1000.00"


async def test_an_envelope_says_of_its_message_what_is_in_it(world):
    await world.remitted()
    good = await answer_to(world)
    other_key = Envelope("another", good.name, good.uetr, good.raw)
    other_uetr = Envelope(good.key, good.name, ids.new_uetr(), good.raw)
    other_name = Envelope(good.key, "acmt.024.001.04", None, good.raw)
    acks = await world.my.intake.take("duitnow", [other_key, other_uetr, other_name])
    assert [(ack.accepted, ack.reason) for ack in acks] == [
        (False, "field_invalid"),
        (False, "field_invalid"),
        (False, "message_version"),
    ]


async def test_only_the_own_payment_system_may_speak(world):
    await world.remitted()
    envelope = await answer_to(world)
    for sender in ("raast", "my", ""):
        acks = await world.my.intake.take(sender, [envelope])
        assert [(ack.accepted, ack.reason) for ack in acks] == [(False, "message_wrong_party")]
    acks = await world.my.intake.take("nexus", [envelope])  # it writes here of cases alone
    assert [(ack.accepted, ack.reason) for ack in acks] == [(False, "message_version")]
    over_http = decode_acks((await post(world, encode([envelope]), "raast")).content)
    assert over_http[0].reason == "message_wrong_party"


async def test_an_answer_about_no_payment_of_ours_is_refused(world):
    await world.remitted()
    envelope = await answer_to(world)
    record = rails.read(envelope.raw, Profile.DUITNOW)
    assert isinstance(record, PaymentStatus)
    strange = status_envelope(
        PaymentStatus(
            **{
                name: getattr(record, name)
                for name in PaymentStatus.__slots__
                if name not in {"uetr", "message_id"}
            },
            message_id=ids.new_message_id(),
            uetr=ids.new_uetr(),
        )
    )
    acks = await world.my.intake.take("duitnow", [strange])
    assert (acks[0].accepted, acks[0].reason) == (False, "remittance_not_found")


async def test_an_envelope_list_is_a_list_and_has_its_cap(world):
    for body in (b"", b"[]", b"\xc1", encode([]) + b"x", b"\x91\x91\xa1k"):
        answer = await post(world, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "body_malformed"), body
    assert decode_acks((await post(world, encode([]))).content) == []
    small = Envelope("k", STATUS, None, b"")
    many = await post(world, encode([small] * 257))
    assert (many.status_code, many.json()["code"]) == (413, "body_too_large")
    large = await post(world, encode([Envelope("k", STATUS, None, b"x" * (4 * 1024 * 1024))]))
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")


async def test_a_role_that_cannot_write_keeps_the_sender_trying(world):
    await world.remitted()
    envelope = await answer_to(world)
    await world.my.door.batcher.stop()
    answer = await post(world, encode([envelope]))
    assert (answer.status_code, answer.json()["code"]) == (503, "counterparty_unavailable")
    assert answer.headers["retry-after"] == "1"
