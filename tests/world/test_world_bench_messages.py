"""The measurement of messages: its shape, and what it says where the other library is missing."""

import sys

import pytest

from qantara import settings
from qantara.errors import Unavailable
from qantara.rails.model import MessageName
from qantara.world.bench import messages, peer
from qantara.world.bench.messages import Plan


async def test_each_act_is_told_beside_the_other_librarys() -> None:
    pytest.importorskip("pyiso20022")
    done = await messages.measure(settings.load(), lambda _: None, Plan(rounds=1, seconds=0.01))
    found = done.to_json()
    assert found["yardstick"]["per_second"] > 0
    assert [each["name"] for each in found["results"]] == ["build", "parse", "validate"]
    for each in found["results"]:
        for name in ("pacs.008.001.13", "pacs.002.001.15"):
            beside = each[name]
            ratio = beside["per_second"] / beside["pyiso20022_per_second"]
            assert beside["times_pyiso20022"] == pytest.approx(ratio, rel=0.05)


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    name = MessageName.PAYMENT_STATUS
    module = "pyiso20022.pacs.pacs_002_001_15.pacs_002_001_15"
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unavailable, match=f"{module} is not installed"):
        peer.of(name, b"")
