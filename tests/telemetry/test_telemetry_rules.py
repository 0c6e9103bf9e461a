"""The dashboard and the alert rules ask only for what there is."""

import json
import re
from importlib.resources import files

import pytest
import yaml

from qantara.edge.figures import FAMILIES
from qantara.telemetry.exposition import OWN
from qantara.telemetry.measures import Family

FOLDER = files("qantara.telemetry") / "prometheus"
ALL: dict[str, Family] = {family.name: family for family in (*OWN, *FAMILIES.values())}
NAME = re.compile(r"qantara_[a-z_]+")
WITH_LABELS = re.compile(r"(qantara_[a-z_]+)\{([^}]*)\}")
ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
KNOWN = {name + ending: family for name, family in ALL.items() for ending in ENDINGS[family.kind]}


def alerts() -> list[dict[str, object]]:
    told = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in told["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    board = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return asked + [str(rule["expr"]) for rule in alerts()]


@pytest.mark.parametrize("query", queries())
def test_a_query_names_figures_and_labels_that_exist(query: str) -> None:
    names = NAME.findall(query)
    assert names or query.startswith("up")
    assert [name for name in names if name not in KNOWN] == []
    for name, given in WITH_LABELS.findall(query):
        labels = re.findall(r"([a-z]+)\s*=~?", given)
        assert set(labels) <= {"role", *KNOWN[name].labels}, query


def test_every_alert_says_what_to_do() -> None:
    for rule in alerts():
        assert set(rule["annotations"]) == {"summary", "todo"}, rule["alert"]  # type: ignore[call-overload]
        assert rule["labels"] in ({"severity": "page"}, {"severity": "ticket"})


def test_names_follow_the_conventions() -> None:
    for family in ALL.values():
        assert re.fullmatch(r"qantara_[a-z][a-z_]*[a-z]", family.name)
        assert not family.name.endswith("_total"), "the text format adds it to counters"
        assert family.told.endswith(".")
        assert family.kind in ENDINGS
