"""What is built is read back equal, whatever it says, in every profile that speaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rails_samples import GOLDEN
from rails_strategies import (
    answers,
    file_answers,
    files,
    questions,
    statuses,
    transfers,
)

from qantara.rails import flow
from qantara.rails.model import Profile

INTERBANK = [Profile.NEXUS, Profile.DUITNOW, Profile.RAAST]


def _goes_round(message, profile):
    raw = flow.build(message, profile)
    assert flow.read(raw, profile) == message
    assert flow.validate(raw, profile) == []


@pytest.mark.parametrize("profile", INTERBANK)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_transfer_goes_round(profile, data):
    _goes_round(data.draw(transfers(profile)), profile)


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


@settings(max_examples=60, deadline=None)
@given(files())
def test_a_payment_file_of_any_content_goes_round(file):
    _goes_round(file, Profile.CUSTOMER)


@settings(max_examples=60, deadline=None)
@given(file_answers)
def test_the_answer_to_a_file_goes_round(report):
    _goes_round(report, Profile.CUSTOMER)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_message_tells_what_it_is(name):
    profile, message = GOLDEN[name]
    told, whose = flow.identify(flow.build(message, profile))
    assert told.value in name
    assert whose == (profile if profile in {Profile.DUITNOW, Profile.CUSTOMER} else None)
