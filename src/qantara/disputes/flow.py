"""The verbs of disputes: opened by customers, answered and ended by staff, watched by a clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.db import Tx, deadlines, events
from qantara.disputes import filing, payments, rules, store
from qantara.disputes.filing import file, files, given, note_reading
from qantara.disputes.model import (
    FILES_MOST,
    KIND,
    OVERDUE,
    Act,
    Answering,
    Dispute,
    DisputeState,
    Entry,
    OpenDispute,
    Rule,
    Say,
)
from qantara.errors import Conflict, NotFound, Reason

__all__ = [
    "counts",
    "disputes",
    "disputes_numbered",
    "disputes_of",
    "expire",
    "file",
    "files",
    "given",
    "note_reading",
    "open_disputes",
    "overdue",
    "queue",
    "rule",
    "say",
    "timelines",
]
Told = Dispute | Conflict | NotFound
overdue = rules.overdue
queue = store.queue
counts = store.counts
BATCH = 500
_DONE = {Act.ANSWER: "answered", Act.RESOLVE: "resolved", Act.REJECT: "rejected"}


async def open_disputes(
    tx: Tx, node: Answering, wishes: Sequence[OpenDispute], now: datetime
) -> list[Told]:
    """Take up disputes about payments that the customers sent or got; of one payment one at a
    time. The same wish again gives the same dispute.
    """
    known = await store.by_ids(tx, [each.id for each in wishes])
    owners = await payments.owners(tx, [each.payment_id for each in wishes])
    running = await store.running(tx, [each.payment_id for each in wishes])
    fresh: dict[tuple[str, str], OpenDispute] = {}
    for each in wishes:
        pair = (each.customer_id, each.payment_id)
        is_own = owners.get(each.payment_id) == each.customer_id
        if is_own and each.id not in known and pair not in running:
            fresh.setdefault(pair, each)
    begun = await _begin(tx, node, list(fresh.values()), now)
    stand = known | {each.id: each for each in begun}
    running |= {(each.customer_id, each.payment_id): each for each in begun}
    return [_opened(each, stand, running) for each in wishes]


def _opened(
    wish: OpenDispute,
    stand: Mapping[str, Dispute],
    running: Mapping[tuple[str, str], Dispute],
) -> Told:
    found = stand.get(wish.id)
    if found is not None:
        same = (found.customer_id, found.payment_id, found.kind, found.words) == (
            *(wish.customer_id, wish.payment_id, wish.kind, wish.words),
        )
        return found if same else Conflict(Reason.ID_REUSED, id=wish.id)
    before = running.get((wish.customer_id, wish.payment_id))
    if before is not None:
        return Conflict(Reason.DISPUTE_EXISTS, number=before.number, id=before.id)
    return NotFound(Reason.PAYMENT_NOT_FOUND, id=wish.payment_id)


async def _begin(
    tx: Tx, node: Answering, wishes: Sequence[OpenDispute], now: datetime
) -> list[Dispute]:
    if not wishes:
        return []
    first = await store.last_number(tx, now.year, len(wishes)) - len(wishes) + 1
    new = [
        rules.opened(node, each, rules.number(now.year, first + place), now)
        for place, each in enumerate(wishes)
    ]
    await store.add(tx, new)
    said = [Entry(each.id, Act.OPEN, each.by, each.words, now) for each in wishes]
    await store.keep(tx, said)
    await filing.add(tx, [(each.id, each.file, each.by) for each in wishes], now)
    await deadlines.set(tx, KIND, [(each.id, each.due_at) for each in new if each.due_at])
    await events.add(tx, [(each.id, each.state.value) for each in new], now)
    return new


async def say(tx: Tx, node: Answering, said: Sequence[Say], now: datetime) -> list[Told]:
    """Customers add to their own disputes, or withdraw them."""
    found = await store.lock(tx, [each.dispute_id for each in said])
    own = [n for n, each in enumerate(said) if _is_own(found.get(each.dispute_id), each)]
    room = await filing.with_room(tx, [said[n] for n in own])
    able = [n for n, fits in zip(own, room, strict=True) if fits]
    acts = [
        Entry(each.dispute_id, each.act, each.by, each.words, now)
        for each in (said[n] for n in able)
    ]
    told = dict(zip(able, await _act(tx, node, found, acts, now), strict=True))
    kept = [said[n] for n, outcome in told.items() if isinstance(outcome, Dispute)]
    await filing.add(tx, [(each.dispute_id, each.file, each.by) for each in kept], now)
    full = frozenset(own) - frozenset(able)
    return [told.get(n) or _unable(each, full=n in full) for n, each in enumerate(said)]


def _unable(said: Say, *, full: bool) -> Conflict | NotFound:
    if full:
        return Conflict(Reason.FILES_TOO_MANY, id=said.dispute_id, limit=str(FILES_MOST))
    return NotFound(Reason.DISPUTE_NOT_FOUND, id=said.dispute_id)


def _is_own(dispute: Dispute | None, said: Say) -> bool:
    return dispute is not None and dispute.customer_id == said.customer_id


async def rule(tx: Tx, node: Answering, said: Sequence[Rule], now: datetime) -> list[Told]:
    """Staff answer disputes or end them, each with a reason, and it is audited."""
    found = await store.lock(tx, [each.dispute_id for each in said])
    acts = [Entry(each.dispute_id, each.act, each.by, each.words, now) for each in said]
    done = await _act(tx, node, found, acts, now)
    entries = [
        AuditEntry(each.by, f"dispute.{_DONE[each.act]}", each.dispute_id, {"number": after.number})
        for each, after in zip(said, done, strict=True)
        if isinstance(after, Dispute)
    ]
    await access.record(tx, entries, now)
    return done


async def _act(
    tx: Tx,
    node: Answering,
    found: Mapping[str, Dispute],
    acts: Sequence[Entry],
    now: datetime,
) -> list[Told]:
    """Make moves in the order of the list; of one dispute the later follow on the earlier."""
    stand = dict(found)
    outcomes: list[Told] = []
    made: list[Entry] = []
    told: list[tuple[str, str]] = []
    for each in acts:
        before = stand.get(each.dispute_id)
        if before is None:
            outcomes.append(NotFound(Reason.DISPUTE_NOT_FOUND, id=each.dispute_id))
            continue
        after = rules.moved(node, before, each.act, now)
        outcomes.append(after)
        if isinstance(after, Conflict):
            continue
        stand[after.id] = after
        made.append(each)
        # More words of the customer while an answer is awaited are news to nobody.
        if each.act is not Act.SAY or after.state is not before.state:
            told.append((after.id, after.state.value))
    touched = sorted({each.dispute_id for each in made})
    await _keep(tx, [(found[key], stand[key]) for key in touched], made)
    await events.add(tx, told, now)
    return outcomes


async def _keep(tx: Tx, moves: Sequence[tuple[Dispute, Dispute]], entries: Sequence[Entry]) -> None:
    if not moves:
        return
    if not all(await store.advance(tx, moves)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a dispute moved meanwhile")
    await store.keep(tx, entries)
    running = [(after.id, after.due_at) for _, after in moves if after.due_at is not None]
    await deadlines.set(tx, KIND, running)
    await deadlines.clear(tx, KIND, [after.id for _, after in moves if after.due_at is None])


async def expire(tx: Tx, _node: Answering, commands: Sequence[None], now: datetime) -> list[int]:
    """Tell of the clocks that ran out; how many. The dispute stays, and the last clock is set."""
    due = await deadlines.take(tx, KIND, BATCH, now)
    late = [each for each in (await store.lock(tx, due)).values() if rules.overdue(each, now)]
    if late:
        await store.keep(tx, [Entry(each.id, Act.TIME_OUT, None, None, now) for each in late])
        await events.add(tx, [(each.id, OVERDUE) for each in late], now)
    last = [
        (each.id, each.end_due_at)
        for each in late
        if each.state is DisputeState.OPEN and each.end_due_at > now
    ]
    await deadlines.set(tx, KIND, last)
    return [len(late)] * len(commands)


async def disputes(tx: Tx, ids: Sequence[str]) -> list[Dispute | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.DISPUTE_NOT_FOUND, id=each) for each in ids]


async def disputes_numbered(tx: Tx, numbers: Sequence[str]) -> list[Dispute | NotFound]:
    """By what people say of them, `QD-2026-000123`."""
    found = await store.by_numbers(tx, numbers)
    return [found.get(each) or NotFound(Reason.DISPUTE_NOT_FOUND, id=each) for each in numbers]


async def disputes_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Dispute]:
    """A customer's disputes, newest first, those before a sequence number."""
    return await store.page(tx, customer_id, before, limit)


async def timelines(tx: Tx, ids: Sequence[str]) -> dict[str, list[Entry]]:
    """All that happened in disputes, oldest first."""
    return await store.entries(tx, ids)
