"""Recalls that we make and those made to us, in the database."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.domestic import rows
from qantara.domestic.model import RecallState, ReturnState
from qantara.domestic.records import Recall, RecallReason, Refusal, Return
from qantara.money import Money, asset

_TEXTS = (
    *("id", "uetr", "account_code", "reason", "case_id", "case_creator_bic", "cancellation_id"),
    *("original_message_id", "end_to_end_id", "transaction_id", "message_id"),
)


def _recall(row: Row) -> Recall:
    return Recall(
        row["id"],
        row["transfer_id"],
        RecallState(row["state"]),
        RecallReason(row["reason"]),
        row["message_id"],
        row["asked_by"],
        row["asked_at"],
        row["answer_code"],
    )


def _return(row: Row) -> Return:
    plain = (*_TEXTS, "return_message_id", "attempts", "decided_by", "asked_at")
    return Return(
        **{name: row[name] for name in plain},
        state=ReturnState(row["state"]),
        amount=Money(int(row["amount"]), asset(row["currency"])),
        refusal=Refusal(row["refusal"]) if row["refusal"] else None,
    )


async def add_recalls(tx: Tx, recalls: Sequence[Recall]) -> None:
    await tx.execute(
        "INSERT INTO domestic.recall (id, transfer_id, state, reason, message_id, asked_by,"
        " asked_at) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[],"
        " $5::text[], $6::text[], $7::timestamptz[])",
        [each.id for each in recalls],
        [each.transfer_id for each in recalls],
        [each.state.value for each in recalls],
        [each.reason.value for each in recalls],
        [each.message_id for each in recalls],
        [each.by for each in recalls],
        [each.asked_at for each in recalls],
    )


async def lock_recalls(tx: Tx, ids: Sequence[str]) -> dict[str, Recall]:
    return await rows.lock(tx, "recall", "id", ids, _recall)


async def lock_recalls_of(tx: Tx, transfer_ids: Sequence[str]) -> dict[str, Recall]:
    """The recall of each transfer, by the transfer."""
    return await rows.lock(tx, "recall", "transfer_id", transfer_ids, _recall)


async def recalls_of(tx: Tx, transfer_ids: Sequence[str]) -> dict[str, Recall]:
    return await rows.by(tx, "recall", "transfer_id", transfer_ids, _recall)


async def advance_recalls(
    tx: Tx, moves: Sequence[tuple[Recall, RecallState, str | None]]
) -> list[bool]:
    """Move each (recall, state, the other side's code) from the state it was read in."""
    done = await tx.fetch(
        "UPDATE domestic.recall r SET state = m.state, answer_code = coalesce(m.code, answer_code)"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS m(id, before, state, code)"
        " WHERE r.id = m.id AND r.state = m.before RETURNING r.id",
        [recall.id for recall, _, _ in moves],
        [recall.state.value for recall, _, _ in moves],
        [state.value for _, state, _ in moves],
        [code for _, _, code in moves],
    )
    return rows.moved(done, [recall.id for recall, _, _ in moves])


async def add_returns(tx: Tx, returns: Sequence[Return]) -> None:
    await tx.execute(
        "INSERT INTO domestic.return (id, uetr, account_code, reason, case_id, case_creator_bic,"
        " cancellation_id, original_message_id, end_to_end_id, transaction_id, message_id, state,"
        " currency, amount, refusal, asked_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],"
        " $13::text[], $14::text[]::numeric[], $15::text[], $16::timestamptz[])",
        *([getattr(each, name) for each in returns] for name in _TEXTS),
        [each.state.value for each in returns],
        [each.amount.asset.code for each in returns],
        [str(each.amount.minor) for each in returns],
        [each.refusal.value if each.refusal else None for each in returns],
        [each.asked_at for each in returns],
    )


async def lock_returns(tx: Tx, ids: Sequence[str]) -> dict[str, Return]:
    return await rows.lock(tx, "return", "id", ids, _return)


async def lock_returns_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, Return]:
    """Returns by our pacs.004 that gives the money back."""
    return await rows.lock(tx, "return", "return_message_id", message_ids, _return)


async def waiting_returns(tx: Tx, limit: int) -> list[Return]:
    """Returns on which staff have not decided, oldest first."""
    waiting = await tx.fetch(
        "SELECT * FROM domestic.return WHERE state IN ('open', 'overdue')"
        " ORDER BY sequence LIMIT $1",
        limit,
    )
    return [_return(row) for row in waiting]


async def advance_returns(tx: Tx, moves: Sequence[tuple[Return, Return]]) -> list[bool]:
    """Make each return what it now is (state, refusal, pacs.004, attempts, who decided), from
    the state it was read in.
    """
    done = await tx.fetch(
        "UPDATE domestic.return r SET state = m.state, refusal = m.refusal,"
        " return_message_id = m.message_id, attempts = m.attempts, decided_by = m.decided_by"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[],"
        " $7::text[]) AS m(id, before, state, refusal, message_id, attempts, decided_by)"
        " WHERE r.id = m.id AND r.state = m.before RETURNING r.id",
        [before.id for before, _ in moves],
        [before.state.value for before, _ in moves],
        [after.state.value for _, after in moves],
        [after.refusal.value if after.refusal else None for _, after in moves],
        [after.return_message_id for _, after in moves],
        [after.attempts for _, after in moves],
        [after.decided_by for _, after in moves],
    )
    return rows.moved(done, [before.id for before, _ in moves])
