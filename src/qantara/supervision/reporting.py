"""A day told to the institutions of other jurisdictions, signed, and told anew when it changed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from qantara import ids
from qantara.db import Tx, jobs, mail
from qantara.db.jobs import Job
from qantara.db.mail import Outgoing
from qantara.errors import NotFound, Reason
from qantara.remittance.model import Institution
from qantara.supervision import adding, document_store, gathering, rules, store, wording
from qantara.supervision.model import (
    AGGREGATE,
    REPORT,
    Aggregate,
    Complaints,
    Day,
    Document,
    IssuerKey,
)
from qantara.supervision.signing import Signer

LOOK_BACK_DAYS = 35
"""How far back a day is told anew if something was added to it."""
LABEL = "example"


class Reporter:
    """Signs what its institution tells. `report` is a verb of the role's jobs, here and nowhere
    else: the key does not leave the process that writes.
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    async def report(
        self, tx: Tx, node: Institution, commands: Sequence[Any], now: datetime
    ) -> list[int]:
        """Tell every day that is over and was not told, or was told otherwise, and the days asked
        for. The number of documents sent.
        """
        over = await gathering.follow(tx, node)
        today = now.date()
        asked = {date.fromisoformat(each["day"]) for each in commands if each}
        first = min([today - timedelta(days=LOOK_BACK_DAYS), *asked])
        wanted = {day for day in await store.days(tx, first, today) if over and day < today}
        made = await self._composed(tx, node, sorted(wanted | asked), now)
        if made:
            await document_store.learn(tx, [self.key(node)], now)
            await document_store.insert(tx, made)
            await mail.send(tx, _addressed(node, made), now)
        return [len(made)] * len(commands)

    def key(self, node: Institution) -> IssuerKey:
        return IssuerKey(node.role, self._signer.key_id, self._signer.public_key)

    async def _composed(
        self, tx: Tx, node: Institution, wanted: Sequence[date], now: datetime
    ) -> list[Document]:
        """What is new about these days."""
        if not wanted:
            return []
        first, last = wanted[0], wanted[-1]
        figures = await adding.days(tx, first, last)
        cases = await store.complaints(tx, first, last)
        before = {
            each.aggregate.day: each.aggregate
            for each in await document_store.latest(tx, first, last, node.role)
        }
        found = []
        for day in wanted:
            said = [each for on, each in cases if on == day]
            told = _aggregate(node, day, _of_day(figures, day), said, before.get(day), now)
            if told is not None:
                body = wording.canonical(told)
                found.append(
                    Document(told, self._signer.key_id, self._signer.sign(body), body, now)
                )
        return found


def _of_day(figures: Iterable[Day], day: date) -> list[Day]:
    return [each for each in figures if each.day == day]


def _aggregate(
    node: Institution,
    day: date,
    found: Sequence[Day],
    cases: Sequence[Complaints],
    before: Aggregate | None,
    now: datetime,
) -> Aggregate | None:
    """The next revision of a day; None where the last one says the same."""
    rows, complaints = rules.composed(
        [each.figures for each in found], cases, node.shared_least, before
    )
    complete = day < now.date()
    if before is not None and (before.rows, before.complaints, before.complete) == (
        rows,
        complaints,
        complete,
    ):
        return None
    revision = 1 if before is None else before.revision + 1
    return Aggregate(
        message_id=ids.uuid_hex(AGGREGATE, node.role, day.isoformat(), str(revision)),
        issuer=node.role,
        jurisdiction=node.country,
        day=day,
        revision=revision,
        complete=complete,
        issued_at=now,
        least=node.shared_least,
        least_label=LABEL,
        rows=rows,
        complaints=complaints,
    )


def _addressed(node: Institution, made: Sequence[Document]) -> list[Outgoing]:
    return [
        Outgoing(role, each.aggregate.message_id, AGGREGATE, None, wording.message(each))
        for each in made
        for role in node.neighbours
    ]


async def ask_for(
    tx: Tx, _node: object, days: Sequence[date], now: datetime
) -> list[NotFound | None]:
    """Have days told now, today's as far as it has come. What has not begun is not found."""
    known = [day for day in days if day <= now.date()]
    await jobs.enqueue(
        tx,
        [
            Job(ids.derived("job", REPORT, day.isoformat(), now.isoformat()), REPORT, said, now)
            for day in dict.fromkeys(known)
            for said in ({"day": day.isoformat()},)
        ],
    )
    return [
        None if day in known else NotFound(Reason.AGGREGATE_NOT_FOUND, day=day.isoformat())
        for day in days
    ]
