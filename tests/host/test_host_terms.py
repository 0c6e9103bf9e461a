from collections.abc import Mapping
from typing import Any

import pytest

from qantara.access.model import Role
from qantara.edge.limits import Rate, Rates
from qantara.errors import Malformed
from qantara.host import terms
from qantara.host.config import RoleSpec


def role(**table: Any) -> RoleSpec:
    return RoleSpec("my", "institution", "WAUEMYK0", "Wau Contoh", None, None, table)


def test_a_file_that_says_nothing_has_the_examples_terms() -> None:
    made, example = terms.rates(role()), Rates()
    assert (made.roles, made.messages) == (example.roles, example.messages)
    assert not terms.webhooks(role()).terms.private


def test_what_the_file_says_holds_and_the_rest_stays() -> None:
    said = {"customer": [600, 60], "payee_checks": [60, 600], "payee_unknown_cost": 3}
    made = terms.rates(role(rates=said))
    assert made.roles[Role.CUSTOMER] == Rate(600, 60)
    assert made.roles[Role.AUDITOR] == Rates().roles[Role.AUDITOR]
    assert (made.payee_checks, made.payee_unknown_cost) == (Rate(60, 600), 3)
    outward = terms.webhooks(
        role(webhook_private=True, webhook_backoff_seconds=[1, 2], webhook_disable_seconds=9)
    )
    assert outward.terms.private
    assert outward.terms.backoff_seconds == (1, 2)
    assert outward.terms.disable_after_seconds == 9


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ({"rates": {"customers": [1, 1]}}, "roles.my.rates.customers"),
        ({"rates": {"customer": 5}}, "roles.my.rates.customer"),
        ({"rates": {"customer": [0, 1]}}, "roles.my.rates.customer"),
        ({"rates": {"customer": [1, True]}}, "roles.my.rates.customer"),
        ({"rates": {"customer": [1.5, 1]}}, "roles.my.rates.customer"),
        ({"rates": {"messages": [255, 1]}}, "roles.my.rates.messages"),
        ({"rates": [1]}, "roles.my.rates"),
    ],
)
def test_limits_that_cannot_be_meant_are_told_with_their_place(
    table: Mapping[str, Any], place: str
) -> None:
    with pytest.raises(Malformed) as caught:
        terms.rates(role(**table))
    assert caught.value.facts["param"] == place


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ({"webhook_private": "yes"}, "roles.my.webhook_private"),
        ({"webhook_backoff_seconds": []}, "roles.my.webhook_backoff_seconds"),
        ({"webhook_backoff_seconds": [5, -1]}, "roles.my.webhook_backoff_seconds"),
        ({"webhook_timeout_seconds": 0}, "roles.my.webhook_timeout_seconds"),
    ],
)
def test_terms_of_webhooks_that_cannot_be_meant_are_told_with_their_place(
    table: Mapping[str, Any], place: str
) -> None:
    with pytest.raises(Malformed) as caught:
        terms.webhooks(role(**table))
    assert caught.value.facts["param"] == place
