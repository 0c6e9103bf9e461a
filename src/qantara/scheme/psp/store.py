"""SQL of a simulated participant: its accounts and the payments that come in."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.money import Asset, Money, asset
from qantara.rails.model import Party
from qantara.scheme.psp.model import Account, Arrival, Change, Condition, Event, State
from qantara.scheme.psp.rules import Earlier
from qantara.scheme.steps import lock

_INSERT_ACCOUNTS = """
WITH new AS (
    INSERT INTO psp.account
        (number, iban, name, country, town, street, national_id, conditions, minimum, maximum,
         ceiling, payers, recorded_at)
    SELECT number, iban, name, country, town, street, national_id,
           string_to_array(conditions, ','), minimum::numeric, maximum::numeric,
           ceiling::numeric, string_to_array(payers, ','), $13
    FROM unnest($1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
        AS n (number, iban, name, country, town, street, national_id, conditions, minimum,
              maximum, ceiling, payers)
    ON CONFLICT DO NOTHING
    RETURNING number, conditions
)
INSERT INTO psp.account_change (number, conditions, recorded_at)
SELECT number, conditions, $13 FROM new
"""


def _text(amount: Money | None) -> str | None:
    return None if amount is None else str(amount.minor)


async def insert_accounts(tx: Tx, accounts: Sequence[Account], now: datetime) -> None:
    await tx.execute(
        _INSERT_ACCOUNTS,
        [each.number for each in accounts],
        [each.iban for each in accounts],
        [each.holder.name for each in accounts],
        [each.holder.country for each in accounts],
        [each.holder.town for each in accounts],
        [each.holder.street for each in accounts],
        [each.holder.national_id for each in accounts],
        [",".join(sorted(each.conditions)) for each in accounts],
        [_text(each.minimum) for each in accounts],
        [_text(each.maximum) for each in accounts],
        [_text(each.ceiling) for each in accounts],
        [",".join(each.payers) for each in accounts],
        now,
    )


_CHANGE = """
WITH changed AS (
    UPDATE psp.account a
    SET conditions = string_to_array(c.conditions, ',')
    FROM unnest($1::text[], $2::text[]) AS c (number, conditions)
    WHERE a.number = c.number
    RETURNING a.number, a.conditions
)
INSERT INTO psp.account_change (number, conditions, recorded_at)
SELECT number, conditions, $3 FROM changed
RETURNING number
"""


async def change(tx: Tx, changes: Sequence[Change], now: datetime) -> set[str]:
    """The numbers of accounts whose conditions are new now."""
    rows = await tx.fetch(
        _CHANGE,
        [each.number for each in changes],
        [",".join(sorted(each.conditions)) for each in changes],
        now,
    )
    return {row["number"] for row in rows}


async def accounts(tx: Tx, numbers: Sequence[str], currency: Asset) -> dict[str, Account]:
    rows = await tx.fetch(
        "SELECT * FROM psp.account WHERE number = ANY($1::text[])", list(dict.fromkeys(numbers))
    )
    return {row["number"]: _account(row, currency) for row in rows}


async def page_of_accounts(tx: Tx, after: str, limit: int, currency: Asset) -> list[Account]:
    rows = await tx.fetch(
        "SELECT * FROM psp.account WHERE number > $1 ORDER BY number LIMIT $2", after, limit
    )
    return [_account(row, currency) for row in rows]


def _account(row: Row, currency: Asset) -> Account:
    def bound(name: str) -> Money | None:
        return None if row[name] is None else Money(int(row[name]), currency)

    return Account(
        number=row["number"],
        holder=Party(
            row["name"],
            row["country"],
            row["town"],
            row["street"],
            national_id=row["national_id"],
        ),
        iban=row["iban"],
        conditions=frozenset(Condition(each) for each in row["conditions"]),
        minimum=bound("minimum"),
        maximum=bound("maximum"),
        ceiling=bound("ceiling"),
        payers=tuple(row["payers"]),
    )


_INSERT_PAYMENTS = """
WITH new AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::boolean[],
        $14::text[], $15::text[], $16::text[], $17::text[])
        AS n (uetr, message_id, sender_bic, end_to_end_id, transaction_id, instruction_id,
              reference, payer, account, amount, fee, asset, domestic, state, reason, text, event)
), inserted AS (
    INSERT INTO psp.payment
        (uetr, message_id, sender_bic, end_to_end_id, transaction_id, instruction_id, reference,
         payer, account, amount, fee, asset, domestic, state, reason, text, recorded_at)
    SELECT uetr, message_id, sender_bic, end_to_end_id, transaction_id, instruction_id, reference,
           payer, account, amount::numeric, fee::numeric, asset, domestic, state, reason, text, $18
    FROM new
)
INSERT INTO psp.payment_event (uetr, event, state, reason, occurred_at, recorded_at)
SELECT uetr, event, state, reason, $18, $18 FROM new
"""


async def insert_payments(tx: Tx, payments: Sequence[tuple[Arrival, Event]], now: datetime) -> None:
    """Keep new payments in the state they are in, each with the event that brought it there."""
    if not payments:
        return
    rows = [payment for payment, _ in payments]
    await tx.execute(
        _INSERT_PAYMENTS,
        [row.uetr for row in rows],
        [row.message_id for row in rows],
        [row.sender_bic for row in rows],
        [row.end_to_end_id for row in rows],
        [row.transaction_id for row in rows],
        [row.instruction_id for row in rows],
        [row.reference for row in rows],
        [row.payer for row in rows],
        [row.account for row in rows],
        [str(row.amount.minor) for row in rows],
        [str(row.fee.minor) for row in rows],
        [row.amount.asset.code for row in rows],
        [row.domestic for row in rows],
        [row.state for row in rows],
        [row.reason for row in rows],
        [row.text for row in rows],
        [event for _, event in payments],
        now,
    )


async def lock_payments(tx: Tx, uetrs: Sequence[str]) -> dict[str, Arrival]:
    rows = await lock(tx, "psp", uetrs)
    return {row["uetr"]: _payment(row) for row in rows}


def _payment(row: Row) -> Arrival:
    values = dict(row)
    del values["sequence"]
    currency = asset(values.pop("asset"))
    values["amount"] = Money(int(values["amount"]), currency)
    values["fee"] = Money(int(values["fee"]), currency)
    values["state"] = State(values["state"])
    return Arrival(**values)


_EARLIER = """
SELECT payer, sender_bic, end_to_end_id, transaction_id, instruction_id, reference
FROM psp.payment
WHERE account = ANY($1::text[]) AND state IN ('reserved', 'credited')
"""


async def earlier(tx: Tx, numbers: Sequence[str]) -> Earlier:
    """What is known of payments to accounts whose payments must be unique."""
    rows = await tx.fetch(_EARLIER, list(numbers)) if numbers else []
    return Earlier(
        frozenset((row["payer"], row["end_to_end_id"]) for row in rows),
        frozenset((row["sender_bic"], row["instruction_id"] or "") for row in rows),
        frozenset((row["sender_bic"], row["transaction_id"]) for row in rows),
        frozenset((row["payer"], row["reference"] or "") for row in rows),
    )
