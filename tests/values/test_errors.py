import re
from http import HTTPStatus

import pytest

from qantara.errors import (
    Conflict,
    Malformed,
    NotFound,
    QantaraError,
    Reason,
    Refused,
    Unauthorised,
    Unavailable,
)
from qantara.reasons import REASONS


def test_every_reason_has_its_row_and_both_lists_are_sorted() -> None:
    assert list(REASONS) == list(Reason)
    assert [reason.name for reason in Reason] == sorted(reason.name for reason in Reason)
    assert all(reason.value == reason.name.lower() for reason in Reason)


@pytest.mark.parametrize("reason", list(Reason), ids=str)
def test_every_cell_of_the_table_is_filled_rightly(reason: Reason) -> None:
    facts = REASONS[reason]
    assert HTTPStatus(facts.http) >= HTTPStatus.BAD_REQUEST
    assert re.fullmatch(r"[A-Z0-9]{4}", facts.iso)
    soon = {Reason.REQUEST_IN_PROGRESS}
    assert facts.retryable is (facts.http in {429, 503, 504} or reason in soon)


def test_an_error_tells_its_reason_and_facts() -> None:
    error = Conflict(Reason.ID_REUSED, id="trf_1", other="x")
    assert str(error) == "id_reused: id=trf_1, other=x"
    assert str(NotFound(Reason.ACCOUNT_NOT_FOUND)) == "account_not_found"
    assert error.facts == {"id": "trf_1", "other": "x"}


def test_every_failure_is_one_of_ours_and_a_refusal_is_none() -> None:
    kinds = (Malformed, NotFound, Conflict, Unauthorised, Unavailable)
    assert all(issubclass(kind, QantaraError) for kind in kinds)
    assert not issubclass(Refused, BaseException)
