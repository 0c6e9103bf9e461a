"""One stored row changed behind everybody's back: an auditor who misses that sees nothing."""

import random
from collections.abc import Awaitable, Callable, Sequence

from qantara.db import Row, Tx
from qantara.world.audit import Audit, Finding, Wrong, audit
from qantara.world.chaos.model import Found
from qantara.world.chaos.stage import Stage

_Change = Callable[[Tx, random.Random], Awaitable[str | None]]
"""Changes one row; its key, or None where there is no such row."""


def _one(rows: Sequence[Row], chance: random.Random) -> str | None:
    return str(chance.choice(rows)[0]) if rows else None


async def _balance(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch(
            "SELECT a.code FROM ledger.account a WHERE EXISTS (SELECT FROM ledger.transfer t"
            " WHERE a.id IN (t.debit_id, t.credit_id)) ORDER BY a.code"
        ),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE ledger.account DISABLE TRIGGER USER")
        await tx.execute("UPDATE ledger.account SET balance = balance + 1 WHERE code = $1", key)
    return key


async def _amount(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch(
            "SELECT sequence::text FROM ledger.transfer WHERE kind IN ('direct', 'post')"
            " ORDER BY sequence"
        ),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE ledger.transfer DISABLE TRIGGER USER")
        await tx.execute(
            "UPDATE ledger.transfer SET amount = amount + 1 WHERE sequence = $1::text::bigint", key
        )
    return key


async def _sent(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch(
            "SELECT uetr FROM remittance.remittance WHERE state = 'completed' ORDER BY uetr"
        ),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE remittance.remittance DISABLE TRIGGER USER")
        await tx.execute("UPDATE remittance.remittance SET state = 'rejected' WHERE uetr = $1", key)
    return key


async def _arrived(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch(
            "SELECT uetr FROM remittance.inbound WHERE state = 'credited' ORDER BY uetr"
        ),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE remittance.inbound DISABLE TRIGGER USER")
        await tx.execute(
            "UPDATE remittance.inbound SET interbank = interbank + 1 WHERE uetr = $1", key
        )
    return key


async def _carried(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch("SELECT uetr FROM ips.payment WHERE state = 'settled' ORDER BY uetr"),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE ips.payment DISABLE TRIGGER USER")
        await tx.execute("UPDATE ips.payment SET amount = amount + 1 WHERE uetr = $1", key)
    return key


async def _reserved(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch("SELECT uetr FROM sap.payment WHERE state = 'settled' ORDER BY uetr"),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE sap.payment DISABLE TRIGGER USER")
        await tx.execute("UPDATE sap.payment SET state = 'reserved' WHERE uetr = $1", key)
    return key


async def _forwarded(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch("SELECT uetr FROM gateway.payment WHERE state = 'completed' ORDER BY uetr"),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE gateway.payment DISABLE TRIGGER USER")
        await tx.execute(
            "UPDATE gateway.payment SET source_amount = source_amount + 1 WHERE uetr = $1", key
        )
    return key


async def _exchanged(tx: Tx, chance: random.Random) -> str | None:
    key = _one(
        await tx.fetch("SELECT uetr FROM fxp.exchange ORDER BY uetr"),
        chance,
    )
    if key is not None:
        await tx.execute("ALTER TABLE fxp.exchange DISABLE TRIGGER USER")
        await tx.execute("UPDATE fxp.exchange SET paid = paid + 1 WHERE uetr = $1", key)
    return key


_BOOKS = frozenset({"institution", "ips", "sap", "fxp"})
_CHANGES: tuple[tuple[frozenset[str], str, _Change], ...] = (
    (_BOOKS, "ledger.account: a balance one higher", _balance),
    (_BOOKS, "ledger.transfer: an amount one higher", _amount),
    (frozenset({"institution"}), "remittance.remittance: rejected instead of completed", _sent),
    (frozenset({"institution"}), "remittance.inbound: an amount one higher", _arrived),
    (frozenset({"ips"}), "ips.payment: an amount one higher", _carried),
    (frozenset({"sap"}), "sap.payment: still reserved instead of settled", _reserved),
    (frozenset({"gateway"}), "gateway.payment: an amount one higher", _forwarded),
    (frozenset({"fxp"}), "fxp.exchange: one more was paid", _exchanged),
)
"""Where a change can be made, what it is, and the change."""
_SAID = 3


async def corrupt(stage: Stage, before: Audit, chance: random.Random) -> Found:
    """Change one row of one role, and see whether the auditor names the role and the row."""
    server, world = stage.server, stage.spec
    ways = [
        (role.name, told, change)
        for role in world.roles.values()
        for kinds, told, change in _CHANGES
        if role.kind in kinds
    ]
    chance.shuffle(ways)
    for role, told, change in ways:
        tx = await server.connect(world.database(role))
        try:
            async with tx.transaction():
                key = await change(tx, chance)
        finally:
            await tx.close()
        if key is not None:
            after = await audit(server, world, dropped=stage.roads.dropped)
            return _judged(role, key, told, before, after)
    return Found("", "", "no row was there to be changed", named=False, said=())


def _judged(role: str, key: str, told: str, before: Audit, after: Audit) -> Found:
    new = [finding for finding in _all(after) if finding not in set(_all(before))]
    named = any(
        role in (each.role, *each.sentence.split())
        and (each.subject == key or key in each.sentence)
        for each in new
    )
    said = tuple(f"{each.role} {each.subject}: {each.sentence}" for each in new[:_SAID])
    return Found(role, key, told, named, said)


def _all(audited: Audit) -> list[Finding]:
    return [finding for wrong in Wrong for finding in audited.of(wrong)]
