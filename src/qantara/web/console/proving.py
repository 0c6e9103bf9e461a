"""What proves the whole book: its chain of batches, its seals, and the book added up anew."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from fastapi.responses import Response

from qantara.access import flow as access
from qantara.access.model import AuditEntry, Principal, Scope
from qantara.clock import ticks
from qantara.db import Database, Tx
from qantara.db.faults import LOST
from qantara.errors import Conflict, QantaraError, Reason
from qantara.ledger import flow
from qantara.ledger.model import BookReport
from qantara.web.console.deciding import names_of
from qantara.web.sites import Page, Site
from qantara.web.visits import Visit, gone_on

PAGE = 50
RUNS_SHOWN = 10
LOOK_AGAIN_SECONDS = 2
TARGET = "ledger"
"""What the trail says was verified."""
_RUN = "verify"
_log = logging.getLogger("qantara.web.console.proving")


@dataclass(slots=True)
class Run:
    """A book being added up anew, and what came of it; `failed` says why there is no report."""

    by: str
    began_at: datetime
    transfers: int
    task: asyncio.Task[None] | None = None
    report: BookReport | None = None
    failed: str = ""
    ended_at: datetime | None = None

    @property
    def under_way(self) -> bool:
        return self.ended_at is None


async def show(visit: Visit) -> Response:
    before = visit.place("before")
    async with visit.door.database.read() as tx:
        end = await flow.book_end(tx)
        seals = await flow.seals(tx, before, PAGE + 1)
        runs = await access.audit(tx, TARGET, limit=RUNS_SHOWN)
        names = await names_of(tx, [each.entry.actor for each in runs])
    run: Run | None = visit.site.kept.get(_RUN)
    answer = visit.shown(
        "ledger_proof.html",
        end=end,
        seals=seals[:PAGE],
        older=seals[PAGE - 1].number if len(seals) > PAGE else None,
        unsealed=end.batch - (seals[0].last_batch if seals and before is None else end.batch),
        run=run,
        runs=runs,
        names=names,
    )
    if run is not None and run.under_way:
        answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer


async def begin(visit: Visit) -> Response:
    """Add the book up anew, beside the event loop; one at a time."""
    before: Run | None = visit.site.kept.get(_RUN)
    if before is not None and before.under_way:
        raise Conflict(Reason.STATE_CONFLICT, book=visit.door.role, state="verifying")
    async with visit.door.database.look() as tx:
        end = await flow.book_end(tx)
    run = Run(visit.caller.principal.name, visit.caller.now, end.sequence)
    visit.site.kept[_RUN] = run
    run.task = asyncio.create_task(_verify(visit.site, visit.caller.principal, run))
    return gone_on(visit.site, "/console/ledger/proof")


async def _verify(site: Site, by: Principal, run: Run) -> None:
    door, began = site.door, ticks()
    try:
        run.report = await asyncio.to_thread(partial(_read, door.database.url))
        said = _said(run.report, ticks() - began)
        entry = AuditEntry(by.id, "book_verified", TARGET, said)
        await door.batcher.run(_note, entry)
    except (QantaraError, *LOST) as error:
        _log.warning("the book could not be verified", exc_info=error)
        run.failed = str(error)
    finally:
        run.ended_at = door.clock()


def _read(url: str) -> BookReport:
    """In a thread with a loop of its own: it takes as long as the book is."""
    return asyncio.run(_report(url))


async def _report(url: str) -> BookReport:
    database = Database(url)
    await database.open(readers=1)
    try:
        async with database.read() as tx:
            return await flow.verify_book(tx)
    finally:
        await database.close()


def _said(report: BookReport, seconds: float) -> Mapping[str, object]:
    first = report.first
    told: dict[str, object] = {
        "clean": report.clean,
        "transfers": report.transfers,
        "batches": report.batches,
        "seconds": round(seconds),
    }
    if first is not None:
        told["first_wrong"] = f"{first.table} {first.key} {first.field}"
    return told


async def _note(tx: Tx, _node: object, entries: Sequence[AuditEntry], now: datetime) -> list[None]:
    await access.record(tx, entries, now)
    return [None] * len(entries)


_READ = frozenset({Scope.ACCOUNTS_READ})
PAGES = (Page("ledger", "/ledger/proof", show, _READ, act=begin),)
