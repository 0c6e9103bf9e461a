"""Notes of what runs where: the living are told from the dead, and from their namesakes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qantara.host import notes

THERE = {"my": "http://127.0.0.1:1"}


def test_a_note_tells_where_a_living_process_answers(tmp_path: Path) -> None:
    note = notes.leave(tmp_path / "running", THERE, {})
    assert notes.read(tmp_path / "running") == THERE
    note.unlink()
    assert notes.read(tmp_path / "running") == {}


def test_a_folder_that_is_not_there_holds_no_notes(tmp_path: Path) -> None:
    assert notes.read(tmp_path / "running") == {}


LEAVE = (
    "import sys; from pathlib import Path; from qantara.host import notes;"
    "notes.leave(Path(sys.argv[1]), {'pk': 'http://127.0.0.1:2'}, {});"
)


def test_the_note_of_a_dead_process_is_removed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LEAVE, str(tmp_path)], check=True)  # noqa: S603
    kept = notes.leave(tmp_path, THERE, {})
    assert len(list(tmp_path.iterdir())) == 2
    assert notes.read(tmp_path) == THERE
    assert list(tmp_path.iterdir()) == [kept]


def test_a_note_taken_away_while_notes_are_read_is_no_failure(tmp_path: Path) -> None:
    kept = notes.leave(tmp_path, THERE, {})
    kept.with_name("1.json").symlink_to(tmp_path / "gone")
    assert notes.read(tmp_path) == THERE


def test_a_process_number_used_again_is_told_apart(tmp_path: Path) -> None:
    note = notes.leave(tmp_path, THERE, {})
    said = json.loads(note.read_text())
    note.write_text(json.dumps(said | {"started": str(int(said["started"]) - 1)}))
    assert notes.read(tmp_path) == {}
    assert not note.exists()


def test_a_note_is_never_seen_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader may look at any moment: the note appears whole."""
    seen: list[dict[str, str]] = []
    real = Path.write_text

    def looked(path: Path, text: str) -> int:
        """Write half, let a reader look, then write it whole."""
        real(path, text[: len(text) // 2])
        seen.append(notes.read(tmp_path))
        return real(path, text)

    monkeypatch.setattr(Path, "write_text", looked)
    notes.leave(tmp_path, THERE, {})
    assert seen == [{}]
    assert notes.read(tmp_path) == THERE


def test_the_notes_of_several_processes_are_read_together(tmp_path: Path) -> None:
    notes.leave(tmp_path, THERE, {})
    child = subprocess.Popen(  # noqa: S603
        [
            sys.executable,
            "-c",
            LEAVE + "print('left', flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    assert notes.read(tmp_path) == THERE | {"pk": "http://127.0.0.1:2"}
    child.communicate()
    assert notes.read(tmp_path) == THERE
