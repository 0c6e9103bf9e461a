"""SQL of parties."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qantara.db import Row, Tx
from qantara.ids import AccountId, CustomerId
from qantara.money import asset
from qantara.parties.model import (
    Account,
    AccountState,
    Address,
    Alias,
    AliasType,
    Customer,
    CustomerKind,
    CustomerState,
    Identity,
    IdentityType,
    Institution,
)

_INSERT_INSTITUTIONS = """
INSERT INTO parties.institution (role, bic, name, country, currency, lei, recorded_at)
SELECT role, bic, name, country, currency, lei, $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS new (role, bic, name, country, currency, lei)
ON CONFLICT DO NOTHING
"""

_INSTITUTIONS = """
SELECT role, bic, name, country, currency, lei FROM parties.institution
WHERE role = ANY($1::text[]) OR bic = ANY($2::text[])
"""

_INSERT_CUSTOMERS = """
INSERT INTO parties.customer
    (id, kind, legal_name, display_name, country, street, town, identity_type, identity_value,
     born_on, phone, email, rails_name, rails_street, rails_town, state, recorded_at)
SELECT id, kind, legal_name, display_name, country, street, town, identity_type, identity_value,
       born_on, phone, email, rails_name, rails_street, rails_town, 'active', $16
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::date[], $11::text[], $12::text[], $13::text[],
            $14::text[], $15::text[])
    AS new (id, kind, legal_name, display_name, country, street, town, identity_type,
            identity_value, born_on, phone, email, rails_name, rails_street, rails_town)
ON CONFLICT (id) DO NOTHING
"""

_CUSTOMERS = """
SELECT id AS customer_id, kind, legal_name, display_name, country AS customer_country, street,
       town, identity_type, identity_value, born_on, phone, email, rails_name, rails_street,
       rails_town, state AS customer_state
FROM parties.customer WHERE id = ANY($1::text[])
"""

_LOCK_CUSTOMERS = _CUSTOMERS + " ORDER BY id FOR UPDATE"

_CLOSE_CUSTOMERS = "UPDATE parties.customer SET state = 'closed' WHERE id = ANY($1::text[])"

_RECORD_DEATHS = "UPDATE parties.customer SET state = 'deceased' WHERE id = ANY($1::text[])"

_BEARERS = """
SELECT c.id, c.identity_type, c.identity_value
FROM unnest($1::text[], $2::text[]) AS shown (type, value)
JOIN parties.customer c ON c.identity_type = shown.type AND c.identity_value = shown.value
ORDER BY c.id
"""

_IDENTIFY = """
UPDATE parties.customer c SET identity_type = new.type, identity_value = new.value
FROM unnest($1::text[], $2::text[], $3::text[]) AS new (id, type, value)
WHERE c.id = new.id AND c.identity_type IS NULL
"""

_REBOOK_ACCOUNTS = """
WITH left_behind AS (
    INSERT INTO parties.former_place (account_id, ledger_code, left_at)
    SELECT a.id, a.ledger_code, $3 FROM parties.account a WHERE a.id = ANY($1::text[])
)
UPDATE parties.account a SET ledger_code = new.code
FROM unnest($1::text[], $2::text[]) AS new (id, code) WHERE a.id = new.id
"""

_WITH_OPEN_ACCOUNTS = """
SELECT DISTINCT customer_id FROM parties.account
WHERE customer_id = ANY($1::text[]) AND state = 'open'
"""

_INSERT_ACCOUNTS = """
INSERT INTO parties.account
    (id, customer_id, country, number, currency, ledger_code, state, recorded_at)
SELECT id, customer_id, country, number, currency, ledger_code, 'open', $7
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS new (id, customer_id, country, number, currency, ledger_code)
ON CONFLICT DO NOTHING
"""

_ACCOUNTS = """
SELECT id, customer_id, country, number, currency, ledger_code, state,
       stopped_at IS NOT NULL AS stopped
FROM parties.account WHERE id = ANY($1::text[])
"""

_LOCK_ACCOUNTS = _ACCOUNTS + " ORDER BY id FOR UPDATE"

_ACCOUNTS_OF = """
SELECT id, customer_id, country, number, currency, ledger_code, state,
       stopped_at IS NOT NULL AS stopped
FROM parties.account WHERE customer_id = ANY($1::text[]) ORDER BY customer_id, recorded_at, id
"""

_HOLDINGS_BY_ID = """
SELECT a.id, a.customer_id, a.country, a.number, a.currency, a.ledger_code, a.state,
       a.stopped_at IS NOT NULL AS stopped, c.kind, c.legal_name, c.display_name,
       c.country AS customer_country, c.street, c.town, c.identity_type, c.identity_value,
       c.born_on, c.phone, c.email, c.rails_name, c.rails_street, c.rails_town,
       c.state AS customer_state
FROM parties.account a JOIN parties.customer c ON c.id = a.customer_id
WHERE a.id = ANY($1::text[])
"""

_HOLDINGS_BY_NUMBER = """
SELECT a.id, a.customer_id, a.country, a.number, a.currency, a.ledger_code, a.state,
       a.stopped_at IS NOT NULL AS stopped, c.kind, c.legal_name, c.display_name,
       c.country AS customer_country, c.street, c.town, c.identity_type, c.identity_value,
       c.born_on, c.phone, c.email, c.rails_name, c.rails_street, c.rails_town,
       c.state AS customer_state
FROM parties.account a JOIN parties.customer c ON c.id = a.customer_id
WHERE a.number = ANY($1::text[])
"""

_CLOSE_ACCOUNTS = """
UPDATE parties.account SET state = 'closed', closed_at = $2 WHERE id = ANY($1::text[])
"""

_STOP_ACCOUNTS = """
UPDATE parties.account SET stopped_at = $2 WHERE id = ANY($1::text[]) AND stopped_at IS NULL
"""

_RESUME_ACCOUNTS = "UPDATE parties.account SET stopped_at = NULL WHERE id = ANY($1::text[])"

_INSERT_ALIASES = """
INSERT INTO parties.alias (id, type, value, account_id, claimed_at)
SELECT id, type, value, account_id, $5
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
    AS new (id, type, value, account_id, place)
ORDER BY place
ON CONFLICT DO NOTHING
"""

_OWNERS = """
SELECT a.id, a.type, a.value, a.account_id
FROM unnest($1::text[], $2::text[]) AS wanted (type, value)
JOIN parties.alias a ON a.type = wanted.type AND a.value = wanted.value
WHERE a.released_at IS NULL
"""

_RELEASE_ALIASES = """
UPDATE parties.alias SET released_at = $2
WHERE id = ANY($1::text[]) AND released_at IS NULL RETURNING id
"""

_RELEASE_ALIASES_OF = """
UPDATE parties.alias SET released_at = $2
WHERE account_id = ANY($1::text[]) AND released_at IS NULL
"""


async def insert_institutions(tx: Tx, new: Sequence[Institution], now: datetime) -> None:
    await tx.execute(
        _INSERT_INSTITUTIONS,
        [given.role for given in new],
        [given.bic for given in new],
        [given.name for given in new],
        [given.country for given in new],
        [given.currency.code for given in new],
        [given.lei for given in new],
        now,
    )


async def institutions(tx: Tx, roles: Sequence[str], bics: Sequence[str]) -> list[Institution]:
    """Those with any of the roles or any of the BICs, in no order."""
    rows = await tx.fetch(_INSTITUTIONS, list(roles), list(bics))
    return [
        Institution(
            row["role"],
            row["bic"],
            row["name"],
            row["country"],
            asset(row["currency"]),
            row["lei"],
        )
        for row in rows
    ]


async def insert_customers(tx: Tx, new: Sequence[Customer], now: datetime) -> None:
    await tx.execute(
        _INSERT_CUSTOMERS,
        [given.id for given in new],
        [given.kind.value for given in new],
        [given.legal_name for given in new],
        [given.display_name for given in new],
        [given.country for given in new],
        [given.address.street for given in new],
        [given.address.town for given in new],
        [given.identity.type.value if given.identity else None for given in new],
        [given.identity.value if given.identity else None for given in new],
        [given.born_on for given in new],
        [given.phone for given in new],
        [given.email for given in new],
        [given.rails_name for given in new],
        [given.address.rails_street for given in new],
        [given.address.rails_town for given in new],
        now,
    )


async def customers(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Customer]:
    rows = await tx.fetch(_LOCK_CUSTOMERS if lock else _CUSTOMERS, list(ids))
    return {row["customer_id"]: _customer(row) for row in rows}


async def with_open_accounts(tx: Tx, customer_ids: Sequence[str]) -> set[str]:
    return {row["customer_id"] for row in await tx.fetch(_WITH_OPEN_ACCOUNTS, list(customer_ids))}


async def close_customers(tx: Tx, ids: Sequence[str]) -> None:
    await tx.execute(_CLOSE_CUSTOMERS, list(ids))


async def record_deaths(tx: Tx, ids: Sequence[str]) -> None:
    await tx.execute(_RECORD_DEATHS, list(ids))


async def bearers(
    tx: Tx, shown: Sequence[Identity]
) -> dict[tuple[IdentityType, str], list[CustomerId]]:
    rows = await tx.fetch(
        _BEARERS, [each.type.value for each in shown], [each.value for each in shown]
    )
    found: dict[tuple[IdentityType, str], list[CustomerId]] = {}
    for row in rows:
        key = (IdentityType(row["identity_type"]), row["identity_value"])
        found.setdefault(key, []).append(row["id"])
    return found


async def identify(tx: Tx, shown: Mapping[CustomerId, Identity]) -> None:
    await tx.execute(
        _IDENTIFY,
        list(shown),
        [each.type.value for each in shown.values()],
        [each.value for each in shown.values()],
    )


async def rebook_accounts(tx: Tx, codes: Mapping[AccountId, str], now: datetime) -> None:
    await tx.execute(_REBOOK_ACCOUNTS, list(codes), list(codes.values()), now)


async def insert_accounts(tx: Tx, new: Sequence[Account], now: datetime) -> None:
    await tx.execute(
        _INSERT_ACCOUNTS,
        [given.id for given in new],
        [given.customer_id for given in new],
        [given.country for given in new],
        [given.number for given in new],
        [given.currency.code for given in new],
        [given.ledger_code for given in new],
        now,
    )


async def accounts(tx: Tx, ids: Sequence[str], *, lock: bool = False) -> dict[str, Account]:
    rows = await tx.fetch(_LOCK_ACCOUNTS if lock else _ACCOUNTS, list(ids))
    return {row["id"]: _account(row) for row in rows}


async def accounts_of(tx: Tx, customer_ids: Sequence[str]) -> list[Account]:
    return [_account(row) for row in await tx.fetch(_ACCOUNTS_OF, list(customer_ids))]


async def holdings_by_id(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[Account, Customer]]:
    rows = await tx.fetch(_HOLDINGS_BY_ID, list(ids))
    return {row["id"]: (_account(row), _customer(row)) for row in rows}


async def holdings_by_number(tx: Tx, numbers: Sequence[str]) -> dict[str, tuple[Account, Customer]]:
    rows = await tx.fetch(_HOLDINGS_BY_NUMBER, list(numbers))
    return {row["number"]: (_account(row), _customer(row)) for row in rows}


async def close_accounts(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    """Close accounts the caller has locked, and let go of the aliases that led to them."""
    await tx.execute(_CLOSE_ACCOUNTS, list(ids), now)
    await tx.execute(_RELEASE_ALIASES_OF, list(ids), now)


async def stop_accounts(tx: Tx, ids: Sequence[str], now: datetime) -> None:
    await tx.execute(_STOP_ACCOUNTS, list(ids), now)


async def resume_accounts(tx: Tx, ids: Sequence[str]) -> None:
    await tx.execute(_RESUME_ACCOUNTS, list(ids))


async def insert_aliases(tx: Tx, new: Sequence[Alias], now: datetime) -> None:
    """Claim what is free, the first of the list first; what has an owner stays untouched."""
    await tx.execute(
        _INSERT_ALIASES,
        [given.id for given in new],
        [given.type.value for given in new],
        [given.value for given in new],
        [given.account_id for given in new],
        now,
    )


async def owners(
    tx: Tx, wanted: Sequence[tuple[AliasType, str]]
) -> dict[tuple[AliasType, str], Alias]:
    rows = await tx.fetch(
        _OWNERS, [type_.value for type_, _ in wanted], [value for _, value in wanted]
    )
    found = [
        Alias(row["id"], AliasType(row["type"]), row["value"], row["account_id"]) for row in rows
    ]
    return {(alias.type, alias.value): alias for alias in found}


async def release_aliases(tx: Tx, ids: Sequence[str], now: datetime) -> set[str]:
    return {row["id"] for row in await tx.fetch(_RELEASE_ALIASES, list(ids), now)}


def _account(row: Row) -> Account:
    return Account(
        row["id"],
        row["customer_id"],
        row["country"],
        row["number"],
        asset(row["currency"]),
        row["ledger_code"],
        AccountState(row["state"]),
        row["stopped"],
    )


def _customer(row: Row) -> Customer:
    identity = row["identity_type"] and Identity(
        IdentityType(row["identity_type"]), row["identity_value"]
    )
    return Customer(
        row["customer_id"],
        CustomerKind(row["kind"]),
        row["legal_name"],
        row["display_name"],
        row["customer_country"],
        Address(row["street"], row["town"], row["rails_street"], row["rails_town"]),
        identity,
        row["born_on"],
        row["phone"],
        row["email"],
        CustomerState(row["customer_state"]),
        row["rails_name"],
    )
