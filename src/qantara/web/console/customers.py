"""Customers: found by what staff know of them, and each with all that this institution knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access import roll
from qantara.access.model import Action, AuditRecord, Key, Principal, Proposal, Scope
from qantara.access.webhooks import flow as webhooks
from qantara.access.webhooks.model import Endpoint
from qantara.db import Tx, events
from qantara.db.events import Happening
from qantara.domestic import flow as domestic
from qantara.edge.proposing import Wish
from qantara.errors import Conflict, NotFound, Reason
from qantara.ids import AccountId, CustomerId
from qantara.ledger import flow as ledger
from qantara.ledger.model import Account as Terms
from qantara.parties import flow as parties
from qantara.parties.model import Account, Alias, AliasType, Customer, Holding
from qantara.remittance import flow as remittance
from qantara.wallet import flow as wallet
from qantara.wallet.model import Overview
from qantara.web.console.deciding import keep, names_of, pending, why_of
from qantara.web.console.payments import Line, lines_of, transfer_lines
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50
_NEWEST = 10
_TRAIL = 20
_FREEZES = {"freeze": Action.ACCOUNT_FREEZE, "release": Action.ACCOUNT_RELEASE}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one customer, as far as the reader may see: None for the rest."""

    aliases: Sequence[Alias]
    overview: Overview | None
    terms: Mapping[str, Terms]
    payments: Sequence[Line] | None
    transfers: Sequence[Line] | None
    people: Sequence[Principal]
    keys: Sequence[Key] | None
    endpoints: Sequence[Endpoint] | None
    trail: Sequence[AuditRecord] | None


async def show_all(visit: Visit) -> Response:
    """Everybody, or whom a name, an id, an account number or an alias leads to."""
    text, before = visit.asked("q"), visit.asked("before") or None
    async with visit.door.database.read() as tx:
        known = await exact(tx, text) if text and before is None else []
        if text:
            found = await parties.customers_named(tx, text, before, PAGE + 1)
        else:
            found = await parties.customers_newest(tx, before, PAGE + 1)
        shown = list(dict.fromkeys([*known, *found[:PAGE]]))
        told = await parties.customers(tx, shown)
        people = [each for each in told if isinstance(each, Customer)]
        accounts = await parties.accounts_of(tx, shown)
    older = found[PAGE - 1] if len(found) > PAGE else None
    lines = list(zip(people, accounts, strict=True))
    return visit.shown("customers.html", lines=lines, wanted=text, older=older)


async def exact(tx: Tx, text: str) -> list[CustomerId]:
    """Whose id, account, number or alias this is."""
    found: list[CustomerId] = []
    named = (await parties.customers(tx, [CustomerId(text.lower())]))[0]
    if isinstance(named, Customer):
        found.append(named.id)
    held: Iterable[Holding | NotFound] = (
        *await parties.accounts(tx, [AccountId(text.lower())]),
        *await parties.account_by_number(tx, [text]),
        *await parties.resolve_alias(tx, [(type_, text) for type_ in AliasType]),
    )
    return [*found, *(each.customer.id for each in held if isinstance(each, Holding))]


async def show(visit: Visit) -> Response:
    wanted = CustomerId(str(visit.request.path_params["id"]))
    async with visit.door.database.read() as tx:
        found = (await parties.customers(tx, [wanted]))[0]
        if isinstance(found, NotFound):
            raise found
        accounts = (await parties.accounts_of(tx, [wanted]))[0]
        known = await _known(tx, visit, found, accounts)
        proposals = await _proposals(tx, visit)
        names = await names_of(tx, _named(known, proposals.values()))
    return visit.shown(
        "customer.html",
        customer=found,
        accounts=accounts,
        known=known,
        proposals=proposals,
        names=names,
    )


async def _known(tx: Tx, visit: Visit, found: Customer, accounts: Sequence[Account]) -> Known:
    ids = [each.id for each in accounts]
    overview: Overview | None = None
    terms: dict[str, Terms] = {}
    if visit.holds(Scope.ACCOUNTS_READ):
        told = (await wallet.overviews(tx, visit.door.node, [found.id], visit.caller.now))[0]
        overview = told if isinstance(told, Overview) else None
        codes = [each.ledger_code for each in accounts]
        booked = await ledger.accounts(tx, codes)
        terms = {each.code: each for each in booked if isinstance(each, Terms)}
    payments = transfers = None
    if visit.holds(Scope.REMITTANCES_READ):
        payments = await lines_of(tx, await remittance.of_customer(tx, found.id, None, _NEWEST))
        moved = await domestic.transfers_of(tx, found.id, None, _NEWEST)
        transfers = transfer_lines(moved, visit.door.node.country, found.display_name)
    people = await roll.acting_for(tx, [found.id])
    keys = endpoints = trail = None
    if visit.holds(Scope.KEYS_MANAGE):
        keys = await roll.keys_of(tx, [each.id for each in people], PAGE)
    if visit.holds(Scope.WEBHOOKS_MANAGE):
        endpoints = await webhooks.about(tx, found.id, PAGE)
    if visit.holds(Scope.AUDIT_READ):
        trail = await access.audit_of(tx, [found.id, *ids], _TRAIL)
    aliases = await parties.aliases_of(tx, ids)
    return Known(aliases, overview, terms, payments, transfers, people, keys, endpoints, trail)


def _named(known: Known, proposals: Iterable[Proposal]) -> list[str]:
    trail = [each.entry.actor for each in known.trail or ()]
    return [*trail, *(each.proposed_by for each in proposals)]


async def _proposals(tx: Tx, visit: Visit) -> Mapping[str, Proposal]:
    if not visit.holds(Scope.ACCOUNTS_FREEZE):
        return {}
    return await pending(tx, visit, _FREEZES.values(), "account_id")


async def ask(visit: Visit) -> Response:
    """One account: whether it is frozen or stopped, what happened to it, and what to propose."""
    async with visit.door.database.read() as tx:
        held = await _holding(tx, visit)
        terms = (await ledger.accounts(tx, [held.account.ledger_code]))[0]
        if isinstance(terms, NotFound):
            raise terms
        happened: Sequence[Happening] = await events.of(tx, held.account.id)
        proposal = (await _proposals(tx, visit)).get(held.account.id)
        names = await names_of(tx, [proposal.proposed_by] if proposal else [])
    return visit.shown(
        "account.html",
        held=held,
        standing=terms.status.value,
        happened=happened,
        proposal=proposal,
        names=names,
    )


async def _holding(tx: Tx, visit: Visit) -> Holding:
    wanted = AccountId(str(visit.request.path_params["id"]))
    found = (await parties.accounts(tx, [wanted]))[0]
    if isinstance(found, NotFound):
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=wanted)
    return found


async def propose(visit: Visit) -> Response:
    """A freeze, or the end of one; somebody else has to approve it."""
    action = _FREEZES.get(visit.form.get("verdict", ""))
    if action is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND, path=visit.form.get("verdict", ""))
    why = why_of(visit.form)
    async with visit.door.database.read() as tx:
        held = await _holding(tx, visit)
        terms = (await ledger.accounts(tx, [held.account.ledger_code]))[0]
    if isinstance(terms, NotFound):
        raise terms
    wanted = "open" if action is Action.ACCOUNT_FREEZE else "frozen"
    if terms.status.value != wanted:
        state = terms.status.value
        raise Conflict(Reason.STATE_CONFLICT, account=held.account.id, state=state)
    said = {
        "account_id": held.account.id,
        "ledger_code": held.account.ledger_code,
        "legal_reason": why.legal_reason,
        "citation": why.citation,
    }
    return await keep(visit, Wish(action, said))


_READ = frozenset({Scope.PARTIES_READ})
PAGES = (
    Page("customers", "/customers", show_all, _READ, section="work"),
    Page("customers", "/customers/{id}", show, _READ),
    Page("customers", "/accounts/{id}", ask, frozenset({Scope.ACCOUNTS_FREEZE}), act=propose),
)
