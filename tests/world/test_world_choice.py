"""Which world a command works in."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from qantara import settings
from qantara.errors import NotFound
from qantara.host import notes
from qantara.world import worlds


def _made(home: Path, name: str, used_at: int) -> None:
    place = home / "worlds" / name
    (place / "running").mkdir(parents=True)
    (place / "keys.json").write_text("{}")
    os.utime(place / "running", (used_at, used_at))


def test_where_there_is_none_sending_makes_the_demo_world(tmp_path: Path) -> None:
    chosen = replace(settings.load({}), home=tmp_path)
    assert worlds.chosen_or_new(chosen).name == worlds.DEMO
    with pytest.raises(NotFound):
        worlds.chosen(chosen)


def test_the_world_started_last_is_chosen_whenever_it_was_made(tmp_path: Path) -> None:
    chosen = replace(settings.load({}), home=tmp_path)
    _made(tmp_path, "demo", used_at=2000)
    _made(tmp_path, "once", used_at=1000)
    assert worlds.chosen(chosen).name == "demo"


def test_a_running_world_goes_first(tmp_path: Path) -> None:
    chosen = replace(settings.load({}), home=tmp_path)
    _made(tmp_path, "once", used_at=1000)
    notes.leave(tmp_path / "worlds" / "once" / "running", {"my": "http://127.0.0.1:1"}, {})
    _made(tmp_path, "demo", used_at=4_000_000_000)
    assert worlds.chosen(chosen).name == "once"
