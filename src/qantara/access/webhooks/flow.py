"""The verbs of webhooks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.access.webhooks import delivery_store, rules, store
from qantara.access.webhooks.delivery_store import due
from qantara.access.webhooks.model import (
    Change,
    Delivery,
    Endpoint,
    EndpointEvent,
    EndpointState,
    Marks,
    NewDelivery,
    NewEndpoint,
    Rotate,
    Told,
)
from qantara.access.webhooks.store import (
    Health,
    about,
    any_enabled,
    endpoints,
    listed,
    live,
    newest,
    position,
)
from qantara.db import Tx, events
from qantara.errors import Conflict, NotFound, Reason
from qantara.ids import PrincipalId

__all__ = [
    "KEPT_SECONDS",
    "about",
    "add",
    "any_enabled",
    "change",
    "deliver",
    "deliveries",
    "due",
    "endpoint",
    "endpoints",
    "forget",
    "hasten",
    "listed",
    "live",
    "marked",
    "newest",
    "one_delivery",
    "position",
    "queue",
    "rotate",
]
KEPT_SECONDS = 30 * 86_400
_SYSTEM = PrincipalId("prn_system")
_CLOSING = frozenset({EndpointState.DISABLED, EndpointState.FAILED, EndpointState.DELETED})


async def add(
    tx: Tx, _node: object, new: Sequence[NewEndpoint], now: datetime
) -> list[Endpoint | Conflict]:
    """Make endpoints. They hear what happens from now on. One asked for again is answered as it
    stands; `Conflict` for one more than its principal may have.
    """
    known = await store.endpoints(tx, [each.id for each in new])
    have = Counter(await store.counts(tx, [each.principal_id for each in new]))
    fresh: dict[str, NewEndpoint] = {}
    for each in new:
        if each.id not in known and each.id not in fresh and have[each.principal_id] < each.most:
            have[each.principal_id] += 1
            fresh[each.id] = each
    await store.insert(tx, list(fresh.values()), await events.last(tx), now)
    entries = [
        AuditEntry(each.principal_id, "webhook_endpoint_added", each.id, {"url": each.url})
        for each in fresh.values()
    ]
    await access.record(tx, entries, now)
    stored = await store.endpoints(tx, [each.id for each in new])
    return [
        stored.get(each.id) or Conflict(Reason.WEBHOOK_ENDPOINTS_TOO_MANY, limit=str(each.most))
        for each in new
    ]


async def change(
    tx: Tx, _node: object, changes: Sequence[Change], now: datetime
) -> list[Endpoint | NotFound | Conflict]:
    """Change endpoints. Closing one cancels what waits for it; opened again, it hears what
    happens from then on.
    """
    locked = await store.lock(tx, [each.id for each in changes])
    last = await events.last(tx)
    outcomes: list[Endpoint | NotFound | Conflict] = []
    for each in changes:
        outcome = _changed(locked.get(each.id), each, last, now)
        if isinstance(outcome, Endpoint):
            locked[each.id] = outcome
        outcomes.append(outcome)
    done = {each.id: locked[each.id] for each in outcomes if isinstance(each, Endpoint)}
    await store.save(tx, list(done.values()))
    closed = [each.id for each in done.values() if each.state in _CLOSING]
    await delivery_store.cancel(tx, closed, now)
    entries = [
        AuditEntry(asked.by, "webhook_endpoint_changed", asked.id, _said(asked))
        for asked, outcome in zip(changes, outcomes, strict=True)
        if isinstance(outcome, Endpoint)
    ]
    await access.record(tx, entries, now)
    return outcomes


def _said(asked: Change) -> dict[str, object]:
    said = {"url": asked.url, "event_types": asked.event_types, "event": asked.event}
    return {name: value for name, value in said.items() if value is not None}


def _changed(
    stands: Endpoint | None, asked: Change, last: int, now: datetime
) -> Endpoint | NotFound | Conflict:
    found = _own(stands, asked.by, asked.id)
    if isinstance(found, NotFound):
        return found
    state = found.state if asked.event is None else rules.advance(found.state, asked.event)
    if isinstance(state, Conflict):
        return state
    opened = state is EndpointState.ENABLED and found.state is not EndpointState.ENABLED
    return replace(
        found,
        url=found.url if asked.url is None else asked.url,
        event_types=found.event_types if asked.event_types is None else asked.event_types,
        description=found.description if asked.description is None else asked.description,
        state=state,
        started_after=last if opened else found.started_after,
        failures=0 if opened else found.failures,
        failing_since=None if opened else found.failing_since,
        changed_at=now,
    )


async def rotate(
    tx: Tx, _node: object, commands: Sequence[Rotate], now: datetime
) -> list[Endpoint | NotFound]:
    """Give endpoints new secrets; the one before signs beside it for a while, one before that
    no more.
    """
    locked = await store.lock(tx, [each.id for each in commands])
    outcomes: list[Endpoint | NotFound] = []
    for each in commands:
        found = _own(locked.get(each.id), each.by, each.id)
        if isinstance(found, Endpoint):
            until = now + timedelta(seconds=each.overlap_seconds)
            found = replace(
                found,
                secret=each.secret,
                previous_secret=found.secret,
                previous_until=until,
                changed_at=now,
            )
            locked[each.id] = found
        outcomes.append(found)
    done = {each.id: locked[each.id] for each in outcomes if isinstance(each, Endpoint)}
    await store.save(tx, list(done.values()))
    entries = [
        AuditEntry(each.principal_id, "webhook_secret_rotated", each.id) for each in done.values()
    ]
    await access.record(tx, entries, now)
    return outcomes


def _own(found: Endpoint | None, by: PrincipalId, endpoint_id: str) -> Endpoint | NotFound:
    if found is None or found.principal_id != by or found.state is EndpointState.DELETED:
        return NotFound(Reason.WEBHOOK_NOT_FOUND, id=endpoint_id)
    return found


async def endpoint(tx: Tx, by: PrincipalId, endpoint_id: str) -> Endpoint:
    """The endpoint, if it is one and this principal's."""
    found = _own((await store.endpoints(tx, [endpoint_id])).get(endpoint_id), by, endpoint_id)
    if isinstance(found, NotFound):
        raise found
    return found


async def deliveries(tx: Tx, endpoint_id: str, before: str | None, limit: int) -> list[Delivery]:
    """What an endpoint was told or will be, the newest first."""
    return await delivery_store.listed(tx, endpoint_id, before, limit)


async def one_delivery(tx: Tx, endpoint_id: str, delivery_id: str) -> Delivery:
    found = (await delivery_store.deliveries(tx, [delivery_id])).get(delivery_id)
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFound(Reason.WEBHOOK_NOT_FOUND, id=delivery_id)
    return found


async def queue(tx: Tx, _node: object, told: Sequence[Told], now: datetime) -> list[None]:
    """Queue what happened, and how far that is: repeated after a crash, nothing is told twice."""
    await delivery_store.insert(tx, [new for each in told for new in each.deliveries], now)
    await store.move_position(tx, max(each.position for each in told))
    return [None] * len(told)


async def deliver(
    tx: Tx, _node: object, new: Sequence[NewDelivery], now: datetime
) -> list[Delivery]:
    """Queue what an owner asks for (a test, a delivery once more); the endpoint rests no more."""
    await delivery_store.insert(tx, new, now)
    await store.end_rest(tx, [each.endpoint_id for each in new])
    stored = await delivery_store.deliveries(tx, [each.id for each in new])
    return [stored[each.id] for each in new]


async def hasten(
    tx: Tx, _node: object, waiting: Sequence[Delivery], now: datetime
) -> list[Delivery]:
    """Try deliveries that wait for their next attempt at once."""
    await delivery_store.hasten(tx, [each.id for each in waiting], now)
    await store.end_rest(tx, [each.endpoint_id for each in waiting])
    stored = await delivery_store.deliveries(tx, [each.id for each in waiting])
    return [stored[each.id] for each in waiting]


async def marked(tx: Tx, _node: object, batch: Sequence[Marks], now: datetime) -> list[None]:
    """Keep what came of attempts. One that worked makes an endpoint well; one that has failed
    for days, or says that it is gone, is closed, and what waits for it is cancelled.
    """
    await delivery_store.mark(tx, [mark for each in batch for mark in each.marks], now)
    locked = await store.lock(tx, [each.endpoint_id for each in batch])
    health = [
        _health(locked[each.endpoint_id], each, now)
        for each in batch
        if each.endpoint_id in locked and locked[each.endpoint_id].state is EndpointState.ENABLED
    ]
    await store.set_health(tx, health, now)
    failed = [each.id for each in health if each.state is EndpointState.FAILED]
    if failed:
        await delivery_store.cancel(tx, failed, now)
        await access.record(tx, _failures(failed), now)
    return [None] * len(batch)


def _failures(endpoint_ids: Iterable[str]) -> list[AuditEntry]:
    return [AuditEntry(_SYSTEM, "webhook_endpoint_failed", each) for each in endpoint_ids]


def _health(stands: Endpoint, came: Marks, now: datetime) -> Health:
    """How an endpoint fares after attempts that were made together: they count as one."""
    if any(mark.delivered for mark in came.marks):
        return Health(stands.id, stands.state, 0, None, None)
    failures, since = stands.failures + 1, stands.failing_since or now
    gone = any(mark.gone for mark in came.marks)
    if gone or rules.is_dead(came.terms, since, now):
        state = rules.advance(stands.state, EndpointEvent.FAIL)
        if isinstance(state, EndpointState):
            return Health(stands.id, state, failures, since, None)
    rest = rules.rest_seconds(came.terms, failures)
    until = now + timedelta(seconds=rest) if rest else None
    return Health(stands.id, stands.state, failures, since, until)


async def forget(tx: Tx, _node: object, commands: Sequence[None], now: datetime) -> list[None]:
    """Let go of deliveries older than `KEPT_SECONDS`. A job calls this."""
    await delivery_store.delete(tx, now - timedelta(seconds=KEPT_SECONDS))
    return [None] * len(commands)
