"""A statement as its owner gets it: JSON, a table, a page in four languages, camt.053."""

import csv
import io
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from door_world import World, opened
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from pyiso20022.camt.camt_053_001_12 import camt_053_001_12 as independent
from xsdata.formats.dataclass.parsers import XmlParser

from qantara import texts
from qantara.domestic import flow as domestic
from qantara.edge import statement_files
from qantara.rails.model import Status
from qantara.texts import Language
from qantara.wallet.statement_model import LineKind

PERIOD = "/v1/accounts/acc_aisha/statement?from=2026-03-01&to=2026-03-02"
OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "iso20022"
SPACE = "urn:iso:std:iso:20022:tech:xsd:"
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script>"


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        await made.my.do(domestic.open_books, None)
        yield made


async def busy(world: World) -> World:
    """A payment abroad that was paid, and a pot whose name is hostile."""
    await world.remitted()
    await world.concluded(Status.ACCC)
    pot = (await world.post("/v1/pots", {"account_id": "acc_aisha", "name": HOSTILE})).json()
    move = {"direction": "in", "amount": "50.00", "currency": "MYR"}
    assert (await world.post(f"/v1/pots/{pot['id']}/moves", move)).status_code == 201
    return world


async def got(world: World, form: str, **headers: str) -> Any:
    answer = await world.get(f"{PERIOD}&format={form}", **headers)
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_json_adds_up_and_names_every_line(world):
    told = (await got(await busy(world), "json")).json()
    assert (told["object"], told["opening_balance"], told["closing_balance"]) == (
        "statement",
        "0.00",
        "450.00",
    )
    total = Decimal(told["opening_balance"]) + Decimal(told["credits"]) - Decimal(told["debits"])
    assert total == Decimal(told["closing_balance"])
    assert [each["kind"] for each in told["lines"]] == ["other", "remittance_sent", "pot_in"]
    paid = told["lines"][1]
    assert (paid["amount"], paid["fee"], paid["counterpart"]) == ("-500.00", "2.50", "BILAL M****")
    assert re.fullmatch(r"[0-9a-f-]{36}", paid["uetr"])
    assert told["lines"][2]["counterpart"] == HOSTILE
    assert "Bilal Malik" not in str(told)


async def test_without_a_period_what_moved_is_paged_as_before(world):
    page = (await world.get("/v1/accounts/acc_aisha/statement")).json()
    assert [each["code"] for each in page["data"]] == ["e_money.issue"]
    assert page["has_more"] is False


async def test_the_table_begins_no_formula(world):
    answer = await got(await busy(world), "csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert ".csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["kind"] for row in rows] == [
        *("opening_balance", "other", "remittance_sent", "pot_in", "closing_balance")
    ]
    assert rows[3]["counterpart"] == f"'{HOSTILE}"
    amounts = [Decimal(row["amount"]) for row in rows[1:-1]]
    assert Decimal(rows[0]["balance"]) + sum(amounts) == Decimal(rows[-1]["balance"])


@given(st.text(max_size=12))
def test_no_cell_is_a_formula(word):
    shown = statement_files.cell(word)
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert shown in {word, f"'{word}"}


@pytest.mark.parametrize("spoken", list(Language))
async def test_the_page_is_plain_whole_and_in_the_readers_language(world, spoken):
    answer = await got(await busy(world), "html", **{"accept-language": spoken})
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    page = html.document_fromstring(answer.text)
    assert page.get("lang") == spoken
    assert page.get("dir") == ("rtl" if spoken is Language.UR else "ltr")
    assert page.findtext(".//h1") == texts.phrase("statement", "label", "title", spoken)
    assert page.findall(".//script") == []
    assert len(page.findall(".//tbody/tr")) == 3
    assert HOSTILE in page.text_content()
    shown = {
        "".join(c for c in each.text_content() if c.isdigit() or c in "-\u2212")
        for each in page.findall(".//tbody//bdi[@dir='ltr']")
    }
    assert {"100000", "-50000", "250", "45000"} <= {each.replace("\u2212", "-") for each in shown}


async def test_an_empty_period_says_so_in_every_form(world):
    path = PERIOD.replace("2026-03-02", "2026-03-01")
    for spoken in Language:
        page = (await world.get(f"{path}&format=html", **{"accept-language": spoken})).text
        assert texts.phrase("statement", "label", "nothing", spoken) in page.replace("&#x27;", "'")
    raw = (await world.get(f"{path}&format=camt.053")).content
    assert parsed(raw).bk_to_cstmr_stmt.stmt[0].ntry == []


def test_the_words_are_whole_in_every_language():
    kinds = {
        texts.phrase("statement", "kind", kind.value, spoken): (kind, spoken)
        for kind in LineKind
        for spoken in Language
        if kind is not LineKind.FEE
    }
    assert len(kinds) == (len(LineKind) - 1) * len(Language)


def parsed(raw: bytes) -> Any:
    """The message as an independent library of ISO 20022 reads it, in its newest version."""
    text = raw.replace(b"camt.053.001.13", b"camt.053.001.12")
    return XmlParser().from_bytes(text, independent.Document)


async def test_camt_053_says_the_same_to_an_independent_reader(world):
    raw = (await got(await busy(world), "camt.053")).content
    statement = parsed(raw).bk_to_cstmr_stmt.stmt[0]
    balances = {each.tp.cd_or_prtry.cd: each for each in statement.bal}
    assert {code: str(each.amt.value) for code, each in balances.items()} == {
        "OPBD": "0.00",
        "CLBD": "450.00",
    }
    signed = [
        each.amt.value * (1 if each.cdt_dbt_ind.value == "CRDT" else -1) for each in statement.ntry
    ]
    assert sum(signed) == balances["CLBD"].amt.value
    assert statement.txs_summry.ttl_ntries.nb_of_ntries == "3"
    details = statement.ntry[1].ntry_dtls[0].tx_dtls[0]
    assert str(details.chrgs.ttl_chrgs_and_tax_amt.value) == "2.50"
    assert details.rltd_pties.cdtr.pty.nm == "BILAL M****"
    assert details.refs.uetr


def official(name: str) -> etree.XMLSchema:
    path = OFFICIAL / f"{name}.xsd"
    if not path.exists():
        pytest.skip(f"the official schema of {name} is not in {OFFICIAL}")
    return etree.XMLSchema(etree.parse(path))


async def test_camt_053_obeys_the_official_schema(world):
    schema = official("camt.053.001.13")
    raw = (await got(await busy(world), "camt.053")).content
    schema.assertValid(etree.fromstring(raw))


async def test_all_but_the_balances_obeys_the_official_sister_message(world):
    """camt.054 of the same release has the same account, summary and entries."""
    schema = official("camt.054.001.13")
    raw = (await got(await busy(world), "camt.053")).content
    text = raw.decode().replace("camt.053.001.13", "camt.054.001.13")
    text = text.replace("BkToCstmrStmt>", "BkToCstmrDbtCdtNtfctn>").replace("Stmt>", "Ntfctn>")
    root = etree.fromstring(text.encode())
    etree.strip_elements(root, f"{{{SPACE}camt.054.001.13}}Bal")
    schema.assertValid(root)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=2026-03-02&to=2026-03-01", 400, "field_invalid"),
        ("from=2026-04-01", 400, "field_invalid"),
        ("from=yesterday", 400, "time_malformed"),
        ("from=2026-03-01&to=2026-02-30", 400, "time_malformed"),
        ("from=2026-03-01&format=docx", 400, "field_invalid"),
    ],
)
async def test_a_period_that_cannot_be_says_why(world, query, status, code):
    answer = await world.get(f"/v1/accounts/acc_aisha/statement?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_statement_is_its_owners_and_staffs(world):
    assert (await world.get(PERIOD, "bo")).status_code == 404
    assert (await world.get(PERIOD, "maker")).json()["owner"] == "Aisha Contoh"


async def test_the_pdf_is_the_same_each_time_and_speaks_the_readers_language(world):
    await busy(world)
    for spoken in Language:
        answer = await got(world, "pdf", **{"accept-language": spoken.value})
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].endswith('.pdf"')
        assert answer.content.startswith(b"%PDF-")
        assert f"/Lang ({spoken.value})".encode() in answer.content
        again = await got(world, "pdf", **{"accept-language": spoken.value})
        assert again.content == answer.content
