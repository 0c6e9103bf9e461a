"""Payee checks in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ids import CustomerId
from qantara.remittance.model import CheckPayee, CheckState, PayeeCheck

_COLUMNS = (
    *("id", "customer_id", "state", "country", "address_type", "address", "agent_bic"),
    *("message_id", "display_name", "legal_name", "town", "account_number", "account_is_iban"),
    *("account_agent_bic", "reason"),
)
_SELECT = "SELECT " + ", ".join(_COLUMNS) + " FROM remittance.payee_check"


def _check(row: Row) -> PayeeCheck:
    values = {name: row[name] for name in _COLUMNS}
    values["state"] = CheckState(row["state"])
    values["customer_id"] = CustomerId(row["customer_id"])
    return PayeeCheck(**values)


async def add(tx: Tx, asked: Sequence[tuple[CheckPayee, str]], now: datetime) -> list[str]:
    """Keep questions with the message that carries each; the ids not known before."""
    if not asked:
        return []
    rows = await tx.fetch(
        "INSERT INTO remittance.payee_check (id, customer_id, state, country, address_type,"
        " address, agent_bic, message_id, asked_at)"
        " SELECT id, customer_id, 'asked', country, address_type, address, agent, message, $8"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[]) AS n(id, customer_id, country, address_type, address, agent, message)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        [check.id for check, _ in asked],
        [check.customer_id for check, _ in asked],
        [check.country for check, _ in asked],
        [check.address_type for check, _ in asked],
        [check.address for check, _ in asked],
        [check.agent_bic for check, _ in asked],
        [message_id for _, message_id in asked],
        now,
    )
    return [row["id"] for row in rows]


async def by_ids(tx: Tx, ids: Sequence[str]) -> dict[str, PayeeCheck]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[])", list(ids))
    return {row["id"]: _check(row) for row in rows}


async def lock(tx: Tx, ids: Sequence[str]) -> dict[str, PayeeCheck]:
    if not ids:
        return {}
    rows = await tx.fetch(_SELECT + " WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(ids))
    return {row["id"]: _check(row) for row in rows}


async def lock_by_message(tx: Tx, message_ids: Sequence[str]) -> dict[str, PayeeCheck]:
    rows = await tx.fetch(
        _SELECT + " WHERE message_id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(message_ids)
    )
    return {row["message_id"]: _check(row) for row in rows}


async def answer(tx: Tx, answered: Sequence[PayeeCheck], now: datetime) -> None:
    """Write what is now known; only a question still open takes an answer."""
    if not answered:
        return
    await tx.execute(
        "UPDATE remittance.payee_check c SET state = n.state, display_name = n.display_name,"
        " legal_name = n.legal_name, town = n.town, account_number = n.account_number,"
        " account_is_iban = n.account_is_iban, account_agent_bic = n.account_agent_bic,"
        " reason = n.reason, answered_at = $10"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::bool[], $8::text[], $9::text[]) AS n(id, state, display_name, legal_name, town,"
        " account_number, account_is_iban, account_agent_bic, reason)"
        " WHERE c.id = n.id AND c.state = 'asked'",
        [check.id for check in answered],
        [check.state.value for check in answered],
        [check.display_name for check in answered],
        [check.legal_name for check in answered],
        [check.town for check in answered],
        [check.account_number for check in answered],
        [check.account_is_iban for check in answered],
        [check.account_agent_bic for check in answered],
        [check.reason for check in answered],
        now,
    )


async def time_out(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    if not ids:
        return
    await tx.execute(
        "UPDATE remittance.payee_check SET state = 'timed_out', answered_at = $2"
        " WHERE id = ANY($1::text[]) AND state = 'asked'",
        list(ids),
        now,
    )
