"""Which days a page is about."""

from datetime import date, timedelta
from typing import NamedTuple

from qantara.web.policies import day_of
from qantara.web.visits import Visit

LENGTHS = (1, 7, 30, 90)


class Span(NamedTuple):
    first: date
    last: date
    days: int


def span_of(visit: Visit, days: int) -> Span:
    """The days asked for: so many up to one; `days` of them, up to today, if none."""
    last = day_of(visit, "last", visit.caller.now.date())
    asked = visit.asked("days")
    wanted = int(asked) if asked in {str(each) for each in LENGTHS} else days
    most = (last - date.min).days
    return Span(last - timedelta(days=min(wanted - 1, most)), last, wanted)
