"""Payee checks in the database."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.errors import Reason
from qantara.ids import CustomerId
from qantara.payees.model import CheckState, PayeeCheck, Source
from qantara.rails.model import Match

_COLUMNS = (
    *("id", "customer_id", "state", "country", "address_type", "address", "agent_bic", "name"),
    *("source", "message_id", "match", "display_name", "legal_name", "town", "account_number"),
    *("account_is_iban", "account_agent_bic", "reason", "warning", "answer_id", "valid_until"),
)
_SELECT = "SELECT " + ", ".join(_COLUMNS) + " FROM payees.payee_check"


def _check(row: Row) -> PayeeCheck:
    values = {name: row[name] for name in _COLUMNS}
    values["state"] = CheckState(row["state"])
    values["source"] = Source(row["source"])
    values["customer_id"] = CustomerId(row["customer_id"])
    values["match"] = Match(row["match"]) if row["match"] else None
    values["warning"] = Reason(row["warning"]) if row["warning"] else None
    return PayeeCheck(**values)


async def add(tx: Tx, asked: Sequence[PayeeCheck], now: datetime) -> set[str]:
    """Keep questions; the ids not known before."""
    if not asked:
        return set()
    rows = await tx.fetch(
        "INSERT INTO payees.payee_check (id, customer_id, state, country, address_type, address,"
        " agent_bic, name, source, message_id, asked_at)"
        " SELECT id, customer_id, 'asked', country, address_type, address, agent, name, source,"
        " message, $10 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],"
        " $6::text[], $7::text[], $8::text[], $9::text[])"
        " AS n(id, customer_id, country, address_type, address, agent, name, source, message)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        [check.id for check in asked],
        [check.customer_id for check in asked],
        [check.country for check in asked],
        [check.address_type for check in asked],
        [check.address for check in asked],
        [check.agent_bic for check in asked],
        [check.name for check in asked],
        [check.source.value for check in asked],
        [check.message_id for check in asked],
        now,
    )
    return {row["id"] for row in rows}


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
    """The checks that our acmt.023 messages carried, by message id."""
    rows = await tx.fetch(
        _SELECT + " WHERE message_id = ANY($1::text[]) ORDER BY id FOR UPDATE", list(message_ids)
    )
    return {row["message_id"]: _check(row) for row in rows}


async def answer(tx: Tx, answered: Sequence[PayeeCheck], now: datetime) -> None:
    """Write what is now known; only a question still open takes an answer."""
    if not answered:
        return
    await tx.execute(
        "UPDATE payees.payee_check c SET state = n.state, match = n.match,"
        " display_name = n.display_name, legal_name = n.legal_name, town = n.town,"
        " account_number = n.account_number, account_is_iban = n.account_is_iban,"
        " account_agent_bic = n.account_agent_bic, reason = n.reason, warning = n.warning,"
        " answer_id = n.answer_id, valid_until = n.valid_until, answered_at = $14"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
        " $7::text[], $8::bool[], $9::text[], $10::text[], $11::text[], $12::text[],"
        " $13::timestamptz[]) AS n(id, state, match, display_name, legal_name, town,"
        " account_number, account_is_iban, account_agent_bic, reason, warning, answer_id,"
        " valid_until) WHERE c.id = n.id AND c.state = 'asked'",
        [check.id for check in answered],
        [check.state.value for check in answered],
        [check.match.value if check.match else None for check in answered],
        [check.display_name for check in answered],
        [check.legal_name for check in answered],
        [check.town for check in answered],
        [check.account_number for check in answered],
        [check.account_is_iban for check in answered],
        [check.account_agent_bic for check in answered],
        [check.reason for check in answered],
        [check.warning.value if check.warning else None for check in answered],
        [check.answer_id for check in answered],
        [check.valid_until for check in answered],
        now,
    )
