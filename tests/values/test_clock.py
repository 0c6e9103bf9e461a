from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moments import NOW
from qantara import clock
from qantara.errors import Malformed, Reason

moments = st.integers(0, 7 * 10**15).map(
    lambda microseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)


def test_now_is_aware_and_utc() -> None:
    assert clock.utc_now().utcoffset() == timedelta(0)


def test_a_moment_is_written_with_milliseconds_and_z() -> None:
    assert clock.to_text(NOW) == "2026-03-02T08:00:00.000Z"
    kuala_lumpur = timezone(timedelta(hours=8))
    there = datetime(2026, 3, 2, 16, 0, 0, 987_654, tzinfo=kuala_lumpur)
    assert clock.to_text(there) == "2026-03-02T08:00:00.987Z"


@given(moments)
def test_reading_gives_back_what_was_written_to_the_millisecond(moment: datetime) -> None:
    read = clock.from_text(clock.to_text(moment))
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "now", "2026-03-02", "2026-03-02T08:00:00", "2026-13-02T08:00:00Z", "1772438400"]
)
def test_a_time_without_an_offset_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as raised:
        clock.from_text(text)
    assert raised.value.reason is Reason.TIME_MALFORMED


def test_an_offset_is_understood() -> None:
    assert clock.from_text("2026-03-02T13:00:00+05:00") == NOW


def test_a_moment_beyond_the_calendar_is_malformed() -> None:
    with pytest.raises(Malformed):
        clock.from_text("0001-01-01T00:00:00+05:00")
