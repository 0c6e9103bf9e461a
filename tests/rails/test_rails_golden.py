"""The golden messages: unchanged, valid by the official schemas, understood by another reader.

`QANTARA_BLESS=1 pytest tests/rails` writes them anew.
"""

import importlib
import os
from pathlib import Path

import pytest
from lxml import etree
from rails_goldens import GOLDEN
from rails_official import assert_official, documents, message_name, needs_official
from rails_samples import AT

from qantara.rails import flow

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "golden" / "iso20022"


def _golden(name):
    return (FOLDER / f"{name}.xml").read_bytes()


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


@needs_official
@pytest.mark.parametrize("name", GOLDEN)
def test_the_official_schema_accepts_the_golden_message(name):
    assert_official(_golden(name))


@pytest.mark.parametrize("name", [name for name in GOLDEN if "acmt" not in name])
def test_another_reader_writes_the_golden_message_as_we_do(name):
    """It knows the standard's order of elements, so what it writes of what it read is ours."""
    parsers = pytest.importorskip("xsdata.formats.dataclass.parsers")
    serializers = pytest.importorskip("xsdata.formats.dataclass.serializers")
    document = documents(_golden(name))[-1]
    module = message_name(document).replace(".", "_")
    kind = importlib.import_module(f"pyiso20022.{module[:4]}.{module}.{module}").Document
    read = parsers.XmlParser().from_bytes(etree.tostring(document), kind)
    written = serializers.XmlSerializer().render(
        read, ns_map={None: etree.QName(document).namespace}
    )
    assert _leaves(etree.fromstring(written.encode())) == _leaves(document)


def _leaves(root):
    """Every element with its text, in order."""
    return [(etree.QName(node).localname, node.text, dict(node.attrib)) for node in root.iter()]


def test_the_duitnow_header_is_derived_from_its_message():
    header, _ = documents(_golden("duitnow-pacs.008.001.13"))
    identifier = header.findtext("{*}BizMsgIdr")
    assert identifier[:22] == f"{AT:%Y%m%d}WAUEMYK0110OXB"
    assert len(identifier) == 30
