"""`qantara bench qr`: payment codes read and written, on one core.

The set is varied: ten kinds, two hundred different codes of each, taken in turn. `decode` is all
of it, checksum and every field; `encode` writes what was read and reads it again, as every caller
gets it. The yardstick reads the same facts from JSON.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from qantara.clock import ticks
from qantara.rails.qr import flow as codes
from qantara.rails.qr.model import Code
from qantara.settings import Settings
from qantara.world.bench import qr_samples, report
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import Progress

YARDSTICK = "json.loads reads the facts of one code"


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` of each act in each round."""

    rounds: int = 5
    seconds: float = 1.0


async def measure(_settings: Settings, progress: Progress, plan: Plan | None = None) -> Report:
    """Rounds of everything in turn; each figure is the median of its own."""
    plan = plan or Plan()
    written = qr_samples.texts()
    read = [codes.decode(text) for text in written]
    told = [json.dumps(codes.to_record(code)) for code in read]
    acts: dict[str, Callable[[], int]] = {
        "yardstick": partial(_all, json.loads, told),
        "decode": partial(_all, codes.decode, written),
        "encode": partial(_all, codes.encode, read),
    }
    rates: dict[str, list[float]] = defaultdict(list)
    for number in range(1, plan.rounds + 1):
        progress(f"round {number} of {plan.rounds}")
        for name, act in acts.items():
            rates[name].append(_rate(act, plan.seconds))
    schemes = {code.scheme.value for code in read if isinstance(code, Code)}
    results = tuple(
        Result(name, median(rates[name]), more={"best_per_second": round(max(rates[name]), 1)})
        for name in ("decode", "encode")
    )
    yardstick = Yardstick(YARDSTICK, median(rates["yardstick"]))
    more = {"codes": len(written), "schemes": len(schemes)}
    return Report("qr", yardstick, results, report.environment(), more)


def _all(act: Callable[[Any], object], each: list[Any]) -> int:
    for one in each:
        act(one)
    return len(each)


def _rate(act: Callable[[], int], seconds: float) -> float:
    """How many a second this thread can do."""
    began = ticks()
    count = 0
    while (spent := ticks() - began) < seconds or not count:
        count += act()
    return count / spent
