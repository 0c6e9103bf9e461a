"""The measurement of rules: its shape, and what it says where the other libraries are missing."""

import sys

import pytest

from qantara import settings
from qantara.policy import flow
from qantara.policy.deciding.columns import Columns, judged
from qantara.policy.deciding.decision import Outcome
from qantara.policy.deciding.pack import pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act
from qantara.world.bench import policy, policy_facts, policy_peers
from qantara.world.bench.policy import Plan

PLAN = Plan(rounds=1, seconds=0.01, facts=100, rows=1000)


async def test_the_four_results_are_told_beside_the_same_checks_of_others() -> None:
    for name in (policy_peers.CEDAR, policy_peers.REGO):
        pytest.importorskip(name)
    done = (await policy.measure(settings.load(), lambda _: None, PLAN)).to_json()
    assert [each["name"] for each in done["results"]] == [
        *("traced", "untraced", "columnar", "load")
    ]
    assert all(each["per_second"] > 0 for each in done["results"])
    traced, _, _, load = done["results"]
    assert 0 < traced["bytes_per_decision"] < 10_000
    assert traced["outcomes"]["refused"] > 0
    assert traced["outcomes"]["allowed_with_duties"] > 0
    assert load["seconds"] == pytest.approx(1 / load["per_second"], rel=0.1)
    beside = done["same_three_checks"]
    for name in (policy_peers.CEDAR, policy_peers.REGO):
        ratio = beside["traced_per_second"] / beside[f"{name}_per_second"]
        assert beside[f"traced_times_{name}"] == pytest.approx(ratio, rel=0.05)


async def test_libraries_that_are_missing_are_named_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cedarpy", None)
    monkeypatch.setitem(sys.modules, "regopy", None)
    said: list[str] = []
    done = (await policy.measure(settings.load(), said.append, PLAN)).to_json()
    for name in ("cedarpy", "regopy"):
        assert done["same_three_checks"][name].startswith(f"{name} is not installed")
        assert any("uv sync --group dev" in each for each in said if name in each)
    assert done["same_three_checks"]["traced_per_second"] > 0


def test_arrays_are_as_various_as_facts() -> None:
    law = flow.load(flow.EXAMPLE)
    decider = pack(law, Key(Act.PAYMENT, "MY", "PK", policy_facts.ON))
    arrays = policy_facts.corridor_arrays(2000)
    found = {judged(decider, Columns.of_arrays(2000, arrays)).outcome_of(n) for n in range(2000)}
    traced = {decider.decide(each).outcome for each in policy_facts.corridor(2000)}
    assert found == traced == set(Outcome) - {Outcome.ALLOWED}
