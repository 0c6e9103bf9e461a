"""Events become days: each counted once, as far as it is over.

Counting costs the hot path nothing: a job reads what is new and adds it to its day.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.db import figures as engine
from qantara.db.figures import CaseMoved, CaseStanding
from qantara.disputes import figures as disputes
from qantara.domestic import figures as domestic
from qantara.money import ASSETS
from qantara.remittance import figures as remittance
from qantara.remittance.model import Institution
from qantara.supervision import store

PAGE = 20_000
"""How many events are added up in one go; the next goes on where it ended."""

CASE_SOURCES: tuple[Callable[[Tx, int, int], Awaitable[list[CaseMoved]]], ...] = (
    remittance.cases_moved,
    disputes.cases_moved,
)
"""Whoever has complaints tells here what was opened and ended in the events after one and up to
another, and below what stands now.
"""
STANDING_CASES: tuple[Callable[[Tx, datetime], Awaitable[list[CaseStanding]]], ...] = (
    remittance.cases_standing,
    disputes.cases_standing,
)


async def gather(
    tx: Tx, node: Institution, commands: Sequence[object], _now: datetime
) -> list[bool]:
    """Add up what is new; whether all of it is."""
    return [await follow(tx, node)] * len(commands)


async def follow(tx: Tx, node: Institution) -> bool:
    after, newest = await store.position(tx), await engine.newest_event(tx)
    until = min(newest, after + PAGE)
    if until > after:
        digits = [(code, asset.scale) for code, asset in ASSETS.items()]
        abroad = await remittance.ended(tx, (after, until), digits, node.country, node.gateway)
        inside = await domestic.ended(tx, (after, until), node.country, node.ips)
        await store.add(tx, [*abroad, *inside])
        for cases in CASE_SOURCES:
            await store.add_complaints(tx, await cases(tx, after, until))
        await store.advance(tx, until)
    return until == newest


async def standing(tx: Tx, now: datetime) -> list[CaseStanding]:
    """Complaints that are open now."""
    return [each for found in STANDING_CASES for each in await found(tx, now)]
