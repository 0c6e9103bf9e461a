"""The one place where time is made: aware UTC, to the microsecond.

Flows receive `now` as an argument, so the same seed replays the same world.
"""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache

from qantara.errors import Malformed, Reason

Clock = Callable[[], datetime]
Ticks = Callable[[], float]


def utc_now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=1024)
def to_text(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`, the form of every message and API answer. Messages of
    one batch bear the same moments, so the last ones are kept.
    """
    plain = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{plain.isoformat(timespec='milliseconds')}Z"


def from_text(text: str) -> datetime:
    """Read an ISO 8601 date-time that names its offset; `Malformed` otherwise."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(Reason.TIME_MALFORMED, param="time", value=text)


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def unix_ns() -> int:
    """Nanoseconds since 1970, as traces count time; no flow ever sees them."""
    return time.time_ns()


def ticks() -> float:
    """Seconds that only ever rise, for measuring how long something took."""
    return time.monotonic()
