"""Every payment's end, as each party on its way has it: all alike, and of the same amounts."""

from collections import defaultdict
from typing import NamedTuple

import asyncpg

_ROWS = {
    "remittance.remittance": (
        "SELECT r.uetr, 'sender' AS part, r.state, q.interbank_source AS amount"
        " FROM remittance.remittance r JOIN remittance.quote q ON q.id = r.quote_id"
        " WHERE r.uetr IS NOT NULL"
    ),
    "remittance.inbound": (
        "SELECT uetr, 'receiver' AS part, state, interbank AS amount FROM remittance.inbound"
    ),
    "ips.payment": "SELECT uetr, 'system ' || route AS part, state, amount FROM ips.payment"
    " WHERE route <> 'inside'",
    "sap.payment": "SELECT uetr, 'access ' || side AS part, state, amount FROM sap.payment",
    "gateway.payment": (
        "SELECT uetr, 'gateway' AS part, state, source_amount AS amount FROM gateway.payment"
    ),
    "fxp.exchange": "SELECT uetr, 'exchange' AS part, 'settled' AS state, given AS amount"
    " FROM fxp.exchange",
}
_GONE = frozenset({"completed", "credited", "settled", "blocked"})
_BACK = frozenset({"rejected", "refused", "released", "reversed"})
PARTS = frozenset(
    {
        *("sender", "system out", "access source", "gateway"),
        *("system in", "access destination", "receiver", "exchange"),
    }
)
_SOURCE = frozenset({"sender", "system out", "access source", "gateway", "exchange"})
_SAYS_BLOCKED = frozenset({"sender", "system out", "gateway", "system in", "receiver"})


class End(NamedTuple):
    state: str
    amount: int


async def compared(urls: dict[str, str]) -> list[str]:
    """Payments that are not over, or that ended differently at two parties, in words."""
    found: defaultdict[str, dict[str, End]] = defaultdict(dict)
    for url in urls.values():
        connection = await asyncpg.connect(url)
        try:
            for table, sql in _ROWS.items():
                if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
                    for row in await connection.fetch(sql):
                        found[row["uetr"]][row["part"]] = End(row["state"], int(row["amount"]))
        finally:
            await connection.close()
    wrong = []
    for uetr, ends in sorted(found.items()):
        told = wrong_with(ends)
        if told is not None:
            stands = {part: end.state for part, end in sorted(ends.items())}
            wrong.append(f"{uetr} {told}: {stands}")
    return wrong


def wrong_with(ends: dict[str, End]) -> str | None:
    """What is wrong with a payment, by its ends at the parties that know it."""
    states = {part: end.state for part, end in ends.items()}
    gone = {part for part, state in states.items() if state in _GONE}
    back = {part for part, state in states.items() if state in _BACK}
    if gone | back != states.keys():
        return "is not over everywhere"
    if gone and back:
        return "ended differently"
    if gone and gone != PARTS:
        return f"passed nobody as {', '.join(sorted(PARTS - gone))}"
    blocked = {part for part, state in states.items() if state == "blocked"}
    if blocked not in (set(), _SAYS_BLOCKED):
        return "is blocked for some only"
    for side in (_SOURCE, PARTS - _SOURCE):
        if len({end.amount for part, end in ends.items() if part in side}) > 1:
            return "has two amounts"
    return None
