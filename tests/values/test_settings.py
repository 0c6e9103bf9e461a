from decimal import Decimal
from pathlib import Path

import pytest

from qantara import settings
from qantara.errors import Malformed


def test_nothing_needs_to_be_set() -> None:
    loaded = settings.load({})
    assert loaded == settings.Settings(Path.home() / ".qantara", None, 18, 900)


def test_everything_can_be_set() -> None:
    loaded = settings.load(
        {
            "QANTARA_HOME": "~/elsewhere",
            "QANTARA_DATABASE_URL": "postgresql://tenant@db.example/postgres",
            "QANTARA_POSTGRES_VERSION": "16",
            "QANTARA_START_SECONDS": "30",
            "QANTARA_LOG": "json",
            "QANTARA_TRACES": "http://collector.example:4318/v1/traces",
            "QANTARA_TRACES_SHARE": "0.05",
        }
    )
    assert loaded == settings.Settings(
        Path.home() / "elsewhere",
        "postgresql://tenant@db.example/postgres",
        16,
        30,
        "json",
        "http://collector.example:4318/v1/traces",
        Decimal("0.05"),
    )


def test_a_home_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings.load({"QANTARA_HOME": "here"}).home == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QANTARA_POSTGRES_VERSION", "17"),
        ("QANTARA_POSTGRES_VERSION", "eighteen"),
        ("QANTARA_START_SECONDS", "-1"),
        ("QANTARA_START_SECONDS", "1.5"),
        ("QANTARA_START_SECONDS", "²"),
        ("QANTARA_LOG", "xml"),
        ("QANTARA_TRACES_SHARE", "1.1"),
        ("QANTARA_TRACES_SHARE", "-0.1"),
        ("QANTARA_TRACES_SHARE", "nan"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(Malformed) as raised:
        settings.load({name: value})
    assert raised.value.facts["param"] == name
