"""What stands in a role's own database, in figures: each kind of role by what it is made of."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime

from qantara.access.webhooks import figures as webhooks
from qantara.db import Tx
from qantara.db import figures as engine
from qantara.ledger import figures as ledger
from qantara.ledger.model import AccountClass
from qantara.remittance import figures as remittance
from qantara.scheme.gateway import figures as gateway
from qantara.telemetry.measures import Family, Point

_MINOR = "in minor units"

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("qantara_database_up", "gauge", "Whether the figures could be read."),
        Family("qantara_outbox_messages", "gauge", "Messages not delivered.", ("peer", "state")),
        Family("qantara_outbox_oldest_seconds", "gauge", "Age of the oldest.", ("peer",)),
        Family("qantara_jobs_late", "gauge", "Jobs due and not done, or failed.", ("job",)),
        Family("qantara_job_late_seconds", "gauge", "For how long it is due.", ("job",)),
        Family("qantara_deadlines_late", "gauge", "Deadlines nobody looked after.", ("kind",)),
        Family("qantara_holds", "gauge", "Open holds.", ("asset",)),
        Family("qantara_holds_minor", "gauge", f"Held {_MINOR}.", ("asset",)),
        Family("qantara_holds_overdue", "gauge", "Holds past their time.", ("asset",)),
        Family(
            "qantara_balance_minor", "gauge", f"Credits less debits {_MINOR}.", ("class", "asset")
        ),
        Family("qantara_e_money_minor", "gauge", f"E-money outstanding {_MINOR}.", ("asset",)),
        Family("qantara_safeguarded_minor", "gauge", f"Kept apart for it {_MINOR}.", ("asset",)),
        Family("qantara_own_funds_minor", "gauge", f"Own money there {_MINOR}.", ("asset",)),
        Family("qantara_rate_age_seconds", "gauge", "Age of the newest rate.", ("pair",)),
        Family("qantara_reviews_waiting", "gauge", "Payments that wait for a person."),
        Family("qantara_reviews_oldest_seconds", "gauge", "For how long the first waits."),
        Family("qantara_webhooks_waiting", "gauge", "Deliveries not heard yet."),
        Family("qantara_webhooks_oldest_seconds", "gauge", "Age of the oldest."),
        Family("qantara_webhook_endpoints", "gauge", "Endpoints by state.", ("state",)),
        Family(
            "qantara_payments",
            "counter",
            "Payments that reached a state since this process began.",
            ("way", "state", "reason", "corridor"),
        ),
        Family(
            "qantara_payment_minor",
            "counter",
            f"Their value {_MINOR}; above 2^53 the last digits are rounded.",
            ("way", "state", "currency"),
        ),
        Family(
            "qantara_payment_seconds",
            "histogram",
            "From accept (or arrival) to completion.",
            ("way", "corridor"),
        ),
    )
}


async def standing(tx: Tx, packages: Collection[str], now: datetime) -> list[Point]:
    """What stands now, of everything that a role with these packages has."""
    points = await _engine(tx, now)
    for package, read in _OF.items():
        if package in packages:
            points += await read(tx, now)
    return points


async def _engine(tx: Tx, now: datetime) -> list[Point]:
    points = []
    for queue in await engine.queues(tx):
        peer = queue.recipient
        points += [
            Point("qantara_outbox_messages", (peer, "waiting"), queue.waiting),
            Point("qantara_outbox_messages", (peer, "refused"), queue.refused),
            Point("qantara_outbox_oldest_seconds", (peer,), _age(queue.oldest_at, now)),
        ]
    for job in await engine.late_jobs(tx, now):
        points.append(Point("qantara_jobs_late", (job.name,), job.count))
        points.append(Point("qantara_job_late_seconds", (job.name,), _age(job.due_at, now)))
    for late in await engine.late_deadlines(tx, now):
        points.append(Point("qantara_deadlines_late", (late.name,), late.count))
    return points


async def _book(tx: Tx, now: datetime) -> list[Point]:
    points = []
    for held in await ledger.held(tx, now):
        points += [
            Point("qantara_holds", (held.asset,), held.count),
            Point("qantara_holds_minor", (held.asset,), held.minor),
            Point("qantara_holds_overdue", (held.asset,), held.overdue),
        ]
    for total in await ledger.totals(tx):
        labels = (total.account_class.value, total.asset)
        points.append(Point("qantara_balance_minor", labels, total.minor))
        if total.account_class in _SIGNED:
            name, sign = _SIGNED[total.account_class]
            points.append(Point(name, (total.asset,), sign * total.minor))
    return points


# E-money is owed; what is kept apart and what is our own are claims, below zero in the book.
_SIGNED = {
    AccountClass.E_MONEY: ("qantara_e_money_minor", 1),
    AccountClass.SAFEGUARDED: ("qantara_safeguarded_minor", -1),
    AccountClass.OWN_FUNDS: ("qantara_own_funds_minor", -1),
}


async def _abroad(tx: Tx, now: datetime) -> list[Point]:
    count, oldest_at = await remittance.reviews_waiting(tx)
    return [
        *_ages(await remittance.newest_rates(tx), now),
        Point("qantara_reviews_waiting", (), count),
        Point("qantara_reviews_oldest_seconds", (), _age(oldest_at, now)),
    ]


async def _offers(tx: Tx, now: datetime) -> list[Point]:
    return _ages(await gateway.newest_rates(tx), now)


def _ages(rates: Iterable[tuple[str, str, datetime]], now: datetime) -> list[Point]:
    return [
        Point("qantara_rate_age_seconds", (f"{base}-{quote}",), _age(as_of, now))
        for base, quote, as_of in rates
    ]


async def _webhooks(tx: Tx, now: datetime) -> list[Point]:
    count, oldest_at = await webhooks.waiting(tx)
    return [
        Point("qantara_webhooks_waiting", (), count),
        Point("qantara_webhooks_oldest_seconds", (), _age(oldest_at, now)),
        *(
            Point("qantara_webhook_endpoints", (state,), number)
            for state, number in await webhooks.endpoints(tx)
        ),
    ]


_OF: Mapping[str, Callable[[Tx, datetime], Awaitable[list[Point]]]] = {
    "ledger": _book,
    "remittance": _abroad,
    "scheme.gateway": _offers,
    "access.webhooks": _webhooks,
}


def _age(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
