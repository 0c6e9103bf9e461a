"""`qantara demo --once` as a newcomer runs it, and `qantara verify` on what it leaves."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from typer.testing import CliRunner
from world_trials import Home, Said, Servers, change

from qantara.cli import app
from qantara.clock import utc_now
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.world import worlds

pytestmark = pytest.mark.xdist_group("world-once")
ONE_TRANSFER = "(SELECT sequence FROM ledger.transfer ORDER BY sequence LIMIT 1 OFFSET 2)"


@pytest.fixture(scope="module")
def place(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("once-home"), servers(18))


@pytest.fixture(scope="module")
def once(place: Home) -> Said:
    return place.run("demo", "--once", "--json")


@pytest.fixture
def here(place: Home, once: Said, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Commands run in this process act on the home."""
    for name, value in place.environ.items():
        monkeypatch.setenv(name, value)
    return place


def verify(*words: str) -> Said:
    done = CliRunner().invoke(app, ["verify", *words], catch_exceptions=False)
    return Said(done.exit_code, done.stdout, done.stderr)


def payments(once: Said) -> list[dict[str, Any]]:
    return list(once.json["payments"])


def test_it_says_that_all_is_as_it_should_be(once: Said) -> None:
    assert (once.status, once.err) == (0, "")
    assert set(once.json) >= {"world", "payments", "books"}


PROFILES = {"MY": "duitnow", "PK": "raast", "FR": "oct_inst"}
ENDS = ["completed"] * 6 + ["rejected"]


def test_a_payment_in_every_direction_and_one_put_back(once: Said) -> None:
    told = [(p["direction"], p["addressed_by"], p["rail"], p["status"]) for p in payments(once)]
    assert told == [
        ("MY->PK", "alias", "duitnow > nexus > raast", "completed"),
        ("PK->MY", "account", "raast > nexus > duitnow", "completed"),
        ("MY->FR", "iban", "duitnow > nexus > tips", "completed"),
        ("FR->MY", "alias", "tips > nexus > duitnow", "completed"),
        ("FR->PK", "iban", "tips > nexus > raast", "completed"),
        ("PK->FR", "iban", "raast > nexus > tips", "completed"),
        ("MY->PK", "alias", "duitnow > nexus > raast", "rejected"),
    ]


def test_each_payment_has_the_keys_that_were_promised(once: Said) -> None:
    keys = {
        *("uetr", "direction", "addressed_by", "rail", "sent", "disclosed_received", "received"),
        *("total_cost_percent", "status", "elapsed_ms", "messages"),
    }
    for payment in payments(once):
        assert keys <= set(payment)
        for name in ("sent", "disclosed_received", "received"):
            assert set(payment[name]) == {"amount", "currency"}
        assert all({"name", "valid"} <= set(message) for message in payment["messages"])
        assert isinstance(payment["elapsed_ms"], int)


def test_what_was_promised_is_what_was_credited(once: Said) -> None:
    for payment in payments(once):
        if payment["status"] == "completed":
            assert payment["received"] == payment["disclosed_received"]
        else:
            assert Decimal(payment["received"]["amount"]) == 0
            assert payment["reason"]["iso_code"] == "AM21"


def test_every_message_of_the_way_is_told_and_valid(once: Said) -> None:
    for payment in payments(once):
        names = [message["name"].rpartition(".001.")[0] for message in payment["messages"]]
        assert names.count("pacs.008") == 6
        assert names.count("pacs.002") == 8
        spoken = {message["profile"] for message in payment["messages"]}
        assert spoken == {"nexus", *(PROFILES[name] for name in payment["direction"].split("->"))}
        assert all(message["valid"] is True for message in payment["messages"])


def test_the_total_cost_is_what_arithmetic_says(once: Said) -> None:
    for payment in payments(once):
        debit = Fraction(payment["sent"]["amount"])
        mid = Fraction(payment["quote"]["mid_market_rate"]["rate"])
        received = Fraction(payment["disclosed_received"]["amount"])
        cost = 100 * (debit - received / mid) / debit
        exact = Decimal(cost.numerator) / Decimal(cost.denominator)
        told = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert payment["total_cost_percent"] == str(told)


def test_the_books_have_the_shape_that_was_promised_and_balance(once: Said) -> None:
    books = once.json["books"]
    shapes = {
        "mirrors": {"holder", "keeper", "asset", "difference"},
        "clearing": {"account", "amount"},
        "safeguarding": {"issuer", "outstanding", "safeguarded", "difference"},
    }
    assert books["balanced"] is True
    assert [entry["sum"] for entry in books["assets"]] == ["0.00"] * 3
    for name, keys in shapes.items():
        assert books[name]
        for entry in books[name]:
            assert keys <= set(entry)
            assert entry.get("difference", entry.get("amount")) == "0.00"
    pairs = {(entry["holder"], entry["keeper"]) for entry in books["mirrors"]}
    assert pairs == {
        *(("my", "duitnow"), ("pk", "raast"), ("sap-my", "duitnow"), ("sap-pk", "raast")),
        *(("fr", "tips"), ("sap-fr", "tips")),
        *(("fxp", "sap-my"), ("fxp", "sap-pk"), ("fxp", "sap-fr")),
    }


def test_a_world_that_nobody_touched_verifies(here: Home) -> None:
    done = verify("--json")
    assert done.status == 0
    assert done.json["first_wrong"] is None
    assert done.json["world"] == "once"
    assert len(done.json["roles"]) == 10


async def test_verify_as_a_person_reads_it_is_clean(here: Home) -> None:
    said = here.run("verify")
    assert said.status == 0
    assert "World once: balanced" in said.out


@pytest.fixture
async def corrupted(here: Home) -> AsyncIterator[Home]:
    """One row of DuitNow's book is one sen more than it was."""
    name = "qantara_once_duitnow"
    sql = f"UPDATE ledger.transfer SET amount = amount + $1 WHERE sequence = {ONE_TRANSFER}"
    await change(here.server, name, sql, 1)
    yield here
    await change(here.server, name, sql, -1)


def test_a_row_corrupted_by_hand_is_named(corrupted: Home) -> None:
    done = corrupted.run("verify", "--json")
    assert done.status == 1
    first = done.json["first_wrong"]
    assert (first["role"], first["table"]) == ("duitnow", "transfer")
    assert first["key"] == "3"
    assert done.json["balanced"] is False
    assert [role for role, told in done.json["roles"].items() if not told["clean"]] == ["duitnow"]


def test_a_corrupted_row_is_named_to_a_person_too(corrupted: Home) -> None:
    done = corrupted.run("verify")
    assert done.status == 1
    assert "First wrong row: duitnow, transfer 3" in done.out
    assert "World once: not balanced" in done.out


def test_one_institution_reads_only_its_own_book(corrupted: Home) -> None:
    done = verify("--role", "my", "--json")
    assert done.status == 0
    assert list(done.json["roles"]) == ["my"]
    assert done.json["mirrors"] == []
    assert [each["issuer"] for each in done.json["safeguarding"]] == ["my"]


def test_a_demo_on_a_corrupted_world_says_so_in_its_status(
    corrupted: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worlds, "DEMO", "once")
    done = CliRunner().invoke(app, ["demo", "--json"], catch_exceptions=False)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["books"]["balanced"] is False
    assert [each["status"] for each in told["payments"]] == ENDS


@asynccontextmanager
async def posted(home: Home, role: str, debit: str, credit: str) -> AsyncIterator[None]:
    """A posting that nobody else knows of, taken back afterwards."""
    for number, (one, other) in enumerate([(debit, credit), (credit, debit)]):
        database = home.server.database(f"qantara_once_{role}")
        writer = await database.writer()
        try:
            async with writer.transaction():
                transfer = Transfer(
                    id=str(uuid.uuid4()),
                    debit=one,
                    credit=other,
                    amount=123,
                    asset="MYR",
                    code="slip",
                    reference="slip",
                    occurred_at=utc_now(),
                )
                outcome = await ledger.post(writer, [transfer], utc_now())
                assert outcome[0].refusal is None
        finally:
            await writer.close()
        if number == 0:
            yield


async def test_a_mirror_that_does_not_agree_is_named(here: Home) -> None:
    async with posted(here, "my", "own/duitnow", "equity/capital"):
        done = here.run("verify", "--json")
        alone = here.run("verify", "--role", "my")
    assert done.status == 1
    off = [each for each in done.json["mirrors"] if each["difference"] != "0.00"]
    assert off == [{"holder": "my", "keeper": "duitnow", "asset": "MYR", "difference": "-1.23"}]
    assert done.json["first_wrong"] is None
    assert alone.status == 0


async def test_a_clearing_account_that_is_not_empty_is_named(here: Home) -> None:
    async with posted(here, "my", "equity/capital", "clearing/outgoing"):
        done = here.run("verify")
    assert done.status == 1
    assert "my/clearing/outgoing" in done.out
    assert "1.23" in done.out


async def test_e_money_that_is_not_safeguarded_is_named(here: Home) -> None:
    owner = await here.server.connect("qantara_once_my")
    code = await owner.fetchval("SELECT code FROM ledger.account WHERE class = 'e_money' LIMIT 1")
    await owner.close()
    async with posted(here, "my", "equity/capital", code):
        done = here.run("verify", "--json")
    assert done.status == 1
    off = [each for each in done.json["safeguarding"] if each["difference"] != "0.00"]
    assert [(each["issuer"], each["difference"]) for each in off] == [("my", "-1.23")]


@pytest.mark.parametrize("role", ["nexus", "nobody"])
def test_a_role_without_a_book_is_told_and_not_called_balanced(here: Home, role: str) -> None:
    done = verify("--role", role, "--json")
    assert done.status == 2
    assert role in json.dumps(done.json["error"])


async def test_a_second_run_replaces_only_its_own_world(here: Home) -> None:
    first = (here.folder("once").keys).read_text()
    for name in ("qantara_once_more_my", "qantara_kept_my"):
        await here.server.create(name, ())
    kept = here.folder("kept")
    kept.path.mkdir()
    kept.config.write_text("[world]\n")
    status = here.run("demo", "--once", "--json").status
    left = await here.server.databases("qantara_once_more") + await here.server.databases(
        "qantara_kept"
    )
    for name in left:
        await here.server.drop(name)
    assert status == 0
    assert left == ["qantara_once_more_my", "qantara_kept_my"]
    assert kept.config.exists()
    assert here.folder("once").keys.read_text() != first
    assert here.folder("once").running() == {}
