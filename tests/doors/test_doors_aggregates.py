"""Days told between two nodes: signed, verified, told anew, never of few payments."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from supervision_world import MINE, STRANGERS, THEIRS, Pair, add, key_of, outcome, pair

from moments import NOW
from qantara.db.figures import CaseMoved
from qantara.edge import Envelope
from qantara.errors import NotFound
from qantara.supervision import flow, wording
from qantara.supervision.flow import Reporter
from qantara.supervision.model import AGGREGATE, Document, Signed

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
async def nodes(servers):
    async with pair(servers(18)) as made:
        yield made


def signed(body: dict[str, Any], by: Any = MINE) -> Envelope:
    """An aggregate with this body, as canonical as one can be, signed by this key."""
    raw = msgspec.json.encode(body, order="sorted")
    said = Signed(body["message_id"], body["issuer"], by.key_id, by.sign(raw).hex(), raw.decode())
    return Envelope(body["message_id"], AGGREGATE, None, msgspec.json.encode(said))


def body_of(envelope: Envelope) -> dict[str, Any]:
    return dict(msgspec.json.decode(msgspec.json.decode(envelope.raw)["body"]))


async def one_told(nodes: Pair, count: int = 7) -> Envelope:
    await nodes.my.my.do(add, outcome(YESTERDAY, count))
    assert await nodes.told(Reporter(MINE)) == 1
    return (await nodes.sent())[-1]


async def test_a_day_that_is_over_is_told_once_and_arrives_verified(nodes):
    envelope = await one_told(nodes)
    assert await nodes.taken(envelope) == [None]
    (kept,) = await nodes.kept(nodes.pk, YESTERDAY)
    (row,) = kept.aggregate.rows
    assert (kept.aggregate.issuer, kept.aggregate.jurisdiction) == ("my", "MY")
    assert kept.aggregate.complete
    assert (row.completed, row.sent, row.received) == (7, "700.00", "43400.00")
    assert (row.fees, row.margin, row.cost_percent) == ("4.20", "2.80", "1.00")
    assert await nodes.told(Reporter(MINE)) == 0, "nothing is new"


async def test_the_same_message_again_changes_nothing(nodes):
    envelope = await one_told(nodes)
    assert await nodes.taken(envelope, envelope) == [None, None]
    assert await nodes.taken(envelope) == [None]
    assert await nodes.pk.count("supervision.document") == 1


async def test_few_payments_leave_no_figures(nodes):
    await nodes.my.my.do(add, CaseMoved(YESTERDAY, "dispute", "customer", 2, 0))
    envelope = await one_told(nodes, 4)
    assert await nodes.taken(envelope) == [None]
    (row,) = body_of(envelope)["rows"]
    assert {row[name] for name in ("completed", "sent", "fees", "p50_ms")} == {None}
    assert body_of(envelope)["complaints"][0]["opened"] is None


async def test_a_later_revision_wins_even_if_it_arrives_first(nodes):
    first = await one_told(nodes)
    await nodes.my.my.do(add, outcome(YESTERDAY, 10))
    assert await nodes.told(Reporter(MINE)) == 1
    second = (await nodes.sent())[-1]
    assert await nodes.taken(second) == [None]
    assert await nodes.taken(first) == [None]
    (kept,) = await nodes.kept(nodes.pk, YESTERDAY)
    assert (kept.aggregate.revision, kept.aggregate.rows[0].completed) == (2, 17)


async def test_today_is_told_when_it_is_asked_for_and_again_when_it_is_over(nodes):
    await nodes.my.my.do(add, outcome(TODAY, 9))
    assert await nodes.told(Reporter(MINE)) == 0
    assert await nodes.told(Reporter(MINE), TODAY) == 1
    nodes.clock.forward(86_400)
    assert await nodes.told(Reporter(MINE)) == 1
    assert await nodes.taken(*await nodes.sent()) == [None, None]
    (kept,) = await nodes.kept(nodes.pk, TODAY)
    assert (kept.aggregate.revision, kept.aggregate.complete) == (2, True)


async def test_a_body_that_was_changed_is_not_believed(nodes):
    envelope = await one_told(nodes)
    said = msgspec.json.decode(envelope.raw, type=Signed)
    changed = replace(said, body=said.body.replace('"700.00"', '"900.00"'))
    forged = replace(envelope, raw=msgspec.json.encode(changed))
    assert await nodes.taken(forged) == ["signature_invalid"]
    assert await nodes.pk.count("supervision.document") == 0
    assert await nodes.taken(envelope) == [None], "the true one still is"


async def test_only_the_key_of_its_issuer_signs(nodes):
    body = body_of(await one_told(nodes))
    assert await nodes.taken(signed(body, STRANGERS)) == ["signature_invalid"]
    assert await nodes.taken(signed(body, THEIRS)) == ["signature_invalid"]


async def test_nobody_brings_the_day_of_another(nodes):
    envelope = await one_told(nodes)
    assert await nodes.taken(envelope, sender="duitnow") == ["message_version"]
    body = body_of(envelope) | {"issuer": "pk", "jurisdiction": "PK"}
    assert await nodes.taken(signed(body, THEIRS)) == ["message_wrong_party"]
    body = body_of(envelope) | {"jurisdiction": "FR"}
    assert await nodes.taken(signed(body)) == ["message_wrong_party"]


async def test_a_kept_revision_is_never_said_otherwise(nodes):
    envelope = await one_told(nodes)
    assert await nodes.taken(envelope) == [None]
    body = body_of(envelope)
    body |= {"message_id": "f" * 32, "rows": []}
    assert await nodes.taken(signed(body)) == ["id_reused"]
    (kept,) = await nodes.kept(nodes.pk, YESTERDAY)
    assert kept.aggregate.rows


async def test_a_day_that_has_not_begun_is_refused(nodes):
    day = (TODAY + timedelta(days=2)).isoformat()
    body = body_of(await one_told(nodes)) | {"day": day, "message_id": "e" * 32}
    assert await nodes.taken(signed(body)) == ["time_malformed"]


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "supervision.aggregate/2"},
        {"revision": 0},
        {"jurisdiction": "MYS"},
        {"customers": ["Aisha"]},
        {"rows": [{"way": "out", "source": "MY"}]},
        {"complaints": [{"kind": "Dispute!", "origin": "customer"}]},
    ],
)
async def test_what_is_no_aggregate_is_refused(nodes, change):
    body = body_of(await one_told(nodes)) | change
    assert (await nodes.taken(signed(body)))[0] in {
        *("message_version", "field_invalid", "body_malformed"),
    }


async def test_a_row_says_amounts_exactly_and_each_corridor_once(nodes):
    body = body_of(await one_told(nodes))
    (row,) = body["rows"]
    for wrong in ([row, row], [row | {"sent": "-1.00"}], [row | {"held": -1}]):
        assert await nodes.taken(signed(body | {"rows": wrong})) == ["field_invalid"]
    assert await nodes.taken(signed(body | {"rows": [row | {"sent": "1.0"}]})) == ["amount_scale"]


async def test_what_is_not_believed_stands_in_the_audit_trail(nodes):
    body = body_of(await one_told(nodes))
    await nodes.taken(signed(body, STRANGERS))
    async with nodes.pk.door.database.read() as tx:
        rows = await tx.fetch("SELECT target, details::text AS said FROM access.audit_entry")
    assert [(row["target"], "signature_invalid" in row["said"]) for row in rows] == [
        ("aggregate/my", True)
    ]


async def test_a_document_is_kept_byte_for_byte(nodes):
    envelope = await one_told(nodes)
    await nodes.taken(envelope)
    (kept,) = await nodes.kept(nodes.pk, YESTERDAY)
    assert isinstance(kept, Document)
    assert wording.canonical(kept.aggregate) == kept.body
    assert key_of(wording.message(kept)) == envelope.key
    assert wording.message(kept) == envelope.raw


async def test_asking_for_a_day_is_a_job_and_tomorrow_is_not_found(nodes):
    place = nodes.my.my
    assert await place.do(flow.ask_for, TODAY) is None
    assert await place.count("db.job") == 1
    with pytest.raises(NotFound):
        await place.do(flow.ask_for, TODAY + timedelta(days=1))
