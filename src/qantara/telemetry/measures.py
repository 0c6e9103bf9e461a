"""Counts and distributions as plain numbers: counting costs a look into a dictionary.

They become Prometheus families only when somebody asks for them.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Labels = tuple[str, ...]


class Family(NamedTuple):
    """A metric as Prometheus knows it: `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    told: str
    labels: Labels = ()


class Point(NamedTuple):
    """One figure of a family; the labels' values stand in the family's order."""

    family: str
    labels: Labels
    value: float


class Spread:
    """How many values fell below each bound, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        self.counts[bisect_left(self.bounds, value)] += times
        self.total += value * times

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Upper bounds, each with how many values it covers, as the text format wants them."""
        covered = 0
        for bound, count in zip((*self.bounds, math.inf), self.counts, strict=True):
            covered += count
            yield bound, covered


class Spreads:
    """One spread for each set of labels."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.of: dict[Labels, Spread] = {}

    def one(self, labels: Labels = ()) -> Spread:
        """The spread of these labels, to be kept by whoever adds to it often."""
        return self.of.setdefault(labels, Spread(self.bounds))

    def add(self, labels: Labels, value: float, times: int = 1) -> None:
        found = self.of.get(labels)
        if found is None:
            found = self.of[labels] = Spread(self.bounds)
        found.add(value, times)


Counts = defaultdict[Labels, float]


def counts() -> Counts:
    return defaultdict(float)
