"""What events are about: the names callers know, and whose each thing is."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from qantara.access.webhooks.model import EVERY
from qantara.db import Tx
from qantara.db.events import Happening
from qantara.domestic import flow as domestic
from qantara.domestic.model import ArrivalState, DemandState, RequestState
from qantara.domestic.model import State as TransferState
from qantara.errors import NotFound
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.payees import flow as payees
from qantara.payees.model import CheckState
from qantara.remittance import flow as remittance
from qantara.remittance.case_model import RETURNED, Case
from qantara.remittance.model import CaseState, Inbound, InboundState
from qantara.remittance.model import State as RemittanceState
from qantara.wallet import flow as wallet
from qantara.wallet.model import PotState, RunState, ScheduleState

Owners = Callable[[Tx, Sequence[str]], Awaitable[Mapping[str, str]]]
"""Ids to the customers whose they are, in one read; what is nobody's is left out."""
PING = "endpoint.tested"
"""The type of the event that an owner sends to an own endpoint."""


class Subject(NamedTuple):
    """A kind of thing that events are about; only `states` are told."""

    noun: str
    states: frozenset[str]
    owners: Owners


class Known(NamedTuple):
    """What happened, in the words of those who are told of it."""

    type: str
    customer_id: str
    happened: Happening


async def _remittances(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    """A quote that ran out is told of only where it was accepted, and reviewed, before."""
    found = await remittance.remittances(tx, ids)
    return {
        each.id: each.quote.request.customer_id
        for each in found
        if not isinstance(each, NotFound)
        if each.state is not RemittanceState.EXPIRED or each.hold_id is not None
    }


async def _checks(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await payees.checks(tx, ids)
    return {each.id: each.customer_id for each in found if not isinstance(each, NotFound)}


async def _incoming(tx: Tx, uetrs: Sequence[str]) -> Mapping[str, str]:
    found = await remittance.received_payments(tx, uetrs)
    credited = {
        each.uetr: AccountId(each.account_id)
        for each in found
        if isinstance(each, Inbound) and each.account_id is not None
    }
    return await _of_accounts(tx, credited)


async def _of_accounts(tx: Tx, accounts: Mapping[str, AccountId]) -> Mapping[str, str]:
    holdings = await parties.accounts(tx, list(accounts.values()))
    return {
        each: holding.customer.id
        for each, holding in zip(accounts, holdings, strict=True)
        if isinstance(holding, Holding)
    }


async def _transfers(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await domestic.transfers(tx, ids)
    return {each.id: each.customer_id for each in found if not isinstance(each, NotFound)}


async def _requests(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await domestic.requests(tx, ids)
    return {each.id: each.customer_id for each in found if not isinstance(each, NotFound)}


async def _demands(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await domestic.demands(tx, ids)
    return {
        each.id: each.customer_id
        for each in found
        if not isinstance(each, NotFound) and each.customer_id is not None
    }


async def _cases(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    """Those that a customer asked for."""
    found = await remittance.cases_by_id(tx, ids)
    return {
        each.id: each.customer_id for each in found if isinstance(each, Case) and each.customer_id
    }


async def _arrivals(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await domestic.arrivals_by_id(tx, ids)
    credited = {each.id: AccountId(each.account_id) for each in found if each.account_id}
    return await _of_accounts(tx, credited)


async def _accounts(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    return await _of_accounts(tx, {each: AccountId(each) for each in ids})


async def _pots(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await wallet.pots(tx, ids)
    return {each.pot.id: each.pot.customer_id for each in found if not isinstance(each, NotFound)}


async def _schedules(tx: Tx, ids: Sequence[str]) -> Mapping[str, str]:
    found = await wallet.schedules(tx, ids)
    return {each.id: each.terms.customer_id for each in found if not isinstance(each, NotFound)}


# A quote is no remittance to its customer yet.
_TOLD_REMITTANCES = frozenset({*(set(RemittanceState) - {RemittanceState.QUOTED}), RETURNED})
_UETR = ""
_TOLD_DEMANDS = frozenset(set(DemandState) - {DemandState.RECEIVED, DemandState.REFUSED})
_TOLD_ARRIVALS = frozenset({ArrivalState.CREDITED, ArrivalState.REVERSED})
_TOLD_SCHEDULES = frozenset(
    {*ScheduleState, wallet.REMINDED, RunState.PLACED.value, RunState.REFUSED.value}
)
SUBJECTS: Mapping[str, Subject] = {
    "rem": Subject("remittance", _TOLD_REMITTANCES, _remittances),
    "cse": Subject("case", frozenset(CaseState), _cases),
    "chk": Subject("payee_check", frozenset(set(CheckState) - {CheckState.ASKED}), _checks),
    "trf": Subject("transfer", frozenset(set(TransferState) - {TransferState.ORDERED}), _transfers),
    "prq": Subject("payment_request", frozenset(RequestState), _requests),
    "dmd": Subject("payment_demand", _TOLD_DEMANDS, _demands),
    "arr": Subject("incoming_transfer", _TOLD_ARRIVALS, _arrivals),
    "acc": Subject("account", frozenset({wallet.STOPPED, wallet.RESUMED}), _accounts),
    "pot": Subject("pot", frozenset(PotState), _pots),
    "sch": Subject("schedule", _TOLD_SCHEDULES, _schedules),
    _UETR: Subject(
        "incoming_payment",
        frozenset({InboundState.CREDITED, InboundState.REVERSED}),
        _incoming,
    ),
}
"""By the prefix of their ids; what came in has no id of ours and goes by its UETR."""


def event_types() -> frozenset[str]:
    """Every type that an endpoint can ask for: one event, all of one noun, all."""
    types = {f"{each.noun}.{state}" for each in SUBJECTS.values() for state in each.states}
    return frozenset(types | {f"{each.noun}.*" for each in SUBJECTS.values()} | {EVERY})


async def known(tx: Tx, happenings: Iterable[Happening]) -> list[Known]:
    """What is told of these events, in their order: one read for each kind of thing."""
    told = [(_subject(each), each) for each in happenings]
    wanted = [(kind, each) for kind, each in told if kind and each.state in kind.states]
    owners: dict[str, str] = {}
    for kind in SUBJECTS.values():
        ids = list(dict.fromkeys(each.subject for each_kind, each in wanted if each_kind is kind))
        if ids:
            owners |= await kind.owners(tx, ids)
    return [
        Known(f"{kind.noun}.{each.state}", owners[each.subject], each)
        for kind, each in wanted
        if each.subject in owners
    ]


def _subject(happening: Happening) -> Subject | None:
    prefix, underscore, _ = happening.subject.partition("_")
    return SUBJECTS.get(prefix if underscore else _UETR)
