"""Opening: the customer, the account, its place in the book, the way to sign in."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.access import flow as access
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import NewHolder
from qantara.access.model import NewPrincipal, PrincipalKind, Role
from qantara.db import Tx
from qantara.errors import Conflict, QantaraError, Reason, Refused, Unavailable
from qantara.ids import AccountId, CustomerId, PrincipalId
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, Balance, NewAccount, Transfer
from qantara.money import Asset
from qantara.onboarding import rules, store
from qantara.onboarding.model import (
    Application,
    Enrolment,
    NewRelation,
    Numbering,
    Rung,
    Taker,
    Terms,
)
from qantara.parties import flow as parties
from qantara.parties.model import (
    Account,
    Address,
    AliasId,
    AliasType,
    Customer,
    CustomerKind,
    NewAlias,
)

ENROLLED = "enrolled"
"""Stands where the hash of a PIN was, once the PIN is kept where it is proved."""


class Opening(Struct, frozen=True):
    """An application that is to be opened at this rung."""

    application: Application
    rung: Rung
    terms: Terms


async def open_relations(tx: Tx, asset: Asset, new: Sequence[NewRelation], now: datetime) -> None:
    """Make customers with their accounts, here and in the book. An alias that leads to another
    account stays there; anything else that does not work out undoes the transaction.
    """
    _must(await parties.register_customers(tx, [each.customer for each in new], now))
    _must(await parties.open_accounts(tx, [each.account for each in new], now))
    wanted = [each.alias for each in new if each.alias is not None]
    await parties.claim_aliases(tx, wanted, now)
    booked = [_booked(each.account.ledger_code, asset, each.ceiling) for each in new]
    _must(await ledger.open_accounts(tx, booked, now))


def _booked(code: str, asset: Asset, ceiling: int | None) -> NewAccount:
    return NewAccount(code, asset, AccountClass.E_MONEY, floor=0, ceiling=ceiling)


def _must(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, QantaraError):
            raise outcome
        if isinstance(outcome, Refused):
            raise Unavailable(Reason.INTERNAL, detail=f"opening: {outcome}")


async def open_applications(
    tx: Tx, node: Taker, openings: Sequence[Opening], now: datetime
) -> dict[str, Application | Conflict]:
    """Open what was decided; by application, with customer and account. A tier above one that
    stands is a new account in the book under the same number: its money moves over, and while a
    payment is under way it waits (`Conflict`).
    """
    first = [each for each in openings if each.application.customer_id is None]
    higher = [each for each in openings if each.application.customer_id is not None]
    done: dict[str, Application | Conflict] = {}
    done.update(await _open_first(tx, node, first, now))
    done.update(await _raise(tx, node, higher, now))
    return done


async def _open_first(
    tx: Tx, node: Taker, openings: Sequence[Opening], now: datetime
) -> dict[str, Application]:
    numbers = await store.numbers(tx, len(openings)) if openings else []
    relations = {
        each.application.id: _relation(node, each, number)
        for each, number in zip(openings, numbers, strict=True)
    }
    await open_relations(tx, node.asset, list(relations.values()), now)
    await enrol(
        tx,
        [
            Enrolment(
                relations[each.application.id].customer,
                each.application.phone,
                each.application.said.pin_hash,
            )
            for each in openings
        ],
        now,
    )
    return {
        each.application.id: replace(
            _opened(each.application),
            customer_id=relations[each.application.id].customer.id,
            account_id=relations[each.application.id].account.id,
        )
        for each in openings
    }


def _opened(found: Application) -> Application:
    return replace(
        found, said=replace(found.said, pin_hash=ENROLLED), held=found.asked, secret_digest=None
    )


def principal_id(customer_id: CustomerId) -> PrincipalId:
    """As whom a customer signs in."""
    return PrincipalId(ids.derived("prn", "person", customer_id))


async def enrol(tx: Tx, new: Sequence[Enrolment], now: datetime) -> None:
    """Let customers sign in: a principal each, with a phone and a PIN."""
    people = [
        NewPrincipal(
            principal_id(each.customer.id),
            PrincipalKind.PERSON,
            each.customer.display_name,
            (Role.CUSTOMER,),
            each.customer.id,
        )
        for each in new
    ]
    _must(await access.register_principals(tx, people, now))
    wanted = [
        NewHolder(principal_id(each.customer.id), each.phone, ids.new("pin"), each.pin_hash)
        for each in new
    ]
    _must(await credentials.enrol(tx, wanted, now))


def _relation(node: Taker, each: Opening, number: int) -> NewRelation:
    found = each.application
    said, person, home = found.said, found.said.person, found.said.home
    if person is None or home is None:
        raise TypeError("an application is opened when all is told")
    customer = Customer(
        id=CustomerId(ids.derived("cus", found.id)),
        kind=CustomerKind.PERSON,
        legal_name=person.legal_name,
        display_name=person.legal_name,
        country=node.country,
        address=Address(home.street, home.town, home.rails_street, home.rails_town),
        identity=None if said.document is None else rules.identity(said.document),
        born_on=person.born_on,
        phone=found.phone,
        rails_name=person.rails_name,
    )
    account_id = AccountId(ids.derived("acc", found.id))
    account = Account(
        id=account_id,
        customer_id=customer.id,
        country=node.country,
        number=_number(node.country, each.terms.numbering, number),
        currency=node.asset,
        ledger_code=parties.ledger_code(account_id),
    )
    alias = NewAlias(AliasId(ids.derived("als", found.id)), AliasType.MBNO, found.phone, account_id)
    return NewRelation(customer, account, alias, _ceiling(each.rung))


def _ceiling(rung: Rung) -> int | None:
    return None if rung.ceiling is None else rung.ceiling.minor


def _number(country: str, form: Numbering, number: int) -> str:
    digits = f"{form.prefix}{number:0{form.digits - len(form.prefix)}d}"
    return parties.make_iban(country, form.bank, digits, form.branch) if form.bank else digits


async def _raise(
    tx: Tx, node: Taker, openings: Sequence[Opening], now: datetime
) -> dict[str, Application | Conflict]:
    accounts = [AccountId(each.application.account_id or "") for each in openings]
    held = dict(zip(accounts, await parties.accounts(tx, accounts), strict=True))
    codes = {}
    for account_id, holding in held.items():
        if isinstance(holding, QantaraError):
            raise holding
        codes[account_id] = holding.account.ledger_code
    found = {each.code: each for each in await ledger.balances(tx, list(codes.values()))}
    done: dict[str, Application | Conflict] = {}
    free: list[Opening] = []
    for each in openings:
        balance = found[codes[AccountId(each.application.account_id or "")]]
        if balance.held_debit or balance.held_credit:
            done[each.application.id] = Conflict(Reason.ACCOUNT_BUSY, account=balance.code)
        else:
            free.append(each)
            done[each.application.id] = _opened(each.application)
    moves = {
        AccountId(each.application.account_id or ""): _move(each, codes, found, node, now)
        for each in free
    }
    booked = [_booked(_code(each), node.asset, _ceiling(each.rung)) for each in free]
    _must(await ledger.open_accounts(tx, booked, now))
    await ledger.must_post(tx, [move for move in moves.values() if move is not None], now)
    for each in free:
        by = each.application.outcome.decided_by or rules.RULE
        await ledger.close(tx, codes[AccountId(each.application.account_id or "")], by, now)
    await parties.rebook_accounts(
        tx, {AccountId(e.application.account_id or ""): _code(e) for e in free}, now
    )
    await parties.identify(
        tx,
        {
            CustomerId(each.application.customer_id or ""): rules.identity(
                each.application.said.document
            )
            for each in free
            if each.application.said.document is not None
        },
        now,
    )
    return done


def _code(each: Opening) -> str:
    """The next place in the book: what an account may hold never changes once it is open."""
    account_id = each.application.account_id or ""
    return f"{parties.ledger_code(account_id)}/{each.rung.tier.key}"


def _move(
    each: Opening,
    codes: dict[AccountId, str],
    found: dict[str, Balance],
    node: Taker,
    now: datetime,
) -> Transfer | None:
    code = codes[AccountId(each.application.account_id or "")]
    amount = found[code].posted
    if not amount:
        return None
    return Transfer(
        id=ids.uuid_text("onboarding.raise", each.application.id),
        debit=code,
        credit=_code(each),
        amount=amount,
        asset=node.asset.code,
        code="account.raise",
        reference=each.application.id,
        occurred_at=now,
    )
