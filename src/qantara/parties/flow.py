"""The verbs of parties. Each takes a list and answers a list of the same length and order.

What is registered is given its id by the caller: the same id with the same content is answered
again, with other content it is a `Conflict`. A value that cannot be right raises `Malformed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.ids import AccountId, CustomerId
from qantara.parties import finding, names, rules, store
from qantara.parties.model import (
    Account,
    AccountEvent,
    AccountState,
    Alias,
    AliasId,
    AliasType,
    Customer,
    CustomerState,
    Holding,
    Identity,
    Institution,
    NewAlias,
)

compare_names = names.compare
customers_newest = finding.customers_newest
customers_named = finding.customers_named
aliases_of = finding.aliases_of
latin = rules.latin
identity = rules.identity
mask = rules.mask
IBAN_COUNTRIES = rules.IBAN_COUNTRIES
make_iban = rules.make_iban
ledger_code = rules.ledger_code
normal_phone = rules.phone
normal_identity = rules.identity


async def register_institutions(
    tx: Tx, given: Sequence[Institution], now: datetime
) -> list[Institution | Conflict]:
    """Make institutions known by role name and BIC; either in other hands is a `Conflict`."""
    new = [rules.institution(each) for each in given]
    await store.insert_institutions(tx, new, now)
    stored = {each.role: each for each in await store.institutions(tx, [e.role for e in new], [])}
    return [
        each if stored.get(each.role) == each else Conflict(Reason.ID_REUSED, id=each.role)
        for each in new
    ]


async def institutions(tx: Tx, roles: Sequence[str]) -> list[Institution | NotFound]:
    found = {each.role: each for each in await store.institutions(tx, roles, [])}
    return [
        found.get(role) or NotFound(Reason.INSTITUTION_UNKNOWN, institution=role) for role in roles
    ]


async def institutions_by_bic(tx: Tx, bics: Sequence[str]) -> list[Institution | NotFound]:
    found = {each.bic: each for each in await store.institutions(tx, [], bics)}
    return [found.get(bic) or NotFound(Reason.INSTITUTION_UNKNOWN, institution=bic) for bic in bics]


async def register_customers(
    tx: Tx, given: Sequence[Customer], now: datetime
) -> list[Customer | Conflict]:
    """Make customers; phones, e-mail and identity numbers are stored in normal form."""
    new = [rules.customer(each, now.date()) for each in given]
    await store.insert_customers(tx, new, now)
    stored = await store.customers(tx, [each.id for each in new])
    return [
        stored[each.id]
        if replace(stored[each.id], state=each.state) == each
        else Conflict(Reason.ID_REUSED, id=each.id)
        for each in new
    ]


async def customers(tx: Tx, ids: Sequence[CustomerId]) -> list[Customer | NotFound]:
    found = await store.customers(tx, ids)
    return [found.get(each) or NotFound(Reason.CUSTOMER_NOT_FOUND, id=each) for each in ids]


async def close_customers(tx: Tx, ids: Sequence[CustomerId]) -> list[Customer | Refused | NotFound]:
    """End the relation; refused while an account is open."""
    found = await store.customers(tx, ids, lock=True)
    busy = await store.with_open_accounts(tx, ids)
    await store.close_customers(tx, [each for each in found if each not in busy])
    outcomes: list[Customer | Refused | NotFound] = []
    for each in ids:
        if each not in found:
            outcomes.append(NotFound(Reason.CUSTOMER_NOT_FOUND, id=each))
        elif each in busy:
            outcomes.append(Refused(Reason.CUSTOMER_HAS_ACCOUNTS, facts={"customer": each}))
        else:
            outcomes.append(replace(found[each], state=CustomerState.CLOSED))
    return outcomes


async def bearers(tx: Tx, shown: Sequence[Identity]) -> list[list[CustomerId]]:
    """Which customers have shown each of these identities, in normal form."""
    found = await store.bearers(tx, shown)
    return [found.get((each.type, each.value), []) for each in shown]


async def identify(tx: Tx, shown: Mapping[CustomerId, Identity], now: datetime) -> None:
    """Keep what customers without an identity have shown now; one that was shown before stays."""
    known = await store.customers(tx, list(shown), lock=True)
    new = {
        each.id: rules.identity(shown[each.id], now.date(), each.born_on)
        for each in known.values()
        if each.identity is None
    }
    await store.identify(tx, new)


async def record_deaths(tx: Tx, ids: Sequence[CustomerId]) -> list[Customer | Conflict | NotFound]:
    """Keep that a customer has died; said again it changes nothing. Accounts stay open for the
    estate, and nothing new is paid into them. A closed relation is a `Conflict`.
    """
    found = await store.customers(tx, ids, lock=True)
    living = [each for each in found.values() if each.state is CustomerState.ACTIVE]
    await store.record_deaths(tx, [each.id for each in living])
    outcomes: list[Customer | Conflict | NotFound] = []
    for each in ids:
        if each not in found:
            outcomes.append(NotFound(Reason.CUSTOMER_NOT_FOUND, id=each))
        elif found[each].state is CustomerState.CLOSED:
            outcomes.append(Conflict(Reason.CUSTOMER_CLOSED, customer=each))
        else:
            outcomes.append(replace(found[each], state=CustomerState.DECEASED))
    return outcomes


async def open_accounts(
    tx: Tx, given: Sequence[Account], now: datetime
) -> list[Account | Refused | Conflict | NotFound]:
    """Open accounts for customers; `Conflict` if the number or the id is already taken.

    The account in the ledger's book is opened by the caller, under `ledger_code`.
    """
    new = [rules.account(each) for each in given]
    holders = await store.customers(tx, [each.customer_id for each in new], lock=True)
    able = [each for each in new if _is_active(holders.get(each.customer_id))]
    await store.insert_accounts(tx, able, now)
    stored = await store.accounts(tx, [each.id for each in new])
    return [_opened(each, stored, holders) for each in new]


def _is_active(holder: Customer | None) -> bool:
    return holder is not None and holder.state is CustomerState.ACTIVE


def _opened(
    asked: Account, stored: dict[str, Account], holders: dict[str, Customer]
) -> Account | Refused | Conflict | NotFound:
    found, holder = stored.get(asked.id), holders.get(asked.customer_id)
    if found is not None and replace(found, state=asked.state, stopped=asked.stopped) == asked:
        return found
    if holder is None:
        return NotFound(Reason.CUSTOMER_NOT_FOUND, id=asked.customer_id)
    if found is None and not _is_active(holder):
        return Refused(Reason.CUSTOMER_CLOSED, facts={"customer": holder.id})
    return Conflict(Reason.ACCOUNT_EXISTS, id=asked.id)


async def close_accounts(
    tx: Tx, ids: Sequence[AccountId], now: datetime
) -> list[Account | Conflict | NotFound]:
    """Close accounts and let go of their aliases. That the balance is zero is the ledger's to
    say and the caller's to ask first.
    """
    found = await store.accounts(tx, ids, lock=True)
    outcomes = [_closed(each, found) for each in ids]
    await store.close_accounts(tx, [each.id for each in outcomes if isinstance(each, Account)], now)
    return outcomes


def _closed(account_id: str, found: dict[str, Account]) -> Account | Conflict | NotFound:
    account = found.get(account_id)
    if account is None:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, id=account_id)
    after = rules.advance(account, AccountEvent.CLOSE)
    return after if isinstance(after, Conflict) else replace(account, state=after)


async def stop_accounts(
    tx: Tx, ids: Sequence[AccountId], now: datetime
) -> list[Account | Conflict | NotFound]:
    """Let nothing be sent from open accounts; said again it changes nothing. Who pays asks
    `Account.stopped`.
    """
    return await _switched(tx, ids, stopped=True, now=now)


async def resume_accounts(
    tx: Tx, ids: Sequence[AccountId], now: datetime
) -> list[Account | Conflict | NotFound]:
    return await _switched(tx, ids, stopped=False, now=now)


async def _switched(
    tx: Tx, ids: Sequence[AccountId], *, stopped: bool, now: datetime
) -> list[Account | Conflict | NotFound]:
    found = await store.accounts(tx, ids, lock=True)
    able = [each.id for each in found.values() if each.state is AccountState.OPEN]
    if stopped:
        await store.stop_accounts(tx, able, now)
    else:
        await store.resume_accounts(tx, able)
    outcomes: list[Account | Conflict | NotFound] = []
    for each in ids:
        account = found.get(each)
        if account is None:
            outcomes.append(NotFound(Reason.ACCOUNT_NOT_FOUND, id=each))
        elif account.state is not AccountState.OPEN:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=each, state=account.state))
        else:
            outcomes.append(replace(account, stopped=stopped))
    return outcomes


async def rebook_accounts(tx: Tx, codes: Mapping[AccountId, str], now: datetime) -> None:
    """From now on the money of these accounts stands under other codes in the book; number and
    holder stay, and where it stood before is kept.
    """
    await store.rebook_accounts(tx, codes, now)


async def accounts(tx: Tx, ids: Sequence[AccountId]) -> list[Holding | NotFound]:
    """Accounts with their holders, by our own id."""
    found = await store.holdings_by_id(tx, ids)
    return [_holding(found.get(each), each) for each in ids]


async def account_by_number(tx: Tx, numbers: Sequence[str]) -> list[Holding | NotFound]:
    """Accounts with their holders, by the number the outside uses; spaces do not matter."""
    plain = [number.replace(" ", "").upper() for number in numbers]
    found = await store.holdings_by_number(tx, plain)
    return [_holding(found.get(number), number) for number in plain]


def _holding(found: tuple[Account, Customer] | None, asked: str) -> Holding | NotFound:
    if found is None:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, id=asked)
    account, customer = found
    return Holding(account, customer, rules.shown_name(customer))


async def accounts_of(tx: Tx, customer_ids: Sequence[CustomerId]) -> list[list[Account]]:
    """Each customer's accounts, oldest first; empty for a customer without any."""
    by_customer: dict[str, list[Account]] = {each: [] for each in customer_ids}
    for account in await store.accounts_of(tx, list(by_customer)):
        by_customer[account.customer_id].append(account)
    return [by_customer[each] for each in customer_ids]


async def claim_aliases(
    tx: Tx, given: Sequence[NewAlias], now: datetime
) -> list[Alias | Refused | Conflict | NotFound]:
    """Let accounts be found by aliases. A value in other hands is a `Conflict`; claiming again
    for the same account answers with the alias that stands.
    """
    found = await store.accounts(tx, [each.account_id for each in given], lock=True)
    wanted: list[Alias | Refused | NotFound] = [_claim(each, found) for each in given]
    able = [each for each in wanted if isinstance(each, Alias)]
    await store.insert_aliases(tx, able, now)
    owners = await store.owners(tx, _keys(able))
    return [_owned(each, owners) if isinstance(each, Alias) else each for each in wanted]


def _keys(aliases: Iterable[Alias]) -> list[tuple[AliasType, str]]:
    return list(dict.fromkeys((each.type, each.value) for each in aliases))


def _claim(asked: NewAlias, accounts_found: dict[str, Account]) -> Alias | Refused | NotFound:
    account = accounts_found.get(asked.account_id)
    if account is None:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, id=asked.account_id)
    refusal = rules.may_claim(account)
    if refusal is not None:
        return refusal
    value = rules.alias_value(asked.type, asked.value, account.country)
    return Alias(asked.id, asked.type, value, account.id)


def _owned(asked: Alias, owners: dict[tuple[AliasType, str], Alias]) -> Alias | Conflict:
    owner = owners.get((asked.type, asked.value))
    if owner is None:
        return Conflict(Reason.ID_REUSED, id=asked.id)
    if owner.account_id != asked.account_id:
        return Conflict(Reason.ALIAS_EXISTS, type=asked.type.value)
    return owner


async def release_aliases(
    tx: Tx, ids: Sequence[AliasId], now: datetime
) -> list[AliasId | NotFound]:
    """Let go of aliases: the value is free again."""
    released = await store.release_aliases(tx, ids, now)
    return [each if each in released else NotFound(Reason.ALIAS_UNKNOWN, id=each) for each in ids]


async def resolve_alias(
    tx: Tx, wanted: Sequence[tuple[AliasType, str]]
) -> list[Holding | NotFound]:
    """The open account behind each alias. Phones are read in `+` form only; a value that no
    alias could have is unknown like any other.
    """
    keys = [_key(type_, value) for type_, value in wanted]
    owners = await store.owners(tx, list(dict.fromkeys(key for key in keys if key)))
    found = await store.holdings_by_id(tx, [alias.account_id for alias in owners.values()])
    return [
        _resolved(owners.get(key) if key else None, found, type_)
        for key, (type_, _) in zip(keys, wanted, strict=True)
    ]


def _key(type_: AliasType, value: str) -> tuple[AliasType, str] | None:
    try:
        return type_, rules.alias_value(type_, value, None)
    except Malformed:
        return None


def _resolved(
    alias: Alias | None, found: dict[str, tuple[Account, Customer]], type_: AliasType
) -> Holding | NotFound:
    held = None if alias is None else found.get(alias.account_id)
    if held is None or held[0].state is not AccountState.OPEN:
        return NotFound(Reason.ALIAS_UNKNOWN, type=type_.value)
    return Holding(held[0], held[1], rules.shown_name(held[1]))
