"""Schemas collapse white space around dates, times and figures; readers see what they judged."""

import pytest
import rails_samples as samples

from qantara.rails import flow
from qantara.rails.model import Profile


@pytest.mark.parametrize("tag", ["IntrBkSttlmDt", "CreDtTm", "IntrBkSttlmAmt"])
def test_white_space_that_the_schema_lets_through_is_no_trouble(tag: str) -> None:
    message = samples.TRANSFER
    raw = flow.build(message, Profile.NEXUS).decode()
    start = raw.index(f"<{tag}")
    inside = raw.index(">", start) + 1
    spaced = raw[:inside] + " \n" + raw[inside:]
    assert flow.read(spaced.encode(), Profile.NEXUS) == message
