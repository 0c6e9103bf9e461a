"""The law as data: what stands, regimes side by side, what changed, whether it is sound."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, Reason
from qantara.policy import flow
from qantara.policy.model import Rulebook, Topic
from qantara.web.sites import Page
from qantara.web.visits import Visit

_COUNTRIES = ("MY", "PK", "FR")
_MOST = 400
_LAST = timedelta(days=365)
_SOUND = "sound"


def law_of(visit: Visit) -> Rulebook:
    law: Rulebook = visit.door.node.rulebook
    return law


def day_of(visit: Visit, name: str, otherwise: date) -> date:
    text = visit.asked(name)
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param=name, value=text) from None


def _topic(text: str) -> Topic | None:
    return Topic(text) if text in set(Topic) else None


def _books(law: Rulebook) -> Sequence[str]:
    return sorted(law.jurisdictions)


async def show(visit: Visit) -> Response:
    """Values and rules of a topic and a book, as they stand on a day."""
    law, today = law_of(visit), visit.caller.now.date()
    on = day_of(visit, "on", today)
    topic = _topic(visit.asked("topic")) or Topic.CORRIDOR
    book = visit.asked("book")
    book = book if book in law.jurisdictions else ""
    values, rules = flow.standing(law, on, topic, book or None)
    return visit.shown(
        "policies.html",
        tab="entries",
        values=values[:_MOST],
        rules=rules[:_MOST],
        topic=topic.value,
        topics=[each.value for each in Topic],
        book=book,
        books=_books(law),
        on=on,
        version=law.version,
    )


async def compare(visit: Visit) -> Response:
    """The regimes of the corridor's countries on one topic."""
    law = law_of(visit)
    on = day_of(visit, "on", visit.caller.now.date())
    topic = _topic(visit.asked("topic")) or Topic.WIRE_DATA
    countries = [each for each in _COUNTRIES if each in law.jurisdictions]
    table: dict[str, Any] = flow.compare(law, topic, countries, on, {}).to_json()
    return visit.shown(
        "policy_compare.html",
        tab="compare",
        table=table,
        topic=topic.value,
        topics=[each.value for each in Topic],
        on=on,
    )


async def diff(visit: Visit) -> Response:
    """What reads otherwise on the later day than on the earlier one."""
    law, today = law_of(visit), visit.caller.now.date()
    first, second = day_of(visit, "first", today - _LAST), day_of(visit, "second", today)
    book = visit.asked("book")
    book = book if book in law.jurisdictions else ""
    changes = flow.diff(law, first, second, [book] if book else [])
    return visit.shown(
        "policy_diff.html",
        tab="diff",
        changes=changes[:_MOST],
        first=first,
        second=second,
        book=book,
        books=_books(law),
    )


async def soundness(visit: Visit) -> Response:
    """Whether the law lints clean and its cases come out as written. It is found out once a day
    for a rulebook: neither changes in between.
    """
    law, today = law_of(visit).bare, visit.caller.now.date()
    key = (_SOUND, law.version, today.isoformat())
    known = visit.site.kept.get(_SOUND)
    if known is None or known[0] != key:
        defects = await asyncio.to_thread(flow.lint, law, today)
        run = await asyncio.to_thread(flow.run_cases, law)
        known = visit.site.kept[_SOUND] = (key, defects, run)
    _, defects, run = known
    clean = not run.misses and all(defect.warning for defect in defects)
    return visit.shown(
        "policy_soundness.html",
        tab="soundness",
        defects=defects,
        run=run,
        clean=clean,
        version=law.version,
    )


_READ = frozenset({Scope.POLICY_READ})
PAGES = (
    Page("policies", "/policies", show, _READ, section="rules"),
    Page("policies", "/policies/compare", compare, _READ),
    Page("policies", "/policies/diff", diff, _READ),
    Page("policies", "/policies/soundness", soundness, _READ),
)
