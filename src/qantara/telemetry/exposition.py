"""A role's figures in Prometheus's text format."""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from qantara import __version__
from qantara.telemetry.measures import Counts, Family, Point, Spreads
from qantara.telemetry.witness import Witness

MEDIA_TYPE = CONTENT_TYPE_LATEST
_ROLE = "role"

COUNTED: tuple[tuple[Family, str], ...] = (
    (
        Family(
            "qantara_commands",
            "counter",
            "Commands that were committed, by verb; `outcome` is done, or the reason why not.",
            ("verb", "outcome"),
        ),
        "commands",
    ),
    (
        Family("qantara_batches_failed", "counter", "Transactions that were given up."),
        "failed",
    ),
    (
        Family(
            "qantara_messages_received",
            "counter",
            "Messages taken from peers; `outcome` is accepted, or the reason why not.",
            ("peer", "message", "outcome"),
        ),
        "received",
    ),
    (
        Family(
            "qantara_messages_sent",
            "counter",
            "Attempts to deliver a message; `outcome` is accepted, unanswered, or the reason.",
            ("peer", "message", "outcome"),
        ),
        "sent",
    ),
    (
        Family("qantara_sign_ins_rejected", "counter", "Keys that did not open.", ("reason",)),
        "rejected",
    ),
)
SPREAD: tuple[tuple[Family, str], ...] = (
    (Family("qantara_batch_commands", "histogram", "Commands in one transaction."), "sizes"),
    (
        Family("qantara_batch_seconds", "histogram", "Time from begin to commit of a batch."),
        "seconds",
    ),
    (
        Family(
            "qantara_http_request_seconds",
            "histogram",
            "Time until an answer began, by route and class of status.",
            ("method", "route", "status"),
        ),
        "requests",
    ),
)
PEERS = Family(
    "qantara_peer_answered", "gauge", "Whether the peer answered the last delivery.", ("peer",)
)
BUILD = Family("qantara_build_info", "gauge", "Always 1; the label says the version.", ("version",))
OWN = (*(family for family, _ in COUNTED), *(family for family, _ in SPREAD), PEERS, BUILD)


class _Once(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def text(
    witness: Witness,
    families: Mapping[str, Family],
    points: Iterable[Point],
    spreads: Mapping[str, Spreads],
) -> bytes:
    """All figures: what the role counted itself, and what was read in its database."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(_metrics(witness, families, points, spreads)))
    return generate_latest(registry)


def _metrics(
    witness: Witness,
    families: Mapping[str, Family],
    points: Iterable[Point],
    spreads: Mapping[str, Spreads],
) -> Iterator[Metric]:
    role = witness.role
    for family, place in COUNTED:
        counted: Counts = getattr(witness, place)
        yield _plain(role, family, [Point(family.name, *each) for each in dict(counted).items()])
    for family, place in SPREAD:
        yield _spread(role, family, getattr(witness, place))
    answered = [Point(PEERS.name, (peer,), int(ok)) for peer, ok in witness.peers.items()]
    yield _plain(role, PEERS, answered)
    yield _plain(role, BUILD, [Point(BUILD.name, (__version__,), 1)])
    for name, found in groupby(sorted(points), key=lambda point: point.family):
        yield _plain(role, families[name], found)
    for name, spread in spreads.items():
        yield _spread(role, families[name], spread)


def _plain(role: str, family: Family, points: Iterable[Point]) -> Metric:
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    made = kind(family.name, family.told, labels=(_ROLE, *family.labels))
    for point in points:
        made.add_metric((role, *point.labels), point.value)
    return made


def _spread(role: str, family: Family, spreads: Spreads) -> Metric:
    made = HistogramMetricFamily(family.name, family.told, labels=(_ROLE, *family.labels))
    for labels, spread in list(spreads.of.items()):
        buckets = [(_bound(bound), covered) for bound, covered in spread.buckets()]
        made.add_metric((role, *labels), buckets, spread.total)
    return made


def _bound(bound: float) -> str:
    return "+Inf" if bound == math.inf else str(bound)
