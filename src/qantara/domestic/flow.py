"""The verbs of payments inside one payment system, on the paying and on the paid side."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, deadlines
from qantara.db.mail import Received, take
from qantara.domestic import (
    arrival_store,
    demand_store,
    paying,
    recall_store,
    recalling,
    receiving,
    request_store,
    requesting,
    returning,
    rules,
    sending,
    store,
)
from qantara.domestic.model import CAPITAL, FEES, KIND, LATE_ANSWER, UNCLAIMED, Event, Member
from qantara.domestic.ordering import send
from qantara.domestic.paying import accept, present, reject
from qantara.domestic.recalling import given_back, recall, resolved
from qantara.domestic.receiving import receive
from qantara.domestic.records import (
    Arrival,
    ArrivalKind,
    Change,
    Demand,
    Recall,
    Request,
    Return,
    Transfer,
)
from qantara.domestic.requesting import answered, ask
from qantara.domestic.returning import decide, recalled
from qantara.domestic.sending import acknowledge
from qantara.domestic.store import by_uetrs, customers
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, LedgerRow, NewAccount
from qantara.rails import reasons
from qantara.rails.model import PaymentStatus

__all__ = [
    "accept",
    "acknowledge",
    "answered",
    "arrivals",
    "arrivals_by_id",
    "ask",
    "bounce",
    "by_uetrs",
    "conclude",
    "customers",
    "decide",
    "demands",
    "demands_of",
    "expire",
    "given_back",
    "open_books",
    "open_returns",
    "payer_fee",
    "present",
    "recall",
    "recalled",
    "recalls_of",
    "receive",
    "reject",
    "requests",
    "requests_of",
    "resolved",
    "rows_of",
    "send",
    "takes_requests",
    "transfers",
    "transfers_by_uetr",
    "transfers_of",
]
takes_requests = rules.takes_requests
payer_fee = rules.payer_fee
BATCH = 500


async def open_books(tx: Tx, node: Member, commands: Sequence[None], now: datetime) -> list[None]:
    """Open the institution's own accounts; that another product opened them is no fault."""
    asset, ips = node.asset, node.ips
    opened = await ledger.open_accounts(
        tx,
        [
            NewAccount(node.claim, asset, AccountClass.SAFEGUARDED, keeper=ips),
            NewAccount(node.own, asset, AccountClass.OWN_FUNDS, keeper=ips),
            NewAccount(FEES, asset, AccountClass.INCOME),
            NewAccount(UNCLAIMED, asset, AccountClass.E_MONEY),
            NewAccount(LATE_ANSWER, asset, AccountClass.EXPENSE),
            NewAccount(CAPITAL, asset, AccountClass.EQUITY),
        ],
        now,
    )
    for outcome in opened:
        if isinstance(outcome, Conflict):
            raise outcome
    return [None] * len(commands)


async def conclude(
    tx: Tx, node: Member, received: Sequence[Received[PaymentStatus]], now: datetime
) -> list[Conflict | NotFound | None]:
    """Take pacs.002: the end of a transfer or return we sent, or a word on what we received.

    Which of them it is, the message it answers says; `NotFound` for one that is none of them.
    """
    await take(tx, [each.message for each in received], now)
    answers = [each.record for each in received]
    keys = [answer.original_message_id for answer in answers]
    transfers = await store.lock_by_message(tx, keys)
    back = await recall_store.lock_returns_by_message(tx, keys)
    came = await arrival_store.lock_by_uetr(tx, [answer.uetr for answer in answers])
    ours = [a for a in answers if a.original_message_id in transfers]
    ours_back = [a for a in answers if a.original_message_id in back]
    theirs = [a for a in answers if (a.uetr, a.original_message_id) in came]
    said, changes = await sending.conclude(tx, node, transfers, ours, now)
    outcomes: dict[int, Conflict | None] = {}
    outcomes |= _by_answer(ours, said)
    outcomes |= _by_answer(ours_back, await returning.conclude(tx, node, back, ours_back, now))
    outcomes |= _by_answer(theirs, await receiving.confirm(tx, node, came, theirs, now))
    await paying.ended(tx, node, changes, now)
    return [
        outcomes.get(id(answer)) if id(answer) in outcomes else _nowhere(answer)
        for answer in answers
    ]


def _by_answer(
    answers: Sequence[PaymentStatus], said: Sequence[Conflict | None]
) -> dict[int, Conflict | None]:
    return {id(answer): outcome for answer, outcome in zip(answers, said, strict=True)}


def _nowhere(answer: PaymentStatus) -> NotFound:
    return NotFound(Reason.TRANSFER_NOT_FOUND, uetr=answer.uetr, message=answer.original_message_id)


async def bounce(
    tx: Tx, node: Member, bounced: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    """The payment system will never take these messages (id, its reason): undo what they stood
    for. Whoever asked for it sees it as rejected.
    """
    transfers = await sending.bounce(tx, bounced, now)
    said = dict(bounced)
    changes = [
        Change(each, Event.REJECT, Refused(reasons.reason_said(said[each.message_id])))
        for each in transfers.values()
    ]
    await paying.ended(tx, node, changes, now)
    await requesting.bounce(tx, bounced, now)
    await returning.bounce(tx, node, bounced, now)
    return [None] * len(bounced)


async def expire(tx: Tx, node: Member, commands: Sequence[None], now: datetime) -> list[int]:
    """Look after whatever has waited too long; the number of things looked after."""
    subjects = await deadlines.take(tx, KIND, BATCH, now)

    def of(prefix: str) -> list[str]:
        return [subject for subject in subjects if subject.startswith(prefix)]

    await sending.time_out(tx, node, of("trf_"), now)
    await requesting.time_out(tx, of("prq_"), now)
    await paying.time_out(tx, node, of("dmd_"), now)
    await recalling.time_out(tx, node, of("rcl_"), now)
    await returning.time_out(tx, node, of("ret_"), now)
    return [len(subjects)] * len(commands)


async def transfers(tx: Tx, ids: Sequence[str]) -> list[Transfer | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.TRANSFER_NOT_FOUND, id=each) for each in ids]


async def transfers_by_uetr(tx: Tx, uetrs: Sequence[str]) -> list[Transfer | NotFound]:
    found = await store.by_uetrs(tx, uetrs)
    return [found.get(each) or NotFound(Reason.TRANSFER_NOT_FOUND, uetr=each) for each in uetrs]


async def rows_of(tx: Tx, transfer: Transfer) -> list[LedgerRow]:
    """What a transfer left behind in the books."""
    return await ledger.rows_about(tx, rules.began_with(transfer), [transfer.uetr])


async def transfers_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Transfer]:
    """A customer's transfers, newest first, those before a sequence number."""
    return await store.of_customer(tx, customer_id, before, limit)


async def arrivals(tx: Tx, kind: ArrivalKind, uetrs: Sequence[str]) -> list[Arrival | NotFound]:
    found = await arrival_store.by_uetrs(tx, kind, uetrs)
    return [found.get(each) or NotFound(Reason.TRANSFER_NOT_FOUND, uetr=each) for each in uetrs]


async def arrivals_by_id(tx: Tx, ids: Sequence[str]) -> list[Arrival]:
    """What arrived, as far as it is known under these ids."""
    return await arrival_store.by_ids(tx, ids)


async def requests(tx: Tx, ids: Sequence[str]) -> list[Request | NotFound]:
    found = await request_store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=each) for each in ids]


async def requests_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Request]:
    """The requests that a customer made, newest first."""
    return await request_store.of_customer(tx, customer_id, before, limit)


async def demands(tx: Tx, ids: Sequence[str]) -> list[Demand | NotFound]:
    found = await demand_store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.PAYMENT_REQUEST_NOT_FOUND, id=each) for each in ids]


async def demands_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Demand]:
    """The requests that a customer is asked to pay, newest first."""
    return await demand_store.of_customer(tx, customer_id, before, limit)


async def recalls_of(tx: Tx, transfer_ids: Sequence[str]) -> dict[str, Recall]:
    """The recall of each transfer that has one."""
    return await recall_store.recalls_of(tx, transfer_ids)


async def open_returns(tx: Tx, limit: int) -> list[Return]:
    """Recalls that wait for staff, oldest first."""
    return await recall_store.waiting_returns(tx, limit)
