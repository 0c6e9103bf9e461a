"""The command line without a world: help, errors in words, and messages judged."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qantara import __version__
from qantara.cli import app
from qantara.host import notes

GOLDEN = Path(__file__).parent.parent / "golden" / "iso20022"
PAYROLL = Path(__file__).parents[2] / "examples" / "payroll.xml"
Run = Callable[..., Result]
COMMANDS = {
    (): ("demo", "serve", "send", "verify", "doctor", "iso20022", "version"),
    ("demo",): ("--once", "--json"),
    ("serve",): ("roles", "--world"),
    ("send",): ("--file", "--to", "--amount", "--currency", "--country", "--json"),
    ("verify",): ("--role", "--json"),
    ("doctor",): ("--json",),
    ("iso20022",): ("validate",),
    ("iso20022", "validate"): ("--profile", "--json"),
    ("qr",): ("decode", "encode", "draw"),
    ("qr", "encode"): ("--scheme", "--merchant", "--amount", "--file", "--json"),
    ("agents",): ("list", "register", "suspend", "resume", "close"),
    ("agents", "register"): ("--name", "--district", "--role", "--approve", "--json"),
    ("version",): (),
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands in an empty home, with no server to be had."""
    monkeypatch.setenv("QANTARA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QANTARA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(app, words, catch_exceptions=False)

    return invoke


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words, "--help")
    assert done.exit_code == 0
    for option in COMMANDS[words]:
        assert option.lower() in done.stdout.lower()


def test_the_version_is_told(run: Run) -> None:
    assert run("version").stdout.strip() == __version__


def test_an_unknown_command_is_told(run: Run) -> None:
    done = run("sned")
    assert done.exit_code == 2
    assert "sned" in done.stderr


def test_without_a_world_the_way_to_one_is_told(run: Run) -> None:
    done = run("verify")
    assert done.exit_code == 2
    assert "qantara demo" in done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads(run("verify", "--json").stdout)["error"]
    assert told["code"] == "world_missing"
    assert told["detail"]


def test_a_world_that_runs_without_the_sender_is_told(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "home" / "worlds" / "demo"
    place.mkdir(parents=True)
    (place / "keys.json").write_text('{"my": {"employer": "key"}}')
    notes.leave(place / "running", {"nexus": "http://127.0.0.1:1"}, {})
    done = run("send", "--to", "+923002000003", "--amount", "1.00", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["facts"]["party"] == "my"


def test_a_database_that_does_not_answer_is_told(run: Run) -> None:
    done = run("demo", "--once", "--json")
    assert done.exit_code == 2
    assert "does not answer" in json.dumps(json.loads(done.stdout)["error"])
    doctor = run("doctor", "--json")
    assert doctor.exit_code == 1
    checks = {each["check"]: each["ok"] for each in json.loads(doctor.stdout)["checks"]}
    assert [name for name, ok in checks.items() if not ok] == ["database"]
    assert {"qantara", "python", "home", "disk room", "disk sync", "world"} <= set(checks)


@pytest.mark.parametrize("name", ["../out", "A", "a b", 'x"; drop', "a-b", "", "x" * 40])
def test_a_world_has_a_plain_name(run: Run, name: str) -> None:
    done = run("serve", "--world", name)
    assert done.exit_code == 2
    assert "world" in done.stderr


@pytest.mark.parametrize(
    ("words", "param"),
    [
        (("send",), "--file or --to"),
        (("send", "--to", "+923002000003", "--file", "x.xml"), "--file or --to"),
        (("iso20022", "validate", "missing.xml"), "FILE"),
        (("iso20022", "validate", str(PAYROLL), "--profile", "sepa"), "profile"),
    ],
)
def test_a_wrong_option_is_told_with_its_name(run: Run, words: tuple[str, ...], param: str) -> None:
    done = run(*words, "--json")
    assert done.exit_code == 2
    told = json.loads(done.stdout)["error"]
    assert told["facts"]["param"] == param
    assert told["detail"]


def test_words_that_look_like_markup_are_printed_and_not_obeyed(run: Run) -> None:
    done = run("iso20022", "validate", "[/red]not[bold]there.xml")
    assert done.exit_code == 2
    assert "[/red]not[bold]there.xml" in done.stderr


def test_a_setting_that_cannot_be_read_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QANTARA_POSTGRES_VERSION", "12")
    done = run("doctor", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["facts"]["param"] == "QANTARA_POSTGRES_VERSION"


def test_the_example_file_is_valid(run: Run) -> None:
    done = run("iso20022", "validate", str(PAYROLL), "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["valid"], told["defects"]) == (0, True, [])
    assert told["message"] == "pain.001.001.12"
    assert "valid" in run("iso20022", "validate", str(PAYROLL)).stdout


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)).replace("&a0;", "&a;")
    + ']><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12">&a8;</Document>'
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12">&x;</Document>'
)


def _wrong() -> dict[str, tuple[bytes, str]]:
    good = (GOLDEN / "customer-pain.001.001.12.xml").read_bytes()
    return {
        "not XML": (b"hello", "message_unreadable"),
        "empty": (b"", "message_unreadable"),
        "cut off": (good[: len(good) // 2], "message_unreadable"),
        "an entity bomb": (BOMB.encode(), "message_unreadable"),
        "an external entity": (EXTERNAL.encode(), "message_unreadable"),
        "an older version": (
            good.replace(b"pain.001.001.12", b"pain.001.001.03"),
            "message_version",
        ),
        "an unknown message": (
            good.replace(b"pain.001.001.12", b"camt.053.001.08"),
            "message_version",
        ),
        "oversized": (good + b" " * 40_000_000, "body_too_large"),
        "a missing element": (
            re.sub(b"<MsgId>.*?</MsgId>", b"", good, count=1),
            "message_element_missing",
        ),
        "a second root": (good + b"<Document/>", "message_unreadable"),
    }


@pytest.mark.parametrize("name", _wrong())
def test_a_wrong_message_is_judged_with_code_and_place(run: Run, tmp_path: Path, name: str) -> None:
    raw, code = _wrong()[name]
    file = tmp_path / "message.xml"
    file.write_bytes(raw)
    done = run("iso20022", "validate", str(file), "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert told["valid"] is False
    first = told["defects"][0]
    assert first["code"] == code
    assert first["xpath"].startswith("/")
    assert first["message"]
    assert "root:" not in done.stdout
    words = run("iso20022", "validate", str(file))
    assert words.exit_code == 1
    assert first["iso_code"] in words.stdout


def test_a_defect_names_its_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "message.xml"
    file.write_bytes(PAYROLL.read_bytes().replace(b"<PmtMtd>TRF<", b"<PmtMtd>CHK[/b]<"))
    told = json.loads(run("iso20022", "validate", str(file), "--json").stdout)
    assert told["defects"][0]["xpath"].endswith("/PmtInf/PmtMtd")
    words = run("iso20022", "validate", str(file))
    assert words.exit_code == 1
    assert "CHK[/b]" in words.stdout


def test_a_golden_message_is_valid(run: Run) -> None:
    files = sorted(GOLDEN.rglob("*.xml"))
    assert files
    done = run("iso20022", "validate", str(files[0]), "--json")
    assert done.exit_code == 0, done.stdout
