"""Where the money of a payment is: one stop for each party that holds it on the way."""

from collections.abc import Sequence
from typing import NamedTuple

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.model import FINAL as TRANSFER_FINAL
from qantara.domestic.records import Transfer
from qantara.edge.own_payments import holder_of, payee_names
from qantara.ids import CustomerId
from qantara.money import Money
from qantara.remittance import flow as remittance
from qantara.remittance.model import FINAL as REMITTANCE_FINAL
from qantara.remittance.model import Remittance
from qantara.web.visits import Visit

NEWEST = 20
_SYSTEMS = {
    "duitnow": "DuitNow",
    "raast": "Raast",
    "tips": "TIPS",
    "nexus": "Nexus",
    "promptpay": "PromptPay",
    "bifast": "BI-FAST",
    "instapay": "InstaPay",
    "bakong": "Bakong",
}
"""How payment systems write themselves; another goes by its role's name."""
_BACK = frozenset({"rejected", "refused", "expired", "returned"})
_WAITING = frozenset({"in_review", "overdue"})


class Stop(NamedTuple):
    """A party on the way. `state` is done, now, waits, refused or next; `holds` says that the
    money is with a payment system.
    """

    name: str
    state: str
    holds: bool = False


class Crossing(NamedTuple):
    """A payment as its sender follows it."""

    id: str
    path: str
    state: str
    payee: str
    place: str
    system: str
    sent: Money
    received: Money | None
    stops: tuple[Stop, ...]


def system_name(role: str) -> str:
    return _SYSTEMS.get(role, role.upper())


def stops(visit: Visit, way: Sequence[str], payee: str, last: str) -> tuple[Stop, ...]:
    """You, the payment systems in their order, the payee; one of them has the money now."""
    systems = [system_name(each) for each in way]
    names = [visit.words("track.you"), *systems, payee or visit.words("track.payee")]
    place, state = _stands(last, len(names))
    return tuple(
        Stop(
            name,
            "done" if number < place else state if number == place else "next",
            holds=0 < number < len(names) - 1,
        )
        for number, name in enumerate(names)
    )


def _stands(last: str, count: int) -> tuple[int, str]:
    holder = holder_of(last)
    if holder == "recipient_institution":
        return count - 1, "done"
    if holder == "authority":
        return count - 2, "refused"
    state = "refused" if last in _BACK else "waits" if last in _WAITING else "now"
    return int(holder == "system"), state


def abroad(visit: Visit, found: Remittance, payee: str | None) -> Crossing:
    quote = found.quote
    country = quote.request.destination_country
    corridor = visit.door.node.corridors.get(country)
    way = tuple(corridor.rails) if corridor else ()
    return Crossing(
        found.id,
        f"{visit.site.path}/payments/{found.id}",
        found.state.value,
        payee or "",
        country,
        system_name(way[-1]) if way else "",
        quote.total_debit,
        quote.offer.received,
        stops(visit, way, payee or "", found.state.value),
    )


def inside(visit: Visit, found: Transfer) -> Crossing:
    system, payee = visit.door.node.ips, found.payee.shown or ""
    return Crossing(
        found.id,
        f"{visit.site.path}/payments/{found.id}",
        found.state.value,
        payee,
        visit.door.node.country,
        system_name(system),
        found.amount,
        None,
        stops(visit, (system,), payee, found.state.value),
    )


async def on_the_way(tx: Tx, visit: Visit, owner: CustomerId) -> list[Crossing]:
    """What the customer sent of late and has not ended, the newest first of each kind."""
    sent = await remittance.of_customer(tx, owner, None, NEWEST)
    open_ = [each for each in sent if each.state not in REMITTANCE_FINAL]
    names = await payee_names(tx, open_)
    transfers = await domestic.transfers_of(tx, owner, None, NEWEST)
    return [
        *(abroad(visit, each, names.get(each.payee_check_id or "")) for each in open_),
        *(inside(visit, each) for each in transfers if each.state not in TRANSFER_FINAL),
    ]
