"""Transfers that our customers send, in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.domestic import rows
from qantara.domestic.model import Event, State
from qantara.domestic.records import Change, Counterpart, Transfer
from qantara.errors import Reason
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.rails.model import AccountRef

_TEXTS = (
    *("id", "account_code", "uetr", "end_to_end_id", "message_id", "payee_check_id", "demand_id"),
    *("purpose", "note", "reference", "reason_code", "rule", "citation"),
)


def account_ref(number: str, *, is_iban: bool) -> AccountRef:
    return AccountRef(iban=number) if is_iban else AccountRef(other=number)


def _transfer(row: Row) -> Transfer:
    ours = asset(row["currency"])
    return Transfer(
        **{name: row[name] for name in _TEXTS},
        customer_id=CustomerId(row["customer_id"]),
        account_id=AccountId(row["account_id"]),
        state=State(row["state"]),
        amount=Money(int(row["amount"]), ours),
        fee=Money(int(row["fee"]), ours),
        payee=Counterpart(
            row["payee_name"],
            row["payee_shown"],
            account_ref(row["payee_number"], is_iban=row["payee_is_iban"]),
            row["payee_bic"],
        ),
        reason=Reason(row["reason"]) if row["reason"] else None,
        ordered_at=row["ordered_at"],
        submitted_at=row["submitted_at"],
        finished_at=row["finished_at"],
        sequence=row["sequence"],
    )


async def add(tx: Tx, transfers: Sequence[Transfer]) -> None:
    """Keep transfers as they begin: accepted, or refused and so finished."""
    await tx.execute(
        "INSERT INTO domestic.transfer (id, account_code, uetr, end_to_end_id, message_id,"
        " payee_check_id, demand_id, purpose, note, reference, reason_code, rule, citation,"
        " customer_id, account_id, state, currency, amount, fee, payee_name, payee_shown,"
        " payee_number, payee_is_iban, payee_bic, reason, ordered_at, finished_at)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],"
        " $13::text[], $14::text[], $15::text[], $16::text[], $17::text[],"
        " $18::text[]::numeric[], $19::text[]::numeric[], $20::text[], $21::text[], $22::text[],"
        " $23::bool[], $24::text[], $25::text[], $26::timestamptz[], $27::timestamptz[])",
        *([getattr(each, name) for each in transfers] for name in _TEXTS),
        [each.customer_id for each in transfers],
        [each.account_id for each in transfers],
        [each.state.value for each in transfers],
        [each.amount.asset.code for each in transfers],
        [str(each.amount.minor) for each in transfers],
        [str(each.fee.minor) for each in transfers],
        [each.payee.name for each in transfers],
        [each.payee.shown for each in transfers],
        [each.payee.account.number for each in transfers],
        [each.payee.account.iban is not None for each in transfers],
        [each.payee.bic for each in transfers],
        [each.reason.value if each.reason else None for each in transfers],
        [each.ordered_at for each in transfers],
        [each.finished_at for each in transfers],
    )


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, Transfer]:
    return await rows.lock(tx, "transfer", "id", ids, _transfer)


async def lock_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, Transfer]:
    """Transfers by the pacs.008 that carries each."""
    return await rows.lock(tx, "transfer", "message_id", message_ids, _transfer)


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, Transfer]:
    return await rows.by(tx, "transfer", "id", ids, _transfer)


async def by_uetrs(tx: Tx, uetrs: Sequence[str]) -> dict[str, Transfer]:
    return await rows.by(tx, "transfer", "uetr", uetrs, _transfer)


async def customers(tx: Tx, ids: Sequence[str]) -> dict[str, str]:
    """Whose transfers these are."""
    rows = await tx.fetch(
        "SELECT id, customer_id FROM domestic.transfer WHERE id = ANY($1::text[])", list(ids)
    )
    return {row["id"]: row["customer_id"] for row in rows}


async def of_customer(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Transfer]:
    return await rows.page(tx, "transfer", customer_id, before, limit, _transfer)


async def advance(
    tx: Tx, changes: Sequence[tuple[Change, State]], now: datetime, final: frozenset[State]
) -> list[bool]:
    """Move each transfer from the state it was read in; True where it still stood there."""
    done = await tx.fetch(
        "UPDATE domestic.transfer t SET state = c.state,"
        " reason = coalesce(c.reason, t.reason), reason_code = coalesce(c.code, t.reason_code),"
        " submitted_at = CASE WHEN c.taken THEN coalesce(t.submitted_at, $7)"
        " ELSE t.submitted_at END,"
        " finished_at = CASE WHEN c.state = ANY($8::text[]) THEN $7 ELSE t.finished_at END"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[])"
        " AS c(id, before, state, reason, code, taken)"
        " WHERE t.id = c.id AND t.state = c.before RETURNING t.id",
        [change.transfer.id for change, _ in changes],
        [change.transfer.state.value for change, _ in changes],
        [state.value for _, state in changes],
        [change.refusal.reason.value if change.refusal else None for change, _ in changes],
        [change.reason_code for change, _ in changes],
        [change.event is Event.ACKNOWLEDGE for change, _ in changes],
        now,
        [state.value for state in final],
    )
    return rows.moved(done, [change.transfer.id for change, _ in changes])
