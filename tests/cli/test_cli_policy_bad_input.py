"""`qantara policy` with words it cannot take: a sentence and exit code 2, never a traceback."""

import pytest
from typer.testing import CliRunner

from qantara.cli import app

PAYMENT = ("decide", "--from", "MY", "--to", "PK", "--amount", "MYR:500")
HEAD = "id,on,customer,source_country,destination_country,source_amount,destination_amount,"
HEAD += "sender_kind,rails,purpose,sender.factors\n"
BAD = {
    "endless number": (*PAYMENT, "--fact", "factors=" + "9" * 5000),
    "raised number": (*PAYMENT, "--fact", "factors=²"),
    "kind told twice": (*PAYMENT, "--fact", "customer_kind=company"),
    "country told twice": ("decide", "--from", "MY", "--act", "account", "--fact", "country=PK"),
    "amount told twice": (*PAYMENT, "--fact", "amount=1.00"),
    "week": (*PAYMENT, "--on", "2026-W01-1"),
    "no dashes": (*PAYMENT, "--on", "20261101"),
    "unknown country": ("prove", "--from", "XX", "--to", "PK"),
    "no country": ("prove", "--from", "MY", "--to", ""),
    "table of nowhere": ("table", "--from", "XX", "--to", "PK"),
    "union": ("prove", "--from", "MY", "--to", "EU"),
    "unknown book": ("diff", "2024-01-01", "2026-01-01", "--book", "XX"),
    "endless rate": ("compare", "e_money", "--rate", "MYR:EUR=1e3000000"),
    "tiny rate": ("compare", "e_money", "--rate", "MYR:EUR=1e-3000000"),
    "rate of nothing": ("compare", "e_money", "--rate", "=1"),
    "rate to itself": ("compare", "e_money", "--rate", "MYR:MYR=2"),
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_it_is_said_in_a_sentence(words):
    done = CliRunner().invoke(app, ["policy", *words])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_an_endless_number_in_a_file_is_named_by_its_line(tmp_path):
    file = tmp_path / "payments.csv"
    row = "p1,2026-11-01,c1,MY,MY,5.00,5.00,person,duitnow,FAMI,"
    file.write_text(HEAD + row + "9" * 5000 + "\n")
    words = ["policy", "whatif", "--adopt", "x", "--payments", str(file)]
    done = CliRunner().invoke(app, words)
    assert (done.exit_code, "line 2: sender.factors" in done.output) == (2, True)
