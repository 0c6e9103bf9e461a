"""Payments abroad and inside the country: the newest, and each with all that is known of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.db import Tx, events
from qantara.domestic import flow as domestic
from qantara.domestic.records import Transfer
from qantara.edge import flow as edge
from qantara.edge.proposing import received as received_by
from qantara.errors import NotFound, Reason
from qantara.ids import AccountId, CustomerId
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.remittance import flow
from qantara.remittance.model import Inbound, Remittance
from qantara.web.console import following
from qantara.web.console.deciding import names_of
from qantara.web.console.evidence import Evidence, evidence_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 50


class Line(NamedTuple):
    """A payment in a list."""

    id: str
    path: str
    state: str
    sent: Money
    received: Money | None
    who: str
    country: str
    at: datetime | None


class Item(NamedTuple):
    """A line of facts: its name in the catalogue, and what it is: money or text."""

    name: str
    money: Money | None = None
    text: str = ""
    kind: str = "text"


class Told(NamedTuple):
    """One payment of whatever kind, as its page shows it."""

    id: str
    kind: str
    state: str
    sent: Money
    received: Money | None
    payer: str
    payee: str
    way: tuple[str, ...]
    reason: str | None
    reason_code: str | None
    citation: str | None
    items: Sequence[Item]
    in_review: bool = False
    is_held: bool = False


async def lines_of(tx: Tx, found: Sequence[Remittance]) -> list[Line]:
    payers = await _customers(tx, [each.quote.request.customer_id for each in found])
    return [
        Line(
            each.id,
            f"/console/payments/{each.id}",
            each.state.value,
            each.quote.total_debit,
            each.quote.offer.received,
            payers.get(each.quote.request.customer_id, ""),
            each.quote.request.destination_country,
            each.accepted_at,
        )
        for each in found
    ]


def transfer_lines(found: Sequence[Transfer], country: str, payer: str) -> list[Line]:
    """Payments inside the country, all of one payer."""
    return [
        Line(
            each.id,
            f"/console/transfers/{each.id}",
            each.state.value,
            each.amount,
            None,
            payer,
            country,
            each.ordered_at,
        )
        for each in found
    ]


async def _customers(tx: Tx, ids: Iterable[CustomerId]) -> dict[str, str]:
    wanted = list(dict.fromkeys(ids))
    found = await parties.customers(tx, wanted) if wanted else []
    return {each.id: each.display_name for each in found if not isinstance(each, NotFound)}


async def show_all(visit: Visit) -> Response:
    """What was sent, the newest first; or what is overdue, the longest first."""
    only_overdue, before = visit.asked("only") == "overdue", visit.place("before")
    async with visit.door.database.read() as tx:
        if only_overdue:
            found = await flow.overdue_payments(tx, PAGE)
        else:
            found = await flow.newest(tx, before, PAGE + 1)
        lines = await lines_of(tx, found[:PAGE])
    older = found[PAGE - 1].sequence if len(found) > PAGE else None
    return visit.shown("payments.html", lines=lines, older=older, overdue=only_overdue)


async def show_received(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        found = await flow.newest_received(tx, visit.place("before"), PAGE + 1)
    older = found[PAGE - 1][0] if len(found) > PAGE else None
    return visit.shown("received.html", lines=[each for _, each in found[:PAGE]], older=older)


async def show_sent(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        found = (await flow.remittances(tx, [wanted]))[0]
        if isinstance(found, NotFound):
            raise found
        payers = await _customers(tx, [found.quote.request.customer_id])
        checks = await payees.checks(tx, [found.payee_check_id] if found.payee_check_id else [])
        since = await events.last(tx)
        evidence = await _evidence(tx, visit, (found.id, found.quote.id), found.uetr, inside=False)
        rows = await flow.rows_of_sent(tx, found)
        review = (await flow.reviews_of(tx, [found.id])).get(found.id)
        people = (review.proposed_by, review.decided_by) if review else ()
        staff = await names_of(tx, people)
    names = [each.display_name for each in checks if isinstance(each, PayeeCheck)]
    told = _sent(visit, found, payers, names[0] if names and names[0] else "")
    return visit.shown(
        "payment.html",
        told=told,
        evidence=evidence,
        rows=rows,
        review=review,
        names=staff,
        live=following.payment(told.id, since),
    )


def _sent(visit: Visit, found: Remittance, payers: dict[str, str], payee: str) -> Told:
    quote = found.quote
    corridor = visit.door.node.corridors.get(quote.request.destination_country)
    return Told(
        id=found.id,
        kind="sent",
        state=found.state.value,
        sent=quote.total_debit,
        received=quote.offer.received,
        payer=payers.get(quote.request.customer_id, quote.request.customer_id),
        payee=payee,
        way=() if corridor is None else tuple(corridor.rails),
        reason=found.reason,
        reason_code=found.reason_code,
        citation=found.citation,
        items=(
            Item("total_debit", quote.total_debit),
            Item("our_fee", quote.sender_fee),
            Item("exchanged", quote.offer.interbank_source),
            Item("rate", text=f"{quote.offer.rate:f}", kind="code"),
            Item("mid_rate", text=f"{quote.mid.rate.value:f}", kind="code"),
            Item("their_fee", quote.offer.recipient_fee),
            Item("arrives", quote.offer.received),
            Item("total_cost", text=f"{quote.total_cost_percent} %", kind="code"),
            *_words(found.purpose, found.note, found.reference),
            Item("account", text=quote.request.account_id, kind="code"),
            Item("uetr", text=found.uetr or "", kind="code"),
            Item("quote", text=quote.id, kind="code"),
        ),
        in_review=found.state.value == "in_review",
    )


def _words(purpose: str | None, note: str | None, reference: str | None) -> list[Item]:
    """What the customer said with it."""
    return [
        Item("purpose", text=purpose or "", kind="code"),
        Item("note", text=note or ""),
        Item("reference", text=reference or ""),
    ]


async def show_arrived(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        found = await received_by(tx, visit.caller, wanted)
        payee = await _holder(tx, found.account_id)
        since = await events.last(tx)
        evidence = await _evidence(tx, visit, (found.uetr,), found.uetr, inside=False)
        rows = await flow.rows_of_received(tx, found)
    told = _arrived(found, payee)
    return visit.shown(
        "payment.html",
        told=told,
        evidence=evidence,
        rows=rows,
        review=None,
        names={},
        live=following.payment(told.id, since),
    )


async def _holder(tx: Tx, account_id: str | None) -> str:
    if account_id is None:
        return ""
    found = (await parties.accounts(tx, [AccountId(account_id)]))[0]
    return "" if isinstance(found, NotFound) else found.customer.display_name


def _arrived(found: Inbound, payee: str) -> Told:
    return Told(
        id=found.uetr,
        kind="received",
        state=found.state.value,
        sent=found.sent,
        received=found.credited,
        payer=found.sender_name,
        payee=payee,
        way=(),
        reason=found.reason,
        reason_code=None,
        citation=None,
        items=(
            Item("sent", found.sent),
            Item("arrived", found.interbank),
            Item("our_fee", found.fee),
            Item("credited", found.credited),
            *((Item("taken_back", found.taken_back),) if found.taken_back else ()),
            Item("note", text=found.note or ""),
            Item("account", text=found.account_id or "", kind="code"),
            Item("sender_bank", text=found.sender_bic, kind="code"),
            Item("uetr", text=found.uetr, kind="code"),
        ),
        is_held=found.state.value == "held",
    )


async def show_transfer(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        found = (await domestic.transfers(tx, [wanted]))[0]
        if isinstance(found, NotFound):
            raise NotFound(Reason.TRANSFER_NOT_FOUND, id=wanted)
        payers = await _customers(tx, [found.customer_id])
        since = await events.last(tx)
        evidence = await _evidence(tx, visit, (found.id,), found.uetr, inside=True)
        rows = await domestic.rows_of(tx, found)
    told = _inside(visit, found, payers.get(found.customer_id, found.customer_id))
    return visit.shown(
        "payment.html",
        told=told,
        evidence=evidence,
        rows=rows,
        review=None,
        names={},
        live=following.payment(told.id, since),
    )


def _inside(visit: Visit, found: Transfer, payer: str) -> Told:
    return Told(
        id=found.id,
        kind="transfer",
        state=found.state.value,
        sent=found.amount,
        received=None,
        payer=payer,
        payee=found.payee.shown or "",
        way=(visit.door.node.ips,),
        reason=found.reason,
        reason_code=found.reason_code,
        citation=found.citation,
        items=(
            Item("sent", found.amount),
            Item("our_fee", found.fee),
            *_words(found.purpose, found.note, found.reference),
            Item("account", text=found.account_id, kind="code"),
            Item("uetr", text=found.uetr, kind="code"),
        ),
    )


async def _evidence(
    tx: Tx, visit: Visit, subjects: tuple[str, ...], uetr: str | None, *, inside: bool
) -> Evidence:
    profile = visit.door.node.profile
    happened = await events.of(tx, subjects[0])
    carried = [] if uetr is None else await edge.carried(tx, uetr)
    service = profile.inside if inside else profile
    return await evidence_of(tx, visit, subjects, happened, carried, service, uetr)


_READ = frozenset({Scope.REMITTANCES_READ})
PAGES = (
    Page("payments", "/payments", show_all, _READ, section="work"),
    Page("received", "/received", show_received, _READ, section="work"),
    Page("payments", "/payments/{id}", show_sent, _READ),
    Page("received", "/received/{id}", show_arrived, _READ),
    Page("payments", "/transfers/{id}", show_transfer, _READ),
)
