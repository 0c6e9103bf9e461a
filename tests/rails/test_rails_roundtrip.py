"""What is built is read back equal, whatever it says, in every profile that speaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rails_goldens import GOLDEN
from rails_official import OFFICIAL, assert_official
from rails_strategies import (
    answers,
    file_answers,
    files,
    questions,
    statuses,
    transfers,
)
from rails_strategies_domestic import (
    HOMES,
    compared_answers,
    domestic_transfers,
    euro_transfers,
    named_questions,
    notifications,
    payment_requests,
    recalls,
    request_reports,
    resolutions,
    returns,
    status_requests,
)

from qantara.money import MYR
from qantara.rails import flow
from qantara.rails.model import DOMESTIC, Profile

BORDER = [Profile.NEXUS, Profile.DUITNOW, Profile.RAAST]
INTERBANK = [profile for profile in Profile if profile is not Profile.CUSTOMER]
COMPARING = [Profile.OCT_INST, Profile.SCT_INST]
RECALLING = [Profile.NEXUS, *sorted(DOMESTIC)]
REQUESTING = [Profile.DUITNOW_DOMESTIC, Profile.RAAST_DOMESTIC]


def _goes_round(message, profile):
    raw = flow.build(message, profile)
    assert flow.read(raw, profile) == message
    assert flow.validate(raw, profile) == []
    if OFFICIAL.is_dir() and profile is not Profile.CUSTOMER:  # a file's content is any text
        assert_official(raw)


@pytest.mark.parametrize("profile", [*BORDER, Profile.OCT_INST])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_transfer_goes_round(profile, data):
    older = profile is Profile.OCT_INST
    _goes_round(data.draw(euro_transfers() if older else transfers(profile)), profile)


@pytest.mark.parametrize("profile", sorted(DOMESTIC))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_domestic_transfer_goes_round(profile, data):
    _goes_round(data.draw(domestic_transfers(profile)), profile)


@pytest.mark.parametrize("profile", INTERBANK)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_status_goes_round(profile, data):
    _goes_round(data.draw(statuses()), profile)


@pytest.mark.parametrize("profile", INTERBANK)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_question_and_its_answer_go_round(profile, data):
    _goes_round(data.draw(questions), profile)
    _goes_round(data.draw(answers()), profile)


@pytest.mark.parametrize("profile", COMPARING)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_question_with_a_name_and_its_answer_go_round(profile, data):
    _goes_round(data.draw(named_questions), profile)
    _goes_round(data.draw(compared_answers(profile)), profile)


@pytest.mark.parametrize("profile", RECALLING)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_follows_a_payment_goes_round(profile, data):
    currency = HOMES[profile][0] if profile in HOMES else MYR
    _goes_round(data.draw(status_requests), profile)
    _goes_round(data.draw(returns(currency)), profile)
    _goes_round(data.draw(recalls(currency)), profile)
    _goes_round(data.draw(resolutions()), profile)


@pytest.mark.parametrize("profile", REQUESTING)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_request_to_be_paid_and_its_answer_go_round(profile, data):
    _goes_round(data.draw(payment_requests(profile)), profile)
    _goes_round(data.draw(request_reports()), profile)


@settings(max_examples=60, deadline=None)
@given(notifications())
def test_a_notification_goes_round(notification):
    _goes_round(notification, Profile.NEXUS)


@settings(max_examples=60, deadline=None)
@given(files())
def test_a_payment_file_of_any_content_goes_round(file):
    _goes_round(file, Profile.CUSTOMER)


@settings(max_examples=60, deadline=None)
@given(file_answers)
def test_the_answer_to_a_file_goes_round(report):
    _goes_round(report, Profile.CUSTOMER)


TOLD = [Profile.CUSTOMER, Profile.DUITNOW, Profile.DUITNOW_DOMESTIC]
ALONE = ("pain.", "camt.054", "pacs.008.001.08", "pacs.004.001.10", "pacs.028.001.03")


@pytest.mark.parametrize("name", GOLDEN)
def test_a_message_tells_what_it_is_and_whose_where_that_shows(name):
    profile, message = GOLDEN[name]
    raw = flow.build(message, profile)
    told, whose = flow.identify(raw)
    assert told.value in name
    domestic = name.startswith("raast_domestic-pacs.008")
    shows = profile in TOLD or domestic or told.value.startswith(ALONE)
    assert whose == (profile if shows else None)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_profile_that_is_given_is_taken(name):
    profile, message = GOLDEN[name]
    raw = flow.build(message, profile)
    assert flow.identify(raw, profile) == (flow.name_of(message, profile), profile)
    assert flow.validate(raw, profile) == []
