"""Requests that our customers made, in the database."""

from collections.abc import Sequence

from qantara.db import Row, Tx
from qantara.domestic import rows
from qantara.domestic.model import RequestState
from qantara.domestic.records import Counterpart, Request
from qantara.domestic.store import account_ref
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset

_PLAIN = (
    *("id", "account_code", "payer_check_id", "end_to_end_id", "message_id", "note", "reference"),
    *("pay_on", "expires_at", "asked_at"),
)


def _request(row: Row) -> Request:
    return Request(
        **{name: row[name] for name in (*_PLAIN, "reason_code", "uetr", "sequence")},
        customer_id=CustomerId(row["customer_id"]),
        account_id=AccountId(row["account_id"]),
        state=RequestState(row["state"]),
        amount=Money(int(row["amount"]), asset(row["currency"])),
        payer=Counterpart(
            row["payer_name"],
            row["payer_shown"],
            account_ref(row["payer_number"], is_iban=row["payer_is_iban"]),
            row["payer_bic"],
        ),
    )


async def add(tx: Tx, requests: Sequence[Request]) -> None:
    await tx.execute(
        "INSERT INTO domestic.request (id, account_code, payer_check_id, end_to_end_id,"
        " message_id, note, reference, pay_on, expires_at, asked_at, customer_id, account_id,"
        " state, currency, amount, payer_name, payer_shown, payer_number, payer_is_iban,"
        " payer_bic)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::date[], $9::timestamptz[], $10::timestamptz[],"
        " $11::text[], $12::text[], $13::text[], $14::text[], $15::text[]::numeric[],"
        " $16::text[], $17::text[], $18::text[], $19::bool[], $20::text[])",
        *([getattr(each, name) for each in requests] for name in _PLAIN),
        [each.customer_id for each in requests],
        [each.account_id for each in requests],
        [each.state.value for each in requests],
        [each.amount.asset.code for each in requests],
        [str(each.amount.minor) for each in requests],
        [each.payer.name for each in requests],
        [each.payer.shown for each in requests],
        [each.payer.account.number for each in requests],
        [each.payer.account.iban is not None for each in requests],
        [each.payer.bic for each in requests],
    )


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Request]:
    return await rows.lock(tx, "request", "id", ids, _request)


async def lock_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, Request]:
    return await rows.lock(tx, "request", "message_id", message_ids, _request)


async def lock_by_end_to_end_id(tx: Tx, ids: Sequence[str]) -> dict[str, Request]:
    """Requests by the reference under which a payment of each arrives."""
    return await rows.lock(tx, "request", "end_to_end_id", ids, _request)


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Request]:
    return await rows.by(tx, "request", "id", ids, _request)


async def of_customer(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Request]:
    return await rows.page(tx, "request", customer_id, before, limit, _request)


async def advance(
    tx: Tx, moves: Sequence[tuple[Request, RequestState, str | None, str | None]]
) -> list[bool]:
    """Move each (request, state, reason code, UETR that paid it) from the state it was read in."""
    done = await tx.fetch(
        "UPDATE domestic.request r SET state = m.state,"
        " reason_code = coalesce(m.code, r.reason_code), uetr = coalesce(m.uetr, r.uetr)"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])"
        " AS m(id, before, state, code, uetr)"
        " WHERE r.id = m.id AND r.state = m.before RETURNING r.id",
        [request.id for request, _, _, _ in moves],
        [request.state.value for request, _, _, _ in moves],
        [state.value for _, state, _, _ in moves],
        [code for _, _, code, _ in moves],
        [uetr for _, _, _, uetr in moves],
    )
    return rows.moved(done, [request.id for request, _, _, _ in moves])
