"""All of a customer's money at one moment, and how much of it may go where."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.errors import NotFound, Refused
from qantara.ids import CustomerId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Balance
from qantara.money import Asset, Money
from qantara.parties import flow as parties
from qantara.parties.model import Account
from qantara.policy import flow as policy
from qantara.policy.model import Decision, Facts
from qantara.remittance import flow as remittance
from qantara.remittance.model import Institution
from qantara.wallet import pot_store, rules
from qantara.wallet.model import Overview, Standing, Way


async def overviews(
    tx: Tx, node: Institution, customer_ids: Sequence[CustomerId], now: datetime
) -> list[Overview | NotFound]:
    """Accounts, oldest first, and the ways to send; all balances are of one moment."""
    customers = await parties.customers(tx, customer_ids)
    held = await parties.accounts_of(tx, customer_ids)
    standings = await _standings(tx, [account for accounts in held for account in accounts])
    return [
        customer
        if isinstance(customer, NotFound)
        else Overview(
            customer.id,
            tuple(standings[account.id] for account in accounts),
            ways(node, customer.kind.value, now),
        )
        for customer, accounts in zip(customers, held, strict=True)
    ]


async def _standings(tx: Tx, accounts: Sequence[Account]) -> dict[str, Standing]:
    pots = await pot_store.open_of_accounts(tx, [account.id for account in accounts])
    codes = [account.ledger_code for account in accounts] + [pot.ledger_code for pot in pots]
    found = {each.code: each for each in await ledger.balances(tx, codes)}
    waiting = await remittance.in_review(tx, [account.id for account in accounts])
    apart: dict[str, int] = {}
    for pot in pots:
        apart[pot.account_id] = apart.get(pot.account_id, 0) + found[pot.ledger_code].posted
    return {
        each.id: _standing(
            each, found[each.ledger_code], waiting.get(each.id, 0), apart.get(each.id, 0)
        )
        for each in accounts
    }


def _standing(account: Account, found: Balance, waiting: int, apart: int) -> Standing:
    def money(minor: int) -> Money:
        return Money(minor, found.asset)

    return Standing(
        account=account,
        status=found.status.value,
        balance=money(found.posted),
        held=money(found.held_debit),
        available=money(found.available),
        in_review=money(waiting),
        pending_in=money(found.held_credit),
        in_pots=money(apart),
    )


def ways(node: Institution, customer_kind: str, now: datetime) -> tuple[Way, ...]:
    """The own system first, then every country that the institution sends to."""
    inside = _way(node, customer_kind, node.country, node.asset, (node.ips,), now)
    abroad = [
        _way(node, customer_kind, each.country, each.currency, tuple(each.rails), now)
        for each in node.corridors.values()
    ]
    return (inside, *abroad)


def _way(
    node: Institution,
    customer_kind: str,
    country: str,
    currency: Asset,
    rails: tuple[str, ...],
    now: datetime,
) -> Way:
    """What policy answers to the smallest payment there is: that names every limit and its room."""
    facts = policy.payment_facts(
        source_country=node.country,
        destination_country=country,
        source=Money(1, node.asset),
        destination=Money(1, currency),
        sender_kind=customer_kind,
        rails=rails,
    )
    decision = policy.decide(node.rulebook, facts, now.date())
    limits = rules.limits(decision, node.asset, currency)
    return Way(country, rails, limits, _closed(node, facts, decision, now))


def _closed(node: Institution, facts: Facts, decision: Decision, now: datetime) -> Refused | None:
    """Why nothing at all goes this way; a purpose or another element that only a real payment
    has is no reason.
    """
    wanted = rules.elements_wanted(decision)
    if wanted:
        decision = policy.decide(
            node.rulebook,
            replace(facts, elements=(facts.elements or frozenset()) | wanted),
            now.date(),
        )
    return decision.refusal
