"""What a batch costs the database: as many statements at any size, and no table read whole."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from remittance_acts import BOS_NUMBER, add_bo, issue, sent, word, yes_to_small
from remittance_world import ACCOUNT, AISHA, build, inbound, status_on

from moments import NOW
from qantara import ids
from qantara.db import events
from qantara.db.leaving import written
from qantara.errors import Reason
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee
from qantara.rails.model import Status
from qantara.remittance import flow

SCANS = (
    "SELECT schemaname || '.' || relname AS name, seq_scan FROM pg_stat_user_tables"
    " WHERE schemaname IN ('remittance', 'payees', 'ledger', 'db', 'policy', 'parties')"
)
# One row, or one a day: read as a whole or not, it costs the same.
SMALL = {"ledger.book", "ledger.asset", "policy.rulebook", "db.migration"}


@asynccontextmanager
async def counted(connection):
    """How many statements ran inside, what was left there included."""
    seen = []
    with connection.query_logger(lambda record: seen.append(record.query)):
        yield seen
        await written(connection)


async def _asked(world, count):
    asked = [CheckPayee(ids.new("chk"), AISHA, "PK", "MBNO", "+923001234567") for _ in range(count)]
    await payees.check_payee(world.tx, world.node, asked, NOW)
    return asked


async def statements(world, count):
    """How many statements each verb takes for a batch of so many."""
    check = await world.confirmed()
    said = [await yes_to_small(world, check) for _ in range(count)]
    before = len(await sent(world))
    async with counted(world.tx) as accept:
        await flow.accept(world.tx, world.node, said, NOW)
    payments = (await sent(world))[before:]
    async with counted(world.tx) as acknowledge:
        named = [payment.message_id for payment in payments]
        await flow.acknowledge(world.tx, named, NOW)
    async with counted(world.tx) as conclude:
        told = [word(payment, Status.ACCC) for payment in payments]
        await flow.conclude(world.tx, world.node, told, NOW)
    arrivals = [inbound(BOS_NUMBER) for _ in range(count)]
    async with counted(world.tx) as receive:
        await flow.receive(world.tx, world.node, arrivals, NOW)
    async with counted(world.tx) as expire:
        await flow.expire(world.tx, world.node, [None], NOW)
    async with counted(world.tx) as check_payee:
        await _asked(world, count)
    verbs = (accept, acknowledge, conclude, receive, expire, check_payee)
    return [len(verb) for verb in verbs]


async def test_a_batch_takes_as_many_statements_as_one_payment(fresh):
    world = await build(fresh)
    async with world.tx.transaction():
        await add_bo(world)
        one, many = await statements(world, 1), await statements(world, 40)
    assert one == many
    accept, acknowledge, conclude, receive, expire, check_payee = many
    assert accept <= 6
    assert acknowledge <= 2
    assert conclude <= 4
    assert receive <= 5
    assert expire <= 1
    assert check_payee <= 2


async def _scans(tx):
    await tx.execute("SELECT pg_stat_force_next_flush()")
    rows = await tx.fetch(SCANS)
    return {row["name"]: row["seq_scan"] for row in rows if row["name"] not in SMALL}


async def _work(world, at):
    """Every verb once, with refusals, repetitions and what is due."""
    said = [await world.yes() for _ in range(3)]
    await flow.accept(world.tx, world.node, [*said, said[0]], NOW)
    payments = (await sent(world))[-3:]
    named = [payment.message_id for payment in payments]
    await flow.acknowledge(world.tx, named, NOW)
    told = [word(payments[0], Status.ACCC), word(payments[1], Status.RJCT, "AC04")]
    await flow.conclude(world.tx, world.node, told, NOW)
    await flow.bounce(world.tx, world.node, [(payments[2].message_id, "message_schema")], NOW)
    arrival = inbound()
    await flow.receive(world.tx, world.node, [arrival, arrival, inbound("119999999999")], NOW)
    await flow.conclude(world.tx, world.node, [status_on(arrival.record, Status.ACCC)], NOW)
    await _asked(world, 1)
    await flow.expire(world.tx, world.node, [None], at)
    await flow.of_customer(world.tx, AISHA, None, 5)
    await flow.received_payments(world.tx, [arrival.record.uetr])
    last = await events.last(world.tx)
    await events.after(world.tx, last - 3, 10)
    await events.of(world.tx, arrival.record.uetr)


async def test_no_growing_table_is_read_as_a_whole(fresh_both):
    world = await build(fresh_both, confirmed=True)
    await issue(world, ACCOUNT, 100_000_00)
    await _work(world, NOW)
    before = await _scans(world.tx)
    for number in range(1, 15):
        await _work(world, NOW + timedelta(seconds=30 * number))
    assert await _scans(world.tx) == before
    assert await world.tx.fetchval("SELECT count(*) FROM db.event") > 150


@pytest.mark.parametrize("count", [256])
async def test_a_huge_batch_is_one_batch(fresh, count):
    world = await build(fresh)
    async with world.tx.transaction():
        check = await world.confirmed()
        said = [await yes_to_small(world, check) for _ in range(count)]
        outcomes = await flow.accept(world.tx, world.node, said * 2, NOW)
        assert [each.quote.id for each in outcomes] == [each.quote_id for each in said * 2]
        told = [word(payment, Status.RJCT, "AC04") for payment in await sent(world)]
        await flow.conclude(world.tx, world.node, told * 2, NOW)
        rows = await world.tx.fetch(
            "SELECT state, reason, count(*) AS n FROM remittance.remittance GROUP BY 1, 2"
        )
        assert [tuple(row) for row in rows] == [("rejected", Reason.PAYEE_CLOSED.value, count)]
        assert await world.available() == 1_000_00
