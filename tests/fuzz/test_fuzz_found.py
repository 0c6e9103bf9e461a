"""What fuzzing has found, one by one: each input that broke something once."""

import json

import pytest
from fuzz_samples import answers, institution

from moments import NOW
from qantara.client import Problem, problem
from qantara.edge import nexus
from qantara.edge.problems import of_answer
from qantara.errors import Malformed, Reason, Unavailable
from qantara.host import config
from qantara.host.kinds import configured
from source_tree import ROOT

DEEP = b'{"a":' * 20_000


OFFERS = json.loads(answers()[0][1:])


def offers(**changes):
    return json.dumps(OFFERS | {"quotes": [OFFERS["quotes"][0] | changes]}).encode()


@pytest.mark.parametrize(
    "raw",
    [
        *(DEEP, b'{"quoteRequestId": "\xff"}', offers(exchangeRate="NaN")),
        *(offers(exchangeRate="1E+999999"), offers(exchangeRate="-63.4")),
        *(offers(exchangeRate="many"), offers(issuedDateTime="yesterday")),
        offers(issuedDateTime="9999-12-31T23:59:59.999Z"),
        offers(creditorAgent=OFFERS["quotes"][0]["debtorAgent"]),
    ],
)
def test_an_offer_that_cannot_be_meant_is_the_gateways_trouble_and_not_the_callers(raw):
    with pytest.raises(Unavailable) as caught:
        nexus.read_offers(institution(), raw)
    assert caught.value.reason is Reason.COUNTERPARTY_UNAVAILABLE


def test_a_rate_whose_digits_would_fill_the_memory_is_malformed():
    """A message was once built with a thousand million noughts, and then found too long."""
    for said in ("1E+999999999", "1E-999999999", "Infinity", "-1", "0"):
        with pytest.raises(Malformed) as caught:
            nexus.rate(said, "rate")
        assert caught.value.facts == {"param": "rate", "value": said}


def test_an_amount_of_another_currency_in_an_offer_is_the_gateways_trouble():
    said = json.loads(json.dumps(OFFERS))
    said["quotes"][0]["creditorAgent"]["creditorAccountAmount"]["currency"] = "XTS"
    with pytest.raises(Unavailable):
        nexus.read_offers(institution(), json.dumps(said).encode())


def test_problems_nested_without_end_or_in_no_characters_are_still_problems():
    assert of_answer(422, DEEP).reason is Reason.COUNTERPARTY_UNAVAILABLE
    for raw in (DEEP, b'{"detail": "\xa8"}'):
        told = problem.read(422, raw)
        assert isinstance(told, Problem)
        assert told.code == "internal"


DEMO = (ROOT / "src/qantara/world/demo.toml").read_text()


def made(file):
    spec = config.read(file, "fuzz")
    return [configured(spec, role, NOW.date()) for role in spec.roles.values()]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ('overlay = "example"', 'overlay = { a = "b" }', "world.overlay"),
        ('overlay = "example"', "", "nexus.maximum.PKR"),
        ('kind = "gateway"', "kind = { a = 1 }", "roles.nexus.kind"),
        ('settlement = "deferred_net"', 'settlement = "gross"', "roles.duitnow"),
    ],
)
def test_a_world_whose_words_disagree_is_malformed(tmp_path, before, after, place):
    file = tmp_path / "world.toml"
    file.write_text(DEMO.replace(before, after, 1))
    with pytest.raises(Malformed) as caught:
        made(file)
    assert caught.value.facts["param"] == place
