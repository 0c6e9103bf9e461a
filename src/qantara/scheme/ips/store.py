"""SQL of an instant payment system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.model import AccountRef, Proxy
from qantara.scheme.ips.model import Alias, CycleReport, Event, NetPosition, Payment, State

_LOCK_PAYMENTS = """
SELECT * FROM ips.payment WHERE uetr = ANY($1::text[]) ORDER BY uetr FOR UPDATE
"""

_INSERT_PAYMENTS = """
WITH new AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
        $15::bytea[], $16::text[])
        AS n (uetr, message_id, sender, end_to_end_id, transaction_id, amount, asset, psp,
              psp_bic, sap, sap_bic, state, reason, text, onward, event)
), inserted AS (
    INSERT INTO ips.payment
        (uetr, message_id, sender, end_to_end_id, transaction_id, amount, asset, psp, psp_bic,
         sap, sap_bic, state, reason, text, onward, recorded_at)
    SELECT uetr, message_id, sender, end_to_end_id, transaction_id, amount::numeric, asset, psp,
           psp_bic, sap, sap_bic, state, reason, text, onward, $17
    FROM new
)
INSERT INTO ips.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
SELECT uetr, event, state, reason, $17, $17 FROM new
"""

MOVE = """
WITH step AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
        AS s (uetr, was, event, state, reason, text)
), moved AS (
    UPDATE ips.payment p SET state = s.state, reason = s.reason, text = s.text
    FROM step s WHERE p.uetr = s.uetr AND p.state = s.was
    RETURNING p.uetr
)
INSERT INTO ips.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
SELECT s.uetr, s.event, s.state, s.reason, $7, $7 FROM step s JOIN moved m USING (uetr)
RETURNING uetr
"""

_INSERT_ALIASES = """
INSERT INTO ips.alias
    (proxy_type, proxy_value, iban, other, agent, name, country, town, recorded_at)
SELECT *, $9
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[])
ON CONFLICT DO NOTHING
"""

_ALIASES = """
SELECT a.*
FROM unnest($1::text[], $2::text[]) AS k (proxy_type, proxy_value)
JOIN ips.alias a USING (proxy_type, proxy_value)
"""

_INSERT_RESOLUTIONS = """
INSERT INTO ips.resolution
    (first_agent, message_id, asked_by, asked_by_bic, asked_of, recorded_at)
SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT DO NOTHING
"""

_RESOLUTIONS = """
SELECT r.first_agent, r.message_id, r.asked_by, r.asked_by_bic, r.asked_of
FROM unnest($1::text[], $2::text[]) AS k (first_agent, message_id)
JOIN ips.resolution r USING (first_agent, message_id)
"""

_INSERT_CYCLES = """
WITH cycle AS (
    INSERT INTO ips.cycle (id, asset, total, settled_at)
    SELECT id, asset, total::numeric, $7
    FROM unnest($1::text[], $2::text[], $3::text[]) AS c (id, asset, total)
)
INSERT INTO ips.cycle_position (cycle_id, role, net)
SELECT cycle_id, role, net::numeric
FROM unnest($4::text[], $5::text[], $6::text[]) AS p (cycle_id, role, net)
"""

_CYCLES = """
SELECT c.id, c.asset, c.total, c.settled_at, p.role, p.net
FROM ips.cycle c LEFT JOIN ips.cycle_position p ON p.cycle_id = c.id
WHERE c.id = ANY($1::text[]) ORDER BY c.id, p.role
"""


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who asked whom: the way back of the answer."""

    first_agent: str
    message_id: str
    asked_by: str
    asked_by_bic: str
    asked_of: str


async def lock_payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Payment]:
    rows = await tx.fetch(_LOCK_PAYMENTS, list(uetrs))
    return {row["uetr"]: _payment(row) for row in rows}


def _payment(row: Row) -> Payment:
    values = dict(row)
    code = values.pop("asset")
    values["amount"] = Money(int(values["amount"]), asset(code))
    values["state"] = State(values["state"])
    return Payment(**values)


async def insert_payments(tx: Tx, payments: Sequence[tuple[Payment, Event]], now: datetime) -> None:
    """Keep new payments in the state they are in, each with the event that brought it there."""
    if not payments:
        return
    rows = [payment for payment, _ in payments]
    await tx.execute(
        _INSERT_PAYMENTS,
        [row.uetr for row in rows],
        [row.message_id for row in rows],
        [row.sender for row in rows],
        [row.end_to_end_id for row in rows],
        [row.transaction_id for row in rows],
        [str(row.amount.minor) for row in rows],
        [row.amount.asset.code for row in rows],
        [row.psp for row in rows],
        [row.psp_bic for row in rows],
        [row.sap for row in rows],
        [row.sap_bic for row in rows],
        [row.state for row in rows],
        [row.reason for row in rows],
        [row.text for row in rows],
        [row.onward for row in rows],
        [event for _, event in payments],
        now,
    )


async def insert_aliases(tx: Tx, aliases: Sequence[Alias], now: datetime) -> None:
    """An alias that is registered already stays as it is."""
    await tx.execute(
        _INSERT_ALIASES,
        [alias.proxy.type for alias in aliases],
        [alias.proxy.value for alias in aliases],
        [alias.account.iban for alias in aliases],
        [alias.account.other for alias in aliases],
        [alias.agent for alias in aliases],
        [alias.name for alias in aliases],
        [alias.country for alias in aliases],
        [alias.town for alias in aliases],
        now,
    )


async def aliases(tx: Tx, proxies: Sequence[Proxy]) -> dict[Proxy, Alias]:
    rows = await tx.fetch(
        _ALIASES, [proxy.type for proxy in proxies], [proxy.value for proxy in proxies]
    )
    found = [
        Alias(
            proxy=Proxy(row["proxy_type"], row["proxy_value"]),
            account=AccountRef(iban=row["iban"], other=row["other"]),
            agent=row["agent"],
            name=row["name"],
            country=row["country"],
            town=row["town"],
        )
        for row in rows
    ]
    return {alias.proxy: alias for alias in found}


async def insert_resolutions(tx: Tx, asked: Sequence[Resolution], now: datetime) -> None:
    if not asked:
        return
    await tx.execute(
        _INSERT_RESOLUTIONS,
        [row.first_agent for row in asked],
        [row.message_id for row in asked],
        [row.asked_by for row in asked],
        [row.asked_by_bic for row in asked],
        [row.asked_of for row in asked],
        now,
    )


async def resolutions(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Resolution]:
    """By the first agent's BIC and the message id of the request."""
    rows = await tx.fetch(_RESOLUTIONS, [agent for agent, _ in keys], [key for _, key in keys])
    return {(row["first_agent"], row["message_id"]): Resolution(**dict(row)) for row in rows}


async def insert_cycles(tx: Tx, reports: Sequence[CycleReport]) -> None:
    """Cycles of one batch: settled at one time."""
    nets = [(report.id, position) for report in reports for position in report.positions]
    await tx.execute(
        _INSERT_CYCLES,
        [report.id for report in reports],
        [report.total.asset.code for report in reports],
        [str(report.total.minor) for report in reports],
        [cycle_id for cycle_id, _ in nets],
        [position.role for _, position in nets],
        [str(position.net) for _, position in nets],
        reports[0].settled_at,
    )


async def cycles(tx: Tx, ids: Sequence[str]) -> dict[str, CycleReport]:
    found: dict[str, CycleReport] = {}
    for row in await tx.fetch(_CYCLES, list(ids)):
        before = found[row["id"]].positions if row["id"] in found else ()
        more = () if row["role"] is None else (NetPosition(row["role"], int(row["net"])),)
        total = Money(int(row["total"]), asset(row["asset"]))
        found[row["id"]] = CycleReport(row["id"], before + more, total, row["settled_at"])
    return found
