"""Ask settled money back, and take what the other side says to it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines, events
from qantara.db.mail import Outgoing, Received, send, take
from qantara.domestic import arrival_store, messages, recall_store, rules, store
from qantara.domestic.model import (
    ARRIVAL_TRANSITIONS,
    FINAL,
    KIND,
    RECALL_TRANSITIONS,
    UNCLAIMED,
    ArrivalEvent,
    ArrivalState,
    Member,
    RecallEvent,
    RecallState,
    State,
)
from qantara.domestic.receiving import contradiction
from qantara.domestic.records import Arrival, ArrivalKind, AskBack, Recall, Transfer
from qantara.errors import Conflict, NotFound, Reason, Refused, Unavailable
from qantara.ledger import flow as ledger
from qantara.rails.model import Investigation, InvestigationResolution, PaymentReturn

Asked = Recall | Refused | Conflict | NotFound
Move = tuple[Recall, RecallEvent, str | None]
_EVENT_OF_WORD = {
    Investigation.CNCL: RecallEvent.GRANT,
    Investigation.RJCR: RecallEvent.REFUSE,
}
_WAITING = frozenset({RecallState.ASKED, RecallState.OVERDUE, RecallState.GRANTED})


async def recall(tx: Tx, node: Member, asks: Sequence[AskBack], now: datetime) -> list[Asked]:
    """Leave camt.056 for a completed transfer, once; asked again it is the same recall."""
    if not node.exceptions:
        return [Refused(Reason.RECALL_UNAVAILABLE) for _ in asks]
    transfers = await store.lock(tx, [each.transfer_id for each in asks])
    known = await recall_store.lock_recalls_of(tx, list(transfers))
    new: dict[str, Recall] = {}
    outcomes: list[Asked] = []
    for each in asks:
        transfer = transfers.get(each.transfer_id)
        if transfer is None:
            outcomes.append(NotFound(Reason.TRANSFER_NOT_FOUND, id=each.transfer_id))
            continue
        before = known.get(transfer.id) or new.get(transfer.id)
        if before is not None:
            same = before.reason is each.reason
            outcomes.append(before if same else Conflict(Reason.STATE_CONFLICT, id=before.id))
        elif transfer.payee.bic == node.bic:
            outcomes.append(Refused(Reason.RECALL_UNAVAILABLE))
        elif transfer.state is not State.COMPLETED:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, id=transfer.id, state=transfer.state))
        else:
            outcomes.append(new.setdefault(transfer.id, _asked(each, now)))
    if new:
        await recall_store.add_recalls(tx, list(new.values()))
        written = [(each, transfers[key]) for key, each in new.items()]
        await send(tx, [_letter(node, each, of, now) for each, of in written], now)
        due_at = rules.recall_due_at(node, now)
        await deadlines.set(tx, KIND, [(each.id, due_at) for each in new.values()])
        await events.add(tx, [(each.id, each.state.value) for each in new.values()], now)
    return outcomes


def _asked(each: AskBack, now: datetime) -> Recall:
    message_id = ids.new_message_id()
    return Recall(
        each.id, each.transfer_id, RecallState.ASKED, each.reason, message_id, each.by, now
    )


def _letter(node: Member, recall: Recall, of: Transfer, now: datetime) -> Outgoing:
    return messages.letter(node, messages.cancellation_request(node, recall, of, now), of.uetr)


async def advance(tx: Tx, moves: Sequence[Move], now: datetime) -> None:
    """Make moves and their events; one made stands where the last of a batch leaves it."""
    made: dict[str, tuple[Recall, RecallState, str | None]] = {}
    told = []
    for recall, event, code in moves:
        stands = made[recall.id][1] if recall.id in made else recall.state
        after = RECALL_TRANSITIONS.get((stands, event))
        if after is None:
            continue
        made[recall.id] = (recall, after, code)
        if after is not stands:
            told.append((recall.id, after.value))
    if not made:
        return
    if not all(await recall_store.advance_recalls(tx, list(made.values()))):
        raise Conflict(Reason.STATE_CONFLICT, detail="a recall moved meanwhile")
    await events.add(tx, told, now)
    ended = [key for key, (_, state, _) in made.items() if state not in _WAITING]
    await deadlines.clear(tx, KIND, ended)


async def resolved(
    tx: Tx, _node: Member, received: Sequence[Received[InvestigationResolution]], now: datetime
) -> list[NotFound | None]:
    """Take camt.029. A yes is a promise: the money itself comes by pacs.004."""
    await take(tx, [each.message for each in received], now)
    uetrs = [each.record.uetr for each in received]
    transfers = await store.by_uetrs(tx, uetrs)
    found = await recall_store.lock_recalls_of(tx, [each.id for each in transfers.values()])
    moves: list[Move] = []
    outcomes: list[NotFound | None] = []
    for each in received:
        transfer = transfers.get(each.record.uetr)
        asked = found.get(transfer.id) if transfer else None
        if asked is None:
            outcomes.append(NotFound(Reason.TRANSFER_NOT_FOUND, uetr=each.record.uetr))
            continue
        outcomes.append(None)
        event = _EVENT_OF_WORD.get(each.record.status)
        if event is not None:
            moves.append((asked, event, each.record.reason))
    await advance(tx, moves, now)
    return outcomes


async def given_back(
    tx: Tx, node: Member, received: Sequence[Received[PaymentReturn]], now: datetime
) -> list[Conflict | NotFound | Unavailable | None]:
    """Take pacs.004, recalled or not: the system has settled it, so it is never refused. What
    the account that paid can no longer take is kept for its customer apart. One that comes
    before the word that its transfer was settled is to come again (`Unavailable`).
    """
    await take(tx, [each.message for each in received], now)
    transfers = await store.by_uetrs(tx, [each.record.uetr for each in received])
    arriving: dict[str, Arrival] = {}
    outcomes: list[Conflict | NotFound | Unavailable | None] = []
    known = await arrival_store.by_uetrs(tx, ArrivalKind.RETURN, list(transfers))
    for each in received:
        transfer = transfers.get(each.record.uetr)
        if transfer is not None and transfer.state not in FINAL:
            facts = {"party": node.ips, "detail": "not settled yet"}
            outcomes.append(Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, **facts))
            continue
        if transfer is None or not _fits(each.record, transfer):
            outcomes.append(NotFound(Reason.RETURN_UNMATCHED, uetr=each.record.uetr))
            continue
        arrival = _arrival(each.record, transfer)
        before = known.get(arrival.uetr) or arriving.setdefault(arrival.uetr, arrival)
        outcomes.append(
            contradiction(before, arrival)
            if before.message_id == arrival.message_id
            else Conflict(Reason.MESSAGE_DUPLICATE, uetr=arrival.uetr)
        )
    await _credit(tx, node, list(arriving.values()), now)
    back = [transfers[uetr].id for uetr in arriving]
    found = await recall_store.lock_recalls_of(tx, back)
    await advance(tx, [(each, RecallEvent.RETURN, None) for each in found.values()], now)
    return outcomes


def _fits(record: PaymentReturn, transfer: Transfer) -> bool:
    """Whether this can be what we paid, or a part of it."""
    same_asset = record.returned_amount.asset == transfer.amount.asset
    is_settled = transfer.state is State.COMPLETED
    return is_settled and same_asset and 0 < record.returned_amount.minor <= transfer.amount.minor


def _arrival(record: PaymentReturn, transfer: Transfer) -> Arrival:
    key = rules.arrival_id(ArrivalKind.RETURN, record.uetr)
    return Arrival(
        id=key,
        kind=ArrivalKind.RETURN,
        uetr=record.uetr,
        state=rules.moved(ARRIVAL_TRANSITIONS, ArrivalState.RECEIVED, ArrivalEvent.CREDIT, key),
        account_id=transfer.account_id,
        account_code=transfer.account_code,
        amount=record.returned_amount,
        sender_name=transfer.payee.name,
        sender_account=transfer.payee.account.number or "",
        sender_bic=record.instructing_agent.bic,
        end_to_end_id=record.original_end_to_end_id,
        transaction_id=record.original_transaction_id,
        message_id=record.message_id,
        note=record.reason,
    )


async def _credit(tx: Tx, node: Member, arrivals: Sequence[Arrival], now: datetime) -> None:
    if not arrivals:
        return
    posted = await ledger.post(tx, [rules.credit(node, each, now) for each in arrivals], now)
    outcomes = list(zip(arrivals, posted, strict=True))
    lost = [each for each, outcome in outcomes if outcome.refusal is not None]
    await ledger.must_post(tx, [rules.keep_unclaimed(node, each, now) for each in lost], now)
    kept = [
        each if outcome.refusal is None else replace(each, account_code=UNCLAIMED)
        for each, outcome in outcomes
    ]
    await arrival_store.add(tx, kept, now)
    await events.add(tx, [(each.id, each.state.value) for each in kept], now)


async def time_out(tx: Tx, node: Member, subjects: Sequence[str], now: datetime) -> None:
    """A recall without an answer, or a promise without money, is told and waited for again."""
    found = await recall_store.lock_recalls(tx, subjects)
    waiting = [each for each in found.values() if each.state in _WAITING]
    await advance(tx, [(each, RecallEvent.TIME_OUT, None) for each in waiting], now)
    await deadlines.set(tx, KIND, [(each.id, rules.recall_due_at(node, now)) for each in waiting])
