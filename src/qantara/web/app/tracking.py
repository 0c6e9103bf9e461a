"""One payment of one's own: where it is, what it cost, and the receipt."""

from collections.abc import Sequence
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.db import Tx, events
from qantara.domestic import flow as domestic
from qantara.domestic.model import FINAL as TRANSFER_FINAL
from qantara.domestic.records import Arrival, ArrivalKind, Transfer
from qantara.edge.own_payments import own_remittance, own_transfer, payee_names, review_means
from qantara.edge.pricing import total_cost
from qantara.errors import NotFound, Reason
from qantara.ids import AccountId
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.remittance import flow as remittance
from qantara.remittance.case_model import GivenBack
from qantara.remittance.model import FINAL as REMITTANCE_FINAL
from qantara.remittance.model import Inbound, Quote, Remittance
from qantara.remittance.review_model import Review
from qantara.web.app import crossing
from qantara.web.app.crossing import Crossing
from qantara.web.app.following import Step, steps
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_UETR_LENGTH = 36


class Tracked(NamedTuple):
    """A payment that was sent, as its pages show it; `fee` is ours, on top or within. A quote
    is there where money was exchanged.
    """

    crossing: Crossing
    steps: Sequence[Step]
    final: bool
    quote: Quote | None
    cost: Money | None
    fee: Money
    account_id: str
    uetr: str
    purpose: str
    note: str
    reference: str
    citation: str
    check_id: str
    backs: Sequence[GivenBack] = ()
    review: Review | None = None
    review_text: str = ""


class Came(NamedTuple):
    """A payment that arrived."""

    uetr: str
    sender: str
    sent: Money
    fee: Money | None
    credited: Money
    note: str
    account_id: str
    dispute_about: str


async def show(visit: Visit) -> Response:
    return await _shown(visit, "track.html")


async def show_receipt(visit: Visit) -> Response:
    return await _shown(visit, "receipt.html")


async def show_steps(visit: Visit) -> Response:
    """The steps alone, for whoever puts them into the page anew."""
    return await _shown(visit, "steps.html")


async def _shown(visit: Visit, template: str) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        if wanted.startswith("rem_"):
            found = await own_remittance(tx, visit.caller, wanted)
            return visit.shown(template, told=await _abroad(tx, visit, found))
        if wanted.startswith("trf_"):
            return visit.shown(
                template,
                told=await _inside(tx, visit, await own_transfer(tx, visit.caller, wanted)),
            )
        sent = await _sent_by_uetr(tx, visit, wanted)
        if sent:
            return gone_on(visit.site, f"{visit.site.path}/payments/{sent}")
        return visit.shown("came.html", came=await _came(tx, visit, wanted))


async def _sent_by_uetr(tx: Tx, visit: Visit, uetr: str) -> str | None:
    if len(uetr) != _UETR_LENGTH:
        raise _unknown(uetr)
    abroad = (await remittance.by_uetrs(tx, [uetr])).get(uetr)
    if abroad is not None and visit.caller.sees(abroad.quote.request.customer_id):
        return abroad.id
    inside = (await domestic.by_uetrs(tx, [uetr])).get(uetr)
    return inside.id if inside is not None and visit.caller.sees(inside.customer_id) else None


async def _came(tx: Tx, visit: Visit, uetr: str) -> Came:
    inbound = (await remittance.received_payments(tx, [uetr]))[0]
    if isinstance(inbound, Inbound) and await _is_own(tx, visit, inbound.account_id):
        return Came(
            *(uetr, inbound.sender_name, inbound.sent, inbound.fee, inbound.credited),
            *(inbound.note or "", inbound.account_id or "", uetr),
        )
    arrival = (await domestic.arrivals(tx, ArrivalKind.PAYMENT, [uetr]))[0]
    if isinstance(arrival, Arrival) and await _is_own(tx, visit, arrival.account_id):
        return Came(
            *(uetr, arrival.sender_name, arrival.amount, None, arrival.amount),
            *(arrival.note or "", arrival.account_id or "", arrival.id),
        )
    raise _unknown(uetr)


def _unknown(uetr: str) -> NotFound:
    return NotFound(Reason.REMITTANCE_NOT_FOUND, id=uetr)


async def _is_own(tx: Tx, visit: Visit, account_id: str | None) -> bool:
    if account_id is None:
        return False
    found = (await parties.accounts(tx, [AccountId(account_id)]))[0]
    return not isinstance(found, NotFound) and visit.caller.sees(found.customer.id)


async def _abroad(tx: Tx, visit: Visit, found: Remittance) -> Tracked:
    names = await payee_names(tx, [found])
    backs = await remittance.given_back(tx, [found.uetr] if found.uetr else [])
    review = (await remittance.reviews_of(tx, [found.id])).get(found.id)
    happened = await events.of(tx, found.id)
    way = crossing.abroad(visit, found, names.get(found.payee_check_id or ""))
    means = review_means(review) if review is not None else None
    return Tracked(
        way,
        steps(visit, happened, way.stops, way.payee, _ended(visit, found)),
        found.state in REMITTANCE_FINAL,
        found.quote,
        total_cost(found.quote),
        found.quote.sender_fee,
        found.quote.request.account_id,
        found.uetr or "",
        *_words(found),
        backs.get(found.uetr or "", ()),
        review,
        visit.words.sentence(means) if means is not None else "",
    )


async def _inside(tx: Tx, visit: Visit, found: Transfer) -> Tracked:
    happened = await events.of(tx, found.id)
    way = crossing.inside(visit, found)
    return Tracked(
        way,
        steps(visit, happened, way.stops, way.payee, _ended(visit, found)),
        found.state in TRANSFER_FINAL,
        None,
        None,
        found.fee,
        found.account_id,
        found.uetr,
        *_words(found),
    )


def _words(found: Remittance | Transfer) -> tuple[str, str, str, str, str]:
    return (
        found.purpose or "",
        found.note or "",
        found.reference or "",
        found.citation or "",
        found.payee_check_id or "",
    )


def _ended(visit: Visit, found: Remittance | Transfer) -> str:
    """Why it came to nothing, and that the money is back."""
    if found.reason is None:
        return ""
    return visit.words.sentence(found.reason)


_READ = frozenset({Scope.REMITTANCES_READ})
PAGES = (
    Page("activity", "/payments/{id}", show, _READ),
    Page("activity", "/payments/{id}/receipt", show_receipt, _READ),
    Page("activity", "/payments/{id}/steps", show_steps, _READ),
)
