"""`qantara bench messages`: pacs.008 and pacs.002 beside pyiso20022 on the very same messages.

`build` is writing and validating, `parse` is parsing, validating and reading into a record,
`validate` is parsing and judging. pyiso20022 judges only in `validate`, by the rules in its
classes; ours judge every time, by our guideline.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from qantara.rails import flow as rails
from qantara.rails.model import Message, MessageName, Profile
from qantara.settings import Settings
from qantara.world.bench import peer, report, samples
from qantara.world.bench.peer import Peer
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import Progress

YARDSTICK = "pyiso20022 parses one pacs.008"
_MESSAGES = (
    (MessageName.CREDIT_TRANSFER, samples.TRANSFER),
    (MessageName.PAYMENT_STATUS, samples.STATUS),
)
_ACTS = ("build", "parse", "validate")
Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` of each act of each message, for each of the two, in each round."""

    rounds: int = 3
    seconds: float = 0.5


async def measure(_settings: Settings, progress: Progress, plan: Plan | None = None) -> Report:
    """Rounds of everything in turn; each figure is the median of its own."""
    plan = plan or Plan()
    acts = _acts()
    rates: dict[tuple[MessageName, str, str], list[float]] = {key: [] for key in acts}
    for number in range(1, plan.rounds + 1):
        progress(f"round {number} of {plan.rounds}")
        for key, act in acts.items():
            rates[key].append(rate(act, plan.seconds))
    found = {key: median(each) for key, each in rates.items()}
    results = [
        Result(act, found[MessageName.CREDIT_TRANSFER, act, "ours"], more=_beside(found, act))
        for act in _ACTS
    ]
    yardstick = Yardstick(YARDSTICK, found[MessageName.CREDIT_TRANSFER, "parse", "theirs"])
    return Report("messages", yardstick, tuple(results), report.environment())


def _acts() -> dict[tuple[MessageName, str, str], Act]:
    acts = {}
    for name, record in _MESSAGES:
        raw = rails.build(record, Profile.NEXUS)
        for whose, each in (("ours", _ours(record, raw)), ("theirs", peer.of(name, raw))):
            for act in _ACTS:
                acts[name, act, whose] = getattr(each, act)
    return acts


def _ours(record: Message, raw: bytes) -> Peer:
    return Peer(
        partial(rails.build, record, Profile.NEXUS),
        partial(rails.read, raw, Profile.NEXUS),
        partial(rails.validate, raw, Profile.NEXUS),
    )


def _beside(found: Mapping[tuple[MessageName, str, str], float], act: str) -> dict[str, Any]:
    """Both messages, with what the other library does in the same act."""
    return {
        name.value: {
            "per_second": round(found[name, act, "ours"], 1),
            "pyiso20022_per_second": round(found[name, act, "theirs"], 1),
            "times_pyiso20022": round(found[name, act, "ours"] / found[name, act, "theirs"], 2),
        }
        for name, _ in _MESSAGES
    }


def rate(act: Act, seconds: float) -> float:
    """How often a second this thread can do it."""
    began = time.perf_counter()
    count = 0
    while (spent := time.perf_counter() - began) < seconds or not count:
        act()
        count += 1
    return count / spent
