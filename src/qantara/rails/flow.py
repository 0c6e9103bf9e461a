"""ISO 20022 in and out: the only way messages are built, judged and read.

Every message is validated on leaving and on entering against our usage guideline, which is
stricter than the standard: only the elements we use, mandatory where the rail needs them.
"""

import threading

from lxml import etree
from lxml.etree import _Element as Element

from qantara.errors import Reason
from qantara.rails import camt053, camt054, duitnow, rules, schemas, whose
from qantara.rails.bank_statements import BankStatement
from qantara.rails.dialect import (
    DIALECTS,
    FILE_CAP,
    LARGE,
    SINGLE_CAP,
    Dialect,
    name_of,
    reason_in,
)
from qantara.rails.elements import NAMESPACE, document
from qantara.rails.forms import FORMS
from qantara.rails.model import (
    Defect,
    InvalidMessage,
    Message,
    MessageName,
    Notification,
    Profile,
    UnwritableMessage,
)
from qantara.rails.official import Official
from qantara.rails.remains import Remains, remains
from qantara.rails.rules import instruction_defects, reference_defect, text_defect

__all__ = [
    "Official",
    "Remains",
    "build",
    "build_statement",
    "identify",
    "instruction_defects",
    "name_of",
    "read",
    "reason_in",
    "reference_defect",
    "remains",
    "text_defect",
    "validate",
]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = {name.value: name for name in MessageName}
_LARGE_MARKS = {name: f"{NAMESPACE}{name.value}".encode() for name in LARGE}
_HEAD_BYTES = 1024


class _Parser(threading.local):
    """Entities, document types and the network are off; comments never reach the readers."""

    def __init__(self) -> None:
        self.xml = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )


_parser = _Parser()


def build(message: Message, profile: Profile) -> bytes:
    """The message in the profile's words, as UTF-8 bytes that have passed its guideline.

    `UnwritableMessage` names the defect: whoever made the record let something through that
    `text_defect` or `reference_defect` would have told. `TypeError`: such a message is not
    spoken there.
    """
    dialect = DIALECTS[profile]
    name = name_of(message, profile)
    text = document(name, FORMS[type(message)].write(message, dialect))
    if dialect.enveloped:
        text = duitnow.wrap(message, name, text, dialect)
    raw = (_DECLARATION + text).encode()
    found = [*_judge_built(raw, dialect, name), *_judge_record(message, dialect)]
    if found:
        raise UnwritableMessage(name.value, tuple(found))
    return raw


def build_statement(statement: BankStatement) -> bytes:
    """A customer's camt.053, as UTF-8 bytes that have passed our guideline. It goes to the
    customer and over no rail; nobody sends us one.
    """
    raw = (_DECLARATION + camt053.write(statement)).encode()
    root = _parse(raw, FILE_CAP)
    found = (
        [root]
        if isinstance(root, Defect)
        else schemas.defects(root, Profile.CUSTOMER, camt053.NAME)
    )
    if found:
        raise UnwritableMessage(camt053.NAME, tuple(found))
    return raw


def read(raw: bytes, profile: Profile, name: MessageName | None = None) -> Message:
    """The record of a message that obeys the profile's guideline (and is the one named).

    Raises `InvalidMessage` with BODY_TOO_LARGE, MESSAGE_UNREADABLE (not XML, or XML with a
    document type), MESSAGE_VERSION (another message or another version of it) or
    MESSAGE_SCHEMA (all else); `defects` say where.
    """
    dialect = DIALECTS[profile]
    root = _parse(raw, _cap_of(raw, dialect))
    if isinstance(root, Defect):
        raise InvalidMessage(root.code, (root,))
    opened = _open(root, dialect, name, len(raw))
    if isinstance(opened, Defect):
        raise InvalidMessage(opened.code, (opened,))
    message, found = _judge(*opened, dialect)
    if message is None or found:
        raise InvalidMessage(Reason.MESSAGE_SCHEMA, tuple(found))
    return message


def validate(raw: bytes, profile: Profile | None = None) -> list[Defect]:
    """Every defect of a message, none if it obeys; without a profile the message tells whose it
    is, as `identify` says, and is held to Nexus (or, in a 2019 version, to OCT Inst) where it
    does not.
    """
    root = _parse(raw, _cap_of(raw, None if profile is None else DIALECTS[profile]))
    if isinstance(root, Defect):
        return [root]
    dialect = DIALECTS[profile or whose.hold(root)]
    opened = _open(root, dialect, None, len(raw))
    if isinstance(opened, Defect):
        return [opened]
    return _judge(*opened, dialect)[1]


def identify(raw: bytes, profile: Profile | None = None) -> tuple[MessageName, Profile | None]:
    """Which message this claims to be, and whose where that shows or was given.

    A namespace tells some (pain, camt.054, the 2019 pacs), DuitNow's header its service, a
    credit transfer by its elements whether it crosses a border. Nobody can tell Raast from
    Nexus, nor OCT Inst from SCT Inst where both speak the same message.
    Raises `InvalidMessage` as `read` does; the content is not judged.
    """
    root = _parse(raw, _cap_of(raw, None if profile is None else DIALECTS[profile]))
    if isinstance(root, Defect):
        raise InvalidMessage(root.code, (root,))
    opened = _open(root, DIALECTS[profile or whose.hold(root)], None, len(raw))
    if isinstance(opened, Defect):
        raise InvalidMessage(opened.code, (opened,))
    return opened[2], profile or whose.tell(root)


def _parse(raw: bytes, cap_bytes: int) -> Element | Defect:
    if len(raw) > cap_bytes:
        return _too_large(len(raw), cap_bytes)
    if b"<!DOCTYPE" in raw:
        words = "A document type declaration is never accepted, nor the entities it could declare."
        return Defect("/", Reason.MESSAGE_UNREADABLE, words)
    try:
        return etree.fromstring(raw, _parser.xml)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        words = f"Not well-formed XML at line {line}, column {column}: {error.msg}."
        return Defect("/", Reason.MESSAGE_UNREADABLE, words)


def _open(
    root: Element, dialect: Dialect, asked: MessageName | None, size: int
) -> tuple[Element | None, Element, MessageName] | Defect:
    """Header if the dialect has one, document, and which message it is."""
    header, body = None, root
    if dialect.enveloped:
        inside = duitnow.unwrap(root)
        if isinstance(inside, Defect):
            return inside
        header, body = inside
    space, _, tag = str(body.tag)[1:].rpartition("}")
    name = _NAMES.get(space.removeprefix(NAMESPACE))
    if tag != "Document" or name is None or name not in dialect.names or asked not in {None, name}:
        allowed = [asked.value] if asked else sorted(dialect.names)
        words = f"This is {tag} in {space or 'no namespace'}; read here: {', '.join(allowed)}."
        return Defect(schemas.place(body), Reason.MESSAGE_VERSION, words)
    if size > SINGLE_CAP and name not in LARGE:
        return _too_large(size, SINGLE_CAP)
    return header, body, name


def _too_large(size: int, cap_bytes: int) -> Defect:
    words = f"The message has {size} bytes; at most {cap_bytes} are read."
    return Defect("/", Reason.BODY_TOO_LARGE, words)


def _judge(
    header: Element | None, body: Element, name: MessageName, dialect: Dialect
) -> tuple[Message | None, list[Defect]]:
    """The record, unless the schema already refuses, and all that is wrong with it."""
    found = _judge_schema(header, body, dialect, name)
    if found:
        return None, found
    message = FORMS[dialect.names[name]].read(body, dialect)
    found = _judge_record(message, dialect)
    if isinstance(message, Notification):
        found += camt054.contradictions(body, message)
    if header is not None:
        found += duitnow.header_defects(header, message, name, dialect)
    return message, found


def _judge_schema(
    header: Element | None, body: Element, dialect: Dialect, name: MessageName
) -> list[Defect]:
    found = schemas.defects(body, dialect.profile, name)
    if header is not None:
        found = schemas.defects(header, dialect.profile, schemas.HEADER) + found
    return found


def _judge_built(raw: bytes, dialect: Dialect, name: MessageName) -> list[Defect]:
    root = _parse(raw, FILE_CAP if name in LARGE else SINGLE_CAP)
    if isinstance(root, Defect):
        return [root]
    opened = _open(root, dialect, name, len(raw))
    if isinstance(opened, Defect):
        return [opened]
    return _judge_schema(opened[0], opened[1], dialect, name)


def _judge_record(message: Message, dialect: Dialect) -> list[Defect]:
    found = rules.defects(message, dialect)
    if not found or not dialect.enveloped:
        return found
    return [Defect(f"/BusMsg{one.xpath}", one.code, one.message) for one in found]


def _cap_of(raw: bytes, dialect: Dialect | None) -> int:
    """Before anything is parsed, only what calls itself a message of many payments, and only
    where such are spoken, may be large.
    """
    if len(raw) <= SINGLE_CAP:
        return SINGLE_CAP
    spoken = LARGE if dialect is None else LARGE & dialect.names.keys()
    if dialect is not None and spoken == dialect.names.keys():
        return FILE_CAP
    head = raw[:_HEAD_BYTES]
    return FILE_CAP if any(_LARGE_MARKS[name] in head for name in spoken) else SINGLE_CAP
