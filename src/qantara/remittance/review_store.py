"""Reviews in the database."""

import json
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import asdict

from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId, RemittanceId
from qantara.money import Money, asset
from qantara.remittance.review_model import Ground, Review, Reviewed, ReviewState

_SELECT = (
    "SELECT v.remittance_id, v.decision_id, v.payee, v.grounds::text AS grounds, v.state,"
    " v.proposed_by, v.decided_by, v.used_by, v.recorded_at, v.ended_at, q.customer_id,"
    " q.account_id, q.destination_country, q.total_debit, q.source_currency, i.purpose"
    " FROM remittance.review v"
    " JOIN remittance.remittance r ON r.id = v.remittance_id"
    " JOIN remittance.quote q ON q.id = r.quote_id"
    " JOIN remittance.instruction i ON i.remittance_id = r.id"
)


def _review(row: Row) -> Review:
    grounds = tuple(Ground(**ground) for ground in json.loads(row["grounds"]))
    return Review(
        remittance_id=RemittanceId(row["remittance_id"]),
        decision_id=row["decision_id"],
        about=Reviewed(
            CustomerId(row["customer_id"]),
            AccountId(row["account_id"]),
            row["destination_country"],
            row["payee"],
            row["purpose"],
            Money(int(row["total_debit"]), asset(row["source_currency"])),
            frozenset(ground.rule for ground in grounds),
        ),
        grounds=grounds,
        recorded_at=row["recorded_at"],
        state=ReviewState(row["state"]),
        proposed_by=row["proposed_by"],
        decided_by=row["decided_by"],
        used_by=row["used_by"],
        ended_at=row["ended_at"],
    )


async def add(tx: Tx, reviews: Sequence[Review]) -> None:
    if not reviews:
        return
    await tx.execute(
        "INSERT INTO remittance.review"
        " (remittance_id, decision_id, account_id, payee, grounds, state, recorded_at)"
        " SELECT id, decision, account, payee, grounds::jsonb, state, at"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::timestamptz[]) AS n(id, decision, account, payee, grounds, state, at)",
        [review.remittance_id for review in reviews],
        [review.decision_id for review in reviews],
        [review.about.account_id for review in reviews],
        [review.about.payee for review in reviews],
        [json.dumps([asdict(ground) for ground in review.grounds]) for review in reviews],
        [review.state.value for review in reviews],
        [review.recorded_at for review in reviews],
    )


async def by_ids(tx: Tx, remittance_ids: Sequence[str]) -> dict[str, Review]:
    if not remittance_ids:
        return {}
    rows = await tx.fetch(
        _SELECT + " WHERE v.remittance_id = ANY($1::text[])", list(remittance_ids)
    )
    return {row["remittance_id"]: _review(row) for row in rows}


async def page(tx: Tx, state: ReviewState, limit: int) -> list[Review]:
    """Reviews in one state, those that came first before the others."""
    rows = await tx.fetch(
        _SELECT + " WHERE v.state = $1 ORDER BY v.sequence LIMIT $2", state.value, limit
    )
    return [_review(row) for row in rows]


async def lock_unused(tx: Tx, account_ids: Sequence[str], since: datetime) -> list[Review]:
    """Clearances for payments from these accounts that no payment has used, given no earlier
    than `since`, the oldest first; locked until the transaction ends.
    """
    rows = await tx.fetch(
        _SELECT
        + " WHERE v.account_id = ANY($1::text[]) AND v.state = 'released' AND v.used_by IS NULL"
        " AND v.ended_at >= $2 ORDER BY v.sequence FOR UPDATE OF v",
        list(account_ids),
        since,
    )
    return [_review(row) for row in rows]


async def use(tx: Tx, used: Sequence[tuple[str, str]]) -> list[bool]:
    """Write which payment goes by each clearance; True where none had before."""
    if not used:
        return []
    rows = await tx.fetch(
        "UPDATE remittance.review v SET used_by = n.used_by"
        " FROM unnest($1::text[], $2::text[]) AS n(id, used_by)"
        " WHERE v.remittance_id = n.id AND v.state = 'released' AND v.used_by IS NULL"
        " RETURNING v.remittance_id",
        [review for review, _ in used],
        [by for _, by in used],
    )
    done = {row["remittance_id"] for row in rows}
    return [review in done for review, _ in used]


async def end(tx: Tx, ended: Sequence[Review]) -> list[bool]:
    """Write what became of reviews; True where each still waited."""
    if not ended:
        return []
    rows = await tx.fetch(
        "UPDATE remittance.review v SET state = n.state, proposed_by = n.proposed_by,"
        " decided_by = n.decided_by, used_by = n.used_by, ended_at = n.ended_at"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::timestamptz[]) AS n(id, state, proposed_by, decided_by, used_by, ended_at)"
        " WHERE v.remittance_id = n.id AND v.state = 'waiting' RETURNING v.remittance_id",
        [review.remittance_id for review in ended],
        [review.state.value for review in ended],
        [review.proposed_by for review in ended],
        [review.decided_by for review in ended],
        [review.used_by for review in ended],
        [review.ended_at for review in ended],
    )
    done = {row["remittance_id"] for row in rows}
    return [review.remittance_id in done for review in ended]
