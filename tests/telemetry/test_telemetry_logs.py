"""Log lines parse, carry ids and nothing else."""

import io
import json
import logging
from collections.abc import Iterator

import asyncpg
import pytest

from qantara.errors import Malformed, Reason
from qantara.telemetry import logs


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(written: io.StringIO) -> Iterator[logging.Logger]:
    made = logging.getLogger("qantara.tests.telemetry")
    made.propagate = False
    told = logging.StreamHandler(written)
    told.setFormatter(logs.JsonLines())
    made.addHandler(told)
    yield made
    made.removeHandler(told)


def line(written: io.StringIO) -> dict[str, object]:
    (found,) = written.getvalue().splitlines()
    return dict(json.loads(found))


def test_a_line_has_its_ids_and_its_role(log: logging.Logger, written: io.StringIO) -> None:
    with logs.acting("my"):
        log.warning("a message stays", extra={"uetr": "u", "key": "k", "peer": "duitnow"})
    found = line(written)
    assert {"uetr": "u", "key": "k", "peer": "duitnow", "role": "my"}.items() <= found.items()
    assert (found["level"], found["message"]) == ("warning", "a message stays")
    assert str(found["at"]).endswith("Z")


def test_what_is_no_known_field_is_left_out(log: logging.Logger, written: io.StringIO) -> None:
    log.warning("signed in", extra={"secret": "s3cret", "phone": "+60120000000"})
    assert "s3cret" not in written.getvalue()
    assert "+6012" not in written.getvalue()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Malformed(Reason.FIELD_INVALID, param="phone", value="+60120000000"), "field_invalid"),
        (ValueError("Aisha binti Contoh"), "ValueError"),
        (asyncpg.UniqueViolationError("Key (phone)=(+60120000000) exists"), "23505"),
        (ConnectionRefusedError(111, "db.internal.example"), "111"),
    ],
)
def test_an_exception_is_told_without_its_words(
    log: logging.Logger, written: io.StringIO, error: Exception, told: str
) -> None:
    try:
        raise error
    except type(error):
        log.exception("it broke")
    found = line(written)
    assert told in str(found["failure"])
    assert "test_telemetry_logs.py" in str(found["stack"])
    for secret in ("+6012", "Aisha", "internal"):
        assert secret not in written.getvalue()


def test_words_are_for_people(log: logging.Logger, written: io.StringIO) -> None:
    log.handlers[0].setFormatter(logs.Words())
    log.error("%d messages were refused", 2, extra={"peer": "duitnow"})
    assert written.getvalue().rstrip().endswith("error 2 messages were refused peer=duitnow")
