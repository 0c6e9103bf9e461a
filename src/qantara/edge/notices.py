"""What happened to a customer, in the order in which it did: from the role's events alone.

Nothing is stored twice: whose things there are, the products say, and what became of them stands
in `db.event`. Told are the newest things of each kind.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from qantara.db import Tx, events
from qantara.disputes import flow as disputes
from qantara.disputes.model import DisputeState
from qantara.domestic import flow as domestic
from qantara.domestic.model import ArrivalState, DemandState, RequestState
from qantara.domestic.model import State as TransferState
from qantara.domestic.records import ArrivalKind
from qantara.edge import subjects
from qantara.ids import CustomerId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.remittance import flow as remittance
from qantara.remittance.case_model import RETURNED
from qantara.remittance.model import InboundState
from qantara.remittance.model import State as RemittanceState
from qantara.wallet import flow as wallet
from qantara.wallet.model import MoneyRequestState, RunState

WINDOW = 100
"""Things of each kind that are looked at, the newest."""
_TOLD: Mapping[str, frozenset[str]] = {
    "rem": frozenset(
        {
            *(RemittanceState.IN_REVIEW, RemittanceState.COMPLETED, RemittanceState.REJECTED),
            *(RemittanceState.REFUSED, RemittanceState.EXPIRED, RemittanceState.BLOCKED),
            *(RemittanceState.OVERDUE, RETURNED),
        }
    ),
    "trf": frozenset({TransferState.COMPLETED, TransferState.REJECTED, TransferState.BLOCKED}),
    "prq": frozenset({RequestState.PAID, RequestState.REJECTED, RequestState.EXPIRED}),
    "dmd": frozenset({DemandState.SHOWN, DemandState.FAILED, DemandState.EXPIRED}),
    "mrq": frozenset(
        {MoneyRequestState.PAID, MoneyRequestState.DECLINED, MoneyRequestState.EXPIRED}
    ),
    "mrd": frozenset(
        {MoneyRequestState.OPEN, MoneyRequestState.CANCELLED, MoneyRequestState.EXPIRED}
    ),
    "dis": frozenset({DisputeState.ANSWERED, DisputeState.RESOLVED, DisputeState.REJECTED}),
    "sch": frozenset({wallet.REMINDED, RunState.REFUSED}),
    "acc": frozenset({wallet.STOPPED, wallet.RESUMED}),
    "arr": frozenset({ArrivalState.CREDITED, ArrivalState.REVERSED}),
    "": frozenset({InboundState.CREDITED, InboundState.REVERSED}),
}
"""The states that a customer is told of, by the prefix of the subject."""
TYPES = frozenset(
    f"{subjects.SUBJECTS[prefix].noun}.{state}"
    for prefix, states in _TOLD.items()
    for state in states
)


class Notice(NamedTuple):
    """Something that happened: `sequence` orders all, `about` is what to look at."""

    sequence: int
    type: str
    about: str
    recorded_at: datetime
    is_read: bool


async def notices_of(
    tx: Tx, customer_id: CustomerId, before: int | None, limit: int
) -> list[Notice]:
    """What happened to a customer, the newest first, before an event's number."""
    wanted = await _wanted(tx, customer_id)
    read = await wallet.read_up_to(tx, customer_id)
    found = await events.about(tx, wanted, before, limit)
    return [
        Notice(
            each.sequence,
            f"{subjects.SUBJECTS[_prefix(each.subject)].noun}.{each.state}",
            _about(each.subject),
            each.recorded_at,
            each.sequence <= read,
        )
        for each in found
    ]


async def unread(tx: Tx, customer_id: CustomerId) -> int:
    """How many of them the customer has not read."""
    read = await wallet.read_up_to(tx, customer_id)
    return await events.count_about(tx, await _wanted(tx, customer_id), read)


def _prefix(subject: str) -> str:
    prefix, underscore, _ = subject.partition("_")
    return prefix if underscore else ""


def _about(subject: str) -> str:
    """A request is one thing, whichever side is told of it."""
    return wallet.request_id(subject) if _prefix(subject) == "mrd" else subject


async def _wanted(tx: Tx, customer_id: CustomerId) -> list[tuple[str, str]]:
    """Every subject of a customer's with each state that is told of it."""
    own = [*await _made(tx, customer_id), *await _came(tx, customer_id)]
    return [(each, state) for each in own for state in sorted(_TOLD[_prefix(each)])]


async def _made(tx: Tx, customer_id: CustomerId) -> list[str]:
    """What customers do, and what others ask of them."""
    abroad = await remittance.of_customer(tx, customer_id, None, WINDOW)
    sent = await domestic.transfers_of(tx, customer_id, None, WINDOW)
    requests = await domestic.requests_of(tx, customer_id, None, WINDOW)
    demands = await domestic.demands_of(tx, customer_id, None, WINDOW)
    asked = await wallet.money_asked(tx, customer_id, None, WINDOW)
    wanted = await wallet.money_wanted(tx, customer_id, None, WINDOW)
    orders = await wallet.schedules_of(tx, customer_id, None, WINDOW)
    disputed = await disputes.disputes_of(tx, customer_id, None, WINDOW)
    return [
        *(each.id for each in abroad),
        *(each.id for each in sent),
        *(each.id for each in requests),
        *(each.id for each in demands),
        *(each.id for each in asked),
        *(wallet.demand_id(each.id) for each in wanted),
        *(each.id for each in orders),
        *(each.id for each in disputed),
    ]


async def _came(tx: Tx, customer_id: CustomerId) -> list[str]:
    """The accounts, and the payments that were credited to them: the book knows which."""
    held = (await parties.accounts_of(tx, [customer_id]))[0]
    own: list[str] = [each.id for each in held]
    for account in held:
        rows = await ledger.statement(tx, account.ledger_code, limit=WINDOW)
        for uetr in dict.fromkeys(each.reference for each in rows if each.amount > 0):
            own += [uetr, *(domestic.arrival_id(kind, uetr) for kind in ArrivalKind)]
    return [each for each in own if _prefix(each) in _TOLD]
