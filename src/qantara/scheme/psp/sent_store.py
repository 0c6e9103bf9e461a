"""SQL of what a simulated participant sends: payments and questions."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara.db import Row, Tx
from qantara.money import Money, asset
from qantara.rails.model import ResolutionReport, ResolutionRequest
from qantara.scheme.psp.model import Enquiry, Sent, SentEvent, SentState

_INSERT_SENT = """
INSERT INTO psp.sent
    (message_id, uetr, account, amount, fee, asset, domestic, booked, state, recorded_at)
SELECT message_id, uetr, account, amount::numeric, fee::numeric, asset, domestic, booked, state,
       $10
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::boolean[], $8::boolean[], $9::text[])
    AS n (message_id, uetr, account, amount, fee, asset, domestic, booked, state)
ON CONFLICT DO NOTHING
"""


async def insert_sent(tx: Tx, rows: Sequence[Sent], now: datetime) -> None:
    await tx.execute(
        _INSERT_SENT,
        [row.message_id for row in rows],
        [row.uetr for row in rows],
        [row.account for row in rows],
        [str(row.amount.minor) for row in rows],
        [str(row.fee.minor) for row in rows],
        [row.amount.asset.code for row in rows],
        [row.domestic for row in rows],
        [row.booked for row in rows],
        [row.state for row in rows],
        now,
    )


async def lock_sent(tx: Tx, message_ids: Sequence[str]) -> dict[str, Sent]:
    rows = await tx.fetch(
        "SELECT * FROM psp.sent WHERE message_id = ANY($1::text[]) ORDER BY message_id FOR UPDATE",
        list(message_ids),
    )
    return {row["message_id"]: _sent(row) for row in rows}


async def sent(tx: Tx, message_id: str) -> Sent | None:
    row = await tx.fetchrow("SELECT * FROM psp.sent WHERE message_id = $1", message_id)
    return None if row is None else _sent(row)


def _sent(row: Row) -> Sent:
    values = dict(row)
    del values["sequence"]
    currency = asset(values.pop("asset"))
    values["amount"] = Money(int(values["amount"]), currency)
    values["fee"] = Money(int(values["fee"]), currency)
    values["state"] = SentState(values["state"])
    return Sent(**values)


class Told(Struct, frozen=True):
    """What a pacs.002 said of a payment sent; `event` is None where it moves nothing (ACWP)."""

    message_id: str
    was: SentState
    state: SentState
    event: SentEvent | None
    status: str
    reason: str | None
    text: str | None


_TELL = """
WITH step AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::text[])
        AS s (message_id, was, state, event, status, reason, text)
), moved AS (
    UPDATE psp.sent p
    SET state = s.state, status = s.status, reason = s.reason, text = s.text
    FROM step s WHERE p.message_id = s.message_id AND p.state = s.was
    RETURNING p.message_id
)
INSERT INTO psp.sent_event (message_id, event, status, reason, recorded_at)
SELECT s.message_id, s.event, s.status, s.reason, $8
FROM step s JOIN moved m USING (message_id)
"""


async def tell(tx: Tx, told: Sequence[Told], now: datetime) -> None:
    """Keep what was said of payments, one word of each payment in a call."""
    await tx.execute(
        _TELL,
        [each.message_id for each in told],
        [each.was for each in told],
        [each.state for each in told],
        [each.event for each in told],
        [each.status for each in told],
        [each.reason for each in told],
        [each.text for each in told],
        now,
    )


async def insert_enquiries(
    tx: Tx, asked: Sequence[ResolutionRequest], domestic: Sequence[bool], now: datetime
) -> None:
    await tx.execute(
        "INSERT INTO psp.enquiry (message_id, domestic, recorded_at)"
        " SELECT *, $3 FROM unnest($1::text[], $2::boolean[]) ON CONFLICT DO NOTHING",
        [request.message_id for request in asked],
        list(domestic),
        now,
    )


async def answer_enquiries(tx: Tx, reports: Sequence[ResolutionReport], now: datetime) -> set[str]:
    """Keep the first answer to each question; the questions that are ours."""
    ids = [report.original_message_id for report in reports]
    await tx.execute(
        "UPDATE psp.enquiry e SET verified = a.verified, reason = a.reason,"
        " display_name = a.display_name, match = a.match, answered_at = $6"
        " FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[])"
        " AS a (message_id, verified, reason, display_name, match)"
        " WHERE e.message_id = a.message_id AND e.verified IS NULL",
        ids,
        [report.verified for report in reports],
        [report.reason for report in reports],
        [report.display_name for report in reports],
        [report.match for report in reports],
        now,
    )
    rows = await tx.fetch("SELECT message_id FROM psp.enquiry WHERE message_id = ANY($1)", ids)
    return {row["message_id"] for row in rows}


async def enquiry(tx: Tx, message_id: str) -> Enquiry | None:
    row = await tx.fetchrow("SELECT * FROM psp.enquiry WHERE message_id = $1", message_id)
    if row is None:
        return None
    values = dict(row)
    del values["sequence"]
    return Enquiry(**values)


_ASKED_BEFORE = """
SELECT k.message_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS k (message_id, first_agent, creator_id, request_id)
WHERE EXISTS (
    SELECT FROM psp.asked a
    WHERE a.first_agent = k.first_agent AND a.creator_id = k.creator_id
        AND a.request_id = k.request_id AND a.message_id <> k.message_id
)
"""


async def asked_before(tx: Tx, asked: Sequence[ResolutionRequest]) -> set[str]:
    """The messages that ask under a request id their asker has used in another message."""
    rows = await tx.fetch(
        _ASKED_BEFORE,
        [each.message_id for each in asked],
        [each.first_agent.bic for each in asked],
        [each.creator_id for each in asked],
        [each.request_id for each in asked],
    )
    return {row["message_id"] for row in rows}


async def insert_asked(
    tx: Tx, asked: Sequence[ResolutionRequest], reasons: Sequence[str | None], now: datetime
) -> None:
    await tx.execute(
        "INSERT INTO psp.asked (message_id, first_agent, creator_id, request_id, reason,"
        " recorded_at) SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
        " $5::text[]) ON CONFLICT DO NOTHING",
        [each.message_id for each in asked],
        [each.first_agent.bic for each in asked],
        [each.creator_id for each in asked],
        [each.request_id for each in asked],
        list(reasons),
        now,
    )
