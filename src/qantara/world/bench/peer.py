"""The library that messages are measured beside: classes of pyiso20022, read and written by xsdata.

Both are tools of development and are looked for only when they are asked for.
"""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from qantara.errors import Reason, Unavailable
from qantara.rails.model import MessageName

LIBRARY = "pyiso20022"
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True)
class Peer:
    """The three acts on one message. It builds without judging what it built."""

    build: Callable[[], object]
    parse: Callable[[], object]
    validate: Callable[[], object]


def of(name: MessageName, raw: bytes) -> Peer:
    """`Unavailable` where the library is not installed, or judges our message as wrong."""
    module = name.value.replace(".", "_")
    kind = _load(f"{LIBRARY}.{module[:4]}.{module}.{module}").Document
    parser = _load("xsdata.formats.dataclass.parsers").XmlParser()
    serializer = _load("xsdata.formats.dataclass.serializers").XmlSerializer()
    judge = _judge()
    document = parser.from_bytes(raw, kind)
    spaces = {None: _NAMESPACE + name.value}

    def validate() -> Any:
        return judge(parser.from_bytes(raw, kind))

    found = validate()
    if not found.is_valid:
        raise Unavailable(Reason.INTERNAL, detail=f"{LIBRARY} refuses: {found.errors[0]}")
    return Peer(
        lambda: serializer.render(document, ns_map=spaces),
        lambda: parser.from_bytes(raw, kind),
        validate,
    )


def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        told = f"{error.name} is not installed; it comes with the tools of development: uv sync"
        raise Unavailable(Reason.INTERNAL, detail=told) from error


def _judge() -> Callable[[object], Any]:
    """Its judge alone: the folder it stands in wants more libraries for other things."""
    place = Path(str(_load(LIBRARY).__file__)).parent / "tools" / "validation.py"
    spec = importlib.util.spec_from_file_location("pyiso20022_validation", place)
    if spec is None or spec.loader is None:
        raise Unavailable(Reason.INTERNAL, detail=f"{LIBRARY} has no {place.name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    judge: Callable[[object], Any] = module.validate_message
    return judge
