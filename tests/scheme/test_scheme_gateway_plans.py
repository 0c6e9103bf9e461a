"""What a payment costs the gateway's database does not grow with the payments before it."""

import asyncpg
from scheme_gateway_acts import forward, opened, quoted
from scheme_nodes import GATEWAY_NODE, source_transfer

from moments import Fresh

_READ = (
    "SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes"
    " WHERE schemaname = 'gateway' AND relname = 'payment'"
)


async def _paid(tx: asyncpg.Connection, count: int) -> None:
    await forward(tx, GATEWAY_NODE, *[source_transfer(await quoted(tx)) for _ in range(count)])


async def _read(tx: asyncpg.Connection) -> int:
    await tx.execute("SELECT pg_stat_force_next_flush()")
    return int(await tx.fetchval(_READ))


async def test_payments_before_are_not_read_again(fresh_both: Fresh) -> None:
    """Not even by plans of the moment when there was none."""
    tx = await opened(fresh_both)
    await _paid(tx, 1)
    read, batches, size = await _read(tx), 40, 5
    for _ in range(batches):
        await _paid(tx, size)
    assert await tx.fetchval("SELECT count(*) FROM gateway.payment") == 1 + batches * size
    assert await _read(tx) - read <= 2 * batches * size
