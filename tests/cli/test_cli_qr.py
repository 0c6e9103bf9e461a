"""`qantara qr`: codes read, written and drawn as a person or a program asks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qantara.cli import app
from qantara.rails.qr.tlv import crc

DUITNOW = (
    "00020201021126410014A000000615000101065016640209123456789"
    "520499995303458540510.005802MY5909QRCSDNBHD6005BANGI6304343F"
)
RAAST = "0002020102120202000424PK33ABCD000000000000000005075000.50071231122026183010041E4C"
BILL = "00020101021130470016A00000067701011201150994000000000010204REF153037645802TH6304"
WRITTEN = (
    "00020101021226360014A000000615000101065016640204M123520400005303458540510.00"
    "5802MY5905KEDAI6004IPOH63042FFB"
)
OLD = "0002020102120202000424PK33ABCD000000000000000005041.000712010120200000"
IBAN = "PK33ABCD0000000000000000"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("QANTARA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(app, ["qr", *words], input=given, catch_exceptions=False)

    return invoke


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("NO_COLOR", "1")


def test_a_code_without_a_terminal_is_one_line(run: Run) -> None:
    (line,) = run("decode", DUITNOW).stdout.splitlines()
    assert json.loads(line)["scheme"] == "duitnow"


@pytest.mark.usefixtures("terminal")
def test_a_person_reads_a_card(run: Run) -> None:
    done = run("decode", DUITNOW)
    assert done.exit_code == 0
    for word in ("duitnow", "QRCSDNBHD", "123456789 at 501664", "MYR 10.00", "BANGI, MY"):
        assert word in done.stdout
    assert "2026-12-31 13:30 UTC" in run("decode", RAAST).stdout


def test_a_program_reads_one_line_a_code_and_gets_the_codes_back(run: Run, tmp_path: Path) -> None:
    (tmp_path / "codes.txt").write_text(f"{DUITNOW}\n{RAAST}\n", encoding="utf-8")
    done = run("decode", "--file", "codes.txt")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["scheme"] for each in records] == ["duitnow", "raast"]
    assert records[0]["amount"] == "10.00"
    assert records[0]["accounts"][0]["value"] == "123456789"
    (tmp_path / "records.jsonl").write_text(done.stdout, encoding="utf-8")
    again = run("encode", "--file", "records.jsonl")
    assert again.stdout.splitlines() == [DUITNOW, RAAST]


def test_a_bad_code_among_good_ones_is_told_and_the_rest_is_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "codes.txt").write_text(f"{DUITNOW[:-1]}0\n{RAAST}\n", encoding="utf-8")
    done = run("decode", "--file", "codes.txt", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.exit_code == 1
    assert first["error"]["code"] == "qr_unreadable"
    assert first["error"]["facts"]["defect"] == "the checksum does not agree"
    assert first["error"]["facts"]["object"] == "63"
    assert second["scheme"] == "raast"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            (
                *("--scheme", "duitnow", "--merchant", "M123", "--acquirer", "501664"),
                *("--amount", "10.00", "--name", "KEDAI", "--city", "IPOH"),
            ),
            WRITTEN,
        ),
        (("--scheme", "raast", "--to", f"iban:{IBAN}"), f"0002020102110202000424{IBAN}1004BA20"),
        (
            (
                *("--scheme", "raast", "--to", f"iban:{IBAN}", "--amount", "5000.50"),
                *("--expires", "2026-12-31T18:30:00+05:00"),
            ),
            RAAST,
        ),
        (
            ("--scheme", "promptpay", "--to", "phone:+66812345678"),
            "00020101021129370016A0000006770101110113006681234567853037645802TH6304823E",
        ),
        (
            ("--scheme", "promptpay", "--to", "biller:099400000000001", "--reference", "REF1"),
            BILL + crc(BILL),
        ),
        (
            ("--scheme", "epc", "--to", "iban:FR7630006000011234567890189", "--name", "Épicerie"),
            "BCD\n002\n1\nSCT\n\nÉpicerie\nFR7630006000011234567890189",
        ),
    ],
)
def test_a_code_is_written_from_its_facts(run: Run, words: tuple[str, ...], text: str) -> None:
    done = run("encode", *words)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{text}\n"
    assert json.loads(run("encode", *words, "--json").stdout) == {"text": text}


def test_a_code_whose_time_has_passed_is_read_and_told(run: Run) -> None:
    done = run("encode", "--scheme", "raast", "--to", f"iban:{IBAN}", "--amount", "1.00")
    assert done.exit_code == 2
    assert "must say when it expires" in done.stderr
    expires = ("--amount", "1.00", "--expires", "2019-12-31T19:00:00Z")
    text = run("encode", "--scheme", "raast", "--to", f"iban:{IBAN}", *expires).stdout.strip()
    assert text.startswith(OLD)
    assert json.loads(run("decode", text, "--json").stdout)["expired"] is True


@pytest.mark.usefixtures("terminal")
def test_a_card_says_what_is_wrong_or_over(run: Run) -> None:
    text = f"{OLD}1004"
    assert "(expired)" in run("decode", text + crc(text)).stdout
    wrong = run("decode", text + "0000")
    assert wrong.exit_code == 1
    assert "the checksum does not agree" in wrong.stdout


def test_a_code_is_drawn_into_a_file_or_to_the_output(run: Run, tmp_path: Path) -> None:
    assert run("draw", DUITNOW, "--out", "code.svg").exit_code == 0
    picture = (tmp_path / "code.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg ")
    assert run("draw", "-", given=DUITNOW + "\n").stdout.strip() == picture
    assert run("draw", DUITNOW[:-1], "--out", "none.svg").exit_code == 2
    assert not (tmp_path / "none.svg").exists()


@pytest.mark.parametrize(
    ("words", "param"),
    [
        (("decode",), "TEXT or --file"),
        (("decode", DUITNOW, "--file", "x"), "TEXT or --file"),
        (("decode", "--file", "missing"), "--file"),
        (("encode",), "--scheme or --file"),
        (("encode", "--scheme", "nobody", "--merchant", "M"), "--scheme"),
        (("encode", "--scheme", "duitnow"), "--merchant or --to"),
        (("encode", "--scheme", "duitnow", "--to", "shop:1"), "--to"),
        (("encode", "--scheme", "duitnow", "--merchant", "M", "--currency", "ABC"), "--currency"),
        (("draw",), "TEXT"),
        (("draw", DUITNOW, "--out", "no/such/folder.svg"), "--out"),
    ],
)
def test_a_wrong_option_is_told_with_its_name(run: Run, words: tuple[str, ...], param: str) -> None:
    done = run(*words, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["facts"]["param"] == param


@pytest.mark.parametrize("text", ["not json", "[]", "{}", "[" * 5000, '{"shown_by": "payee"}'])
def test_a_record_that_is_no_code_is_told(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "records.jsonl").write_text(text, encoding="utf-8")
    done = run("encode", "--file", "records.jsonl", "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["code"] == "field_invalid"


@pytest.mark.usefixtures("terminal")
def test_names_that_look_like_markup_are_printed_and_not_obeyed(run: Run) -> None:
    name = "[red]x[/red]"
    words = ("--scheme", "duitnow", "--merchant", "M", "--acquirer", "501664", "--city", "IPOH")
    text = run("encode", *words, "--name", name).stdout.strip()
    assert name in run("decode", text).stdout
