"""The standard's own schemas, where the reader has them: they are not part of this software.

Our guidelines are stricter and decide what is sent and taken; this only shows that what obeys
them obeys the standard.
"""

import threading
from pathlib import Path

from lxml import etree
from lxml.etree import _Element as Element

from qantara.errors import Malformed, Reason
from qantara.rails import schemas
from qantara.rails.elements import NAMESPACE, local
from qantara.rails.model import Defect


class Official(threading.local):
    """A folder of official schema files, each named as its message (`pacs.008.001.13.xsd`)."""

    def __init__(self, folder: Path) -> None:
        if not any(folder.glob("*.xsd")):
            raise Malformed(Reason.FIELD_INVALID, param="schemas", value=str(folder))
        self._folder = folder
        self._compiled: dict[str, etree.XMLSchema | None] = {}

    def defects(self, raw: bytes) -> list[Defect] | None:
        """What the standard says against each document of a message that was read before; None
        where the folder has no schema for any of them.
        """
        root = etree.fromstring(raw)
        documents = [root] if local(root) == "Document" else list(root)
        judged = [(self._schema(each), each) for each in documents]
        known = [(judge, each) for judge, each in judged if judge is not None]
        if not known:
            return None
        return [defect for judge, each in known for defect in _alone(judge, each)]

    def _schema(self, document: Element) -> etree.XMLSchema | None:
        space = str(document.tag)[1:].partition("}")[0]
        name = space.removeprefix(NAMESPACE)
        if name not in self._compiled:
            file = self._folder / f"{Path(name).name}.xsd"
            self._compiled[name] = etree.XMLSchema(etree.parse(file)) if file.is_file() else None
        return self._compiled[name]


def _alone(judge: etree.XMLSchema, document: Element) -> list[Defect]:
    """A document taken out of its envelope: a schema judges whole trees only."""
    return schemas.told_by(judge, etree.fromstring(etree.tostring(document)))
