"""What a measurement says: results beside the yardstick of the same run, and where it ran."""

import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from qantara.errors import Malformed, Reason


@dataclass(frozen=True, slots=True)
class Yardstick:
    """Work of a known kind on the same machine in the same minutes; results are its multiples."""

    name: str
    per_second: float


@dataclass(frozen=True, slots=True)
class Result:
    """One measured figure: the median of its rounds, with `more` of what stands behind it."""

    name: str
    per_second: float
    p50_ms: float | None = None
    p99_ms: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    bench: str
    yardstick: Yardstick
    results: tuple[Result, ...]
    environment: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)

    def ratio(self, result: Result) -> float:
        return result.per_second / self.yardstick.per_second

    def to_json(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "environment": dict(self.environment),
            "yardstick": {
                "name": self.yardstick.name,
                "per_second": round(self.yardstick.per_second, 1),
            },
            "results": [self._told(each) for each in self.results],
            **self.more,
        }

    def _told(self, result: Result) -> dict[str, Any]:
        return {
            "name": result.name,
            "per_second": round(result.per_second, 1),
            "ratio": round(self.ratio(result), 4),
            "p50_ms": _rounded(result.p50_ms),
            "p99_ms": _rounded(result.p99_ms),
            **result.more,
        }


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 2)


def environment(**more: str | float) -> dict[str, Any]:
    """The machine as it is now: what a reader must know before comparing figures."""
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "cpu_model": _cpu_model(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "load_average": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **more,
    }


def _cpu_model() -> str:
    listed = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    told = [line.partition(":")[2].strip() for line in listed if line.startswith("model name")]
    return told[0] if told else platform.machine()


def percentile(sample: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: a value that was measured, never one between two."""
    if not sample:
        raise Malformed(Reason.FIELD_INVALID, param="sample", value="empty")
    return sorted(sample)[max(0, math.ceil(share * len(sample)) - 1)]


def middle(rounds: Sequence[Result]) -> Result:
    """The median round of several of one kind, with the best beside it."""
    rate = median([each.per_second for each in rounds])
    nearest = min(rounds, key=lambda each: abs(each.per_second - rate))
    best = max(each.per_second for each in rounds)
    told = {"best_per_second": round(best, 1), "rounds": len(rounds)}
    return Result(
        nearest.name, nearest.per_second, nearest.p50_ms, nearest.p99_ms, {**nearest.more, **told}
    )
