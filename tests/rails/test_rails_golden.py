"""The golden messages: unchanged, valid by the official schemas, understood by another reader.

`QANTARA_BLESS=1 pytest tests/rails` writes them anew.
"""

import importlib
import os
from pathlib import Path

import pytest
from lxml import etree
from rails_samples import AT, GOLDEN, TRANSFER, UETR

from qantara.rails import flow

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "iso20022"
OFFICIAL = ROOT.parent / "shared" / "iso20022"
NOT_PUBLISHED_HERE = {"pain.002.001.14"}


def _documents(name):
    """The ISO documents in a golden file: itself, or the header and document of an envelope."""
    root = etree.fromstring((FOLDER / f"{name}.xml").read_bytes())
    return [root] if etree.QName(root).localname == "Document" else list(root)


def _message_name(document):
    return etree.QName(document).namespace.rpartition(":")[2]


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_message_is_what_we_build(name):
    profile, message = GOLDEN[name]
    raw = flow.build(message, profile)
    path = FOLDER / f"{name}.xml"
    if os.environ.get("QANTARA_BLESS"):
        path.write_bytes(raw)
    assert path.read_bytes() == raw
    assert flow.read(path.read_bytes(), profile) == message


def test_no_golden_message_is_left_over():
    assert {path.stem for path in FOLDER.glob("*.xml")} == set(GOLDEN)


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason=f"the official schemas are not in {OFFICIAL}")
@pytest.mark.parametrize("name", GOLDEN)
def test_the_official_schema_accepts_the_golden_message(name):
    for document in _documents(name):
        schema_name = _message_name(document)
        if schema_name in NOT_PUBLISHED_HERE:
            continue
        official = etree.XMLSchema(etree.parse(OFFICIAL / f"{schema_name}.xsd"))
        official.assertValid(etree.fromstring(etree.tostring(document)))


@pytest.mark.parametrize("name", [name for name in GOLDEN if "acmt" not in name])
def test_another_reader_understands_the_golden_message(name):
    parsers = pytest.importorskip("xsdata.formats.dataclass.parsers")
    document = _documents(name)[-1]
    message_name = _message_name(document)
    module = message_name.replace(".", "_")
    kind = importlib.import_module(f"pyiso20022.{message_name[:4]}.{module}.{module}").Document
    read = parsers.XmlParser().from_bytes(etree.tostring(document), kind)
    assert FACTS[message_name](read) == EXPECTED[message_name]


def _transfer_facts(document):
    transaction = document.fito_ficstmr_cdt_trf.cdt_trf_tx_inf[0]
    return (
        transaction.pmt_id.uetr,
        transaction.dbtr.nm,
        str(transaction.instd_amt.value),
        transaction.agrd_rate.qt_id,
    )


def _status_facts(document):
    return document.fito_fipmt_sts_rpt.tx_inf_and_sts[0].orgnl_uetr


def _file_facts(document):
    lines = document.cstmr_cdt_trf_initn.pmt_inf[0].cdt_trf_tx_inf
    return [(line.pmt_id.end_to_end_id, str(line.amt.instd_amt.value)) for line in lines]


def _file_answer_facts(document):
    lines = document.cstmr_pmt_sts_rpt.orgnl_pmt_inf_and_sts[0].tx_inf_and_sts
    return [(line.orgnl_end_to_end_id, line.tx_sts) for line in lines]


FACTS = {
    "pacs.008.001.13": _transfer_facts,
    "pacs.002.001.15": _status_facts,
    "pain.001.001.12": _file_facts,
    "pain.002.001.14": _file_answer_facts,
}
EXPECTED = {
    "pacs.008.001.13": (UETR, "Aisyah binti Rahman", "500.00", TRANSFER.agreed_rate.quote_id),
    "pacs.002.001.15": UETR,
    "pain.001.001.12": [("E1", "900.00"), ("E2", "700.00"), ("E3", "500.00")],
    "pain.002.001.14": [("E1", "ACCC"), ("E2", "PDNG"), ("E3", "RJCT")],
}


def test_the_duitnow_header_is_derived_from_its_message():
    header, _ = _documents("duitnow-pacs.008.001.13")
    identifier = header.findtext("{*}BizMsgIdr")
    assert identifier[:22] == f"{AT:%Y%m%d}WAUEMYK0110OXB"
    assert len(identifier) == 30
