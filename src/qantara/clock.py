"""The one place where time is made: aware UTC, to the microsecond.

Flows receive `now` as an argument, so the same seed replays the same world.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from qantara.errors import Malformed, Reason

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """ISO 8601 with milliseconds and `Z`, the form of every message and API answer."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def from_text(text: str) -> datetime:
    """Read an ISO 8601 date-time that names its offset; `Malformed` otherwise."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(Reason.TIME_MALFORMED, param="time", value=text)
