"""Requests that our customers are asked to pay, in the database."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.domestic import rows
from qantara.domestic.model import DemandState
from qantara.domestic.records import Counterpart, Demand
from qantara.domestic.store import account_ref
from qantara.errors import Reason
from qantara.money import Money, asset

_PLAIN = (
    *("id", "customer_id", "account_id", "request_id", "end_to_end_id", "message_id", "note"),
    *("reference", "pay_on", "expires_at", "received_at"),
)


def _demand(row: Row) -> Demand:
    return Demand(
        **{name: row[name] for name in (*_PLAIN, "transfer_id", "sequence")},
        state=DemandState(row["state"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        amount=Money(int(row["amount"]), asset(row["currency"])),
        payee=Counterpart(
            row["payee_name"],
            row["payee_name"],
            account_ref(row["payee_number"], is_iban=row["payee_is_iban"]),
            row["payee_bic"],
        ),
    )


async def add(tx: Tx, demands: Sequence[Demand]) -> None:
    await tx.execute(
        "INSERT INTO domestic.demand (id, customer_id, account_id, request_id, end_to_end_id,"
        " message_id, note, reference, pay_on, expires_at, received_at, state, reason, currency,"
        " amount, payee_name, payee_number, payee_is_iban, payee_bic)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::date[], $10::timestamptz[],"
        " $11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::text[]::numeric[],"
        " $16::text[], $17::text[], $18::bool[], $19::text[])",
        *([getattr(each, name) for each in demands] for name in _PLAIN),
        [each.state.value for each in demands],
        [each.reason.value if each.reason else None for each in demands],
        [each.amount.asset.code for each in demands],
        [str(each.amount.minor) for each in demands],
        [each.payee.name for each in demands],
        [each.payee.account.number or "" for each in demands],
        [each.payee.account.iban is not None for each in demands],
        [each.payee.bic for each in demands],
    )


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Demand]:
    return await rows.lock(tx, "demand", "id", ids, _demand)


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Demand]:
    return await rows.by(tx, "demand", "id", ids, _demand)


async def of_customer(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Demand]:
    return await rows.page(tx, "demand", customer_id, before, limit, _demand)


async def advance(
    tx: Tx, moves: Sequence[tuple[Demand, DemandState, Reason | None, str | None]]
) -> list[bool]:
    """Move each (demand, state, reason, transfer that pays it) from the state it was read in."""
    done = await tx.fetch(
        "UPDATE domestic.demand d SET state = m.state, reason = coalesce(m.reason, d.reason),"
        " transfer_id = coalesce(m.transfer_id, d.transfer_id)"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
        " AS m(id, before, state, reason, transfer_id)"
        " WHERE d.id = m.id AND d.state = m.before RETURNING d.id",
        [demand.id for demand, _, _, _ in moves],
        [demand.state.value for demand, _, _, _ in moves],
        [state.value for _, state, _, _ in moves],
        [reason.value if reason else None for _, _, reason, _ in moves],
        [transfer_id for _, _, _, transfer_id in moves],
    )
    return rows.moved(done, [demand.id for demand, _, _, _ in moves])
