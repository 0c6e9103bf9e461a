"""What happened to a payment, what happens now and what comes next, as one list of steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from qantara.db.events import Happening
from qantara.web.app.crossing import Stop
from qantara.web.visits import Visit

_TOLD = frozenset(
    {
        *("accepted", "in_review", "submitted", "completed", "rejected", "refused"),
        *("expired", "blocked", "returned"),
    }
)
"""States of which each is a step of its own; `overdue` is said about the step it stands at."""
_TONES = {
    **dict.fromkeys(("rejected", "refused", "expired", "blocked"), "clay"),
    **dict.fromkeys(("in_review",), "brass"),
    **dict.fromkeys(("completed", "returned"), "leaf"),
}
_BUSY = frozenset({"accepted", "submitted", "overdue", "in_review"})


class Step(NamedTuple):
    """`tone` is done, now, next, or the colour of an ending; `at` is None for what has not come."""

    title: str
    text: str = ""
    at: datetime | None = None
    tone: str = "done"


def steps(
    visit: Visit,
    happened: Sequence[Happening],
    stops: Sequence[Stop],
    payee: str,
    ended: str,
) -> list[Step]:
    """`ended` is why it came to nothing, where it did."""
    words, systems = visit.words, [each.name for each in stops[1:-1]]
    first = systems[0] if systems else ""
    facts = {"system": first, "payee": payee or words("track.payee")}
    told: list[Step] = []
    for each in happened:
        if each.state in _TOLD:
            text = ended if _TONES.get(each.state) == "clay" else ""
            tone = _TONES.get(each.state, "done")
            told.append(
                Step(words(f"step.{each.state}", None, **facts), text, each.recorded_at, tone)
            )
    last = happened[-1].state if happened else ""
    if last not in _BUSY:
        return told
    told.append(_now(visit, last, facts))
    told += [Step(words("step.then", system=each), tone="next") for each in systems[1:]]
    return [*told, Step(words("step.arrives", None, **facts), tone="next")]


def _now(visit: Visit, last: str, facts: dict[str, str]) -> Step:
    """Who has the money at this moment, and what to expect."""
    words = visit.words
    tone = "waits" if last in {"overdue", "in_review"} else "now"
    return Step(
        words(f"step.now_{last}", None, **facts),
        words(f"step.now_{last}_why", None, **facts),
        tone=tone,
    )
