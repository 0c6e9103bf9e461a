"""The official schemas, where they lie beside the repository; they are not ours to carry."""

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

OFFICIAL = Path(__file__).resolve().parents[3] / "shared" / "iso20022"
NOT_PUBLISHED_HERE = {"pain.002.001.14", "pain.013.001.11", "pain.014.001.11"}
needs_official = pytest.mark.skipif(
    not OFFICIAL.is_dir(), reason=f"the official schemas are not in {OFFICIAL}"
)


def documents(raw):
    """The ISO documents in a message: itself, or the header and document of an envelope."""
    root = etree.fromstring(raw)
    return [root] if etree.QName(root).localname == "Document" else list(root)


def message_name(document):
    return etree.QName(document).namespace.rpartition(":")[2]


@cache
def _schema(name):
    return etree.XMLSchema(etree.parse(OFFICIAL / f"{name}.xsd"))


def assert_official(raw):
    """Every document in the message obeys the schema that the standard publishes for it."""
    for document in documents(raw):
        name = message_name(document)
        if name not in NOT_PUBLISHED_HERE:
            _schema(name).assertValid(etree.fromstring(etree.tostring(document)))
