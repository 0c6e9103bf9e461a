"""Due work: a table, claimed with SKIP LOCKED, so any number of workers may look at it.

A job has a name (the worker's table says which verb that is), a payload, and either a time or
a rhythm. A claim is a lease: a worker that dies loses it and the job comes round again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from qantara.db.database import Tx

LEASE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    name: str
    payload: Mapping[str, Any]
    due_at: datetime
    every_seconds: int | None = None
    attempts: int = 0


async def enqueue(tx: Tx, jobs: Sequence[Job]) -> None:
    """Add jobs; one whose id is already there is left as it is."""
    await tx.execute(
        "INSERT INTO db.job (id, name, payload, due_at, every_seconds)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::timestamptz[], $5::int[])"
        " ON CONFLICT (id) DO NOTHING",
        [job.id for job in jobs],
        [job.name for job in jobs],
        [json.dumps(dict(job.payload)) for job in jobs],
        [job.due_at for job in jobs],
        [job.every_seconds for job in jobs],
    )


async def claim(tx: Tx, limit: int, now: datetime) -> list[Job]:
    """Take due jobs for `LEASE_SECONDS`; nobody else sees them meanwhile."""
    rows = await tx.fetch(
        "UPDATE db.job j SET due_at = $3, attempts = j.attempts + 1 FROM ("
        " SELECT id, due_at FROM db.job WHERE due_at <= $2 ORDER BY due_at LIMIT $1"
        " FOR UPDATE SKIP LOCKED) AS taken WHERE j.id = taken.id"
        " RETURNING j.id, j.name, j.payload, taken.due_at, j.every_seconds, j.attempts",
        limit,
        now,
        now + timedelta(seconds=LEASE_SECONDS),
    )
    return [Job(**{**dict(row), "payload": json.loads(row["payload"])}) for row in rows]


async def finish(tx: Tx, jobs: Sequence[Job], now: datetime) -> None:
    """Done: a single job goes, a rhythmic one waits for its next turn."""
    await tx.execute(
        "DELETE FROM db.job WHERE id = ANY($1::text[]) AND every_seconds IS NULL",
        [job.id for job in jobs],
    )
    await tx.execute(
        "UPDATE db.job SET due_at = $2::timestamptz + make_interval(secs => every_seconds),"
        " attempts = 0, error = NULL WHERE id = ANY($1::text[]) AND every_seconds IS NOT NULL",
        [job.id for job in jobs],
        now,
    )


async def fail(tx: Tx, failed: Sequence[tuple[Job, str]], now: datetime) -> None:
    """Keep each error and try again, later each time, at most an hour apart."""
    await tx.execute(
        "UPDATE db.job j SET due_at = f.due_at, error = f.error"
        " FROM unnest($1::text[], $2::timestamptz[], $3::text[]) AS f(id, due_at, error)"
        " WHERE j.id = f.id",
        [job.id for job, _ in failed],
        [now + timedelta(seconds=min(2**job.attempts, 3600)) for job, _ in failed],
        [error for _, error in failed],
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """A job as it stands; `error` is what its last run failed with. A rhythmic job that has not
    failed ran last a rhythm before it is due again.
    """

    id: str
    name: str
    due_at: datetime
    every_seconds: int | None
    attempts: int
    error: str | None

    @property
    def ran_at(self) -> datetime | None:
        if self.every_seconds is None or self.attempts:
            return None
        return self.due_at - timedelta(seconds=self.every_seconds)


async def planned(tx: Tx, limit: int) -> list[Planned]:
    """What is to be done, the soonest due first."""
    rows = await tx.fetch(
        "SELECT id, name, due_at, every_seconds, attempts, error FROM db.job"
        " ORDER BY due_at, id LIMIT $1",
        limit,
    )
    return [Planned(**dict(row)) for row in rows]
