"""ISO 20022 in and out: the only way messages are built, judged and read.

Every message is validated on leaving and on entering against our usage guideline, which is
stricter than the standard: only the elements we use, mandatory where the rail needs them.
"""

import threading

from lxml import etree
from lxml.etree import _Element as Element

from qantara.errors import Reason
from qantara.rails import acmt, duitnow, pacs002, pacs008, pain, rules, schemas
from qantara.rails.dialect import DIALECTS, FILE_CAP, SINGLE_CAP, Dialect
from qantara.rails.elements import NAMESPACE
from qantara.rails.model import (
    CreditTransfer,
    Defect,
    Initiation,
    InitiationReport,
    InvalidMessage,
    Message,
    MessageName,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    UnwritableMessage,
)
from qantara.rails.rules import instruction_defects, reference_defect, text_defect

__all__ = [
    "build",
    "identify",
    "instruction_defects",
    "read",
    "reference_defect",
    "text_defect",
    "validate",
]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = {name.value: name for name in MessageName}
_CUSTOMER_MARKS = (b"xsd:pain.001.", b"xsd:pain.002.")
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
    `text_defect` or `reference_defect` would have told.
    """
    dialect = DIALECTS[profile]
    name = _name_of(message)
    if name not in dialect.names:
        raise TypeError(f"{name.value} is not spoken on {profile.value}")
    text = _write(message, dialect)
    if dialect.enveloped:
        text = duitnow.wrap(message, name, text)
    raw = (_DECLARATION + text).encode()
    found = [*_judge_built(raw, dialect, name), *_judge_record(message, dialect)]
    if found:
        raise UnwritableMessage(name.value, tuple(found))
    return raw


def read(raw: bytes, profile: Profile, name: MessageName | None = None) -> Message:
    """The record of a message that obeys the profile's guideline (and is the one named).

    Raises `InvalidMessage` with BODY_TOO_LARGE, MESSAGE_UNREADABLE (not XML, or XML with a
    document type), MESSAGE_VERSION (another message or another version of it) or
    MESSAGE_SCHEMA (all else); `defects` say where.
    """
    dialect = DIALECTS[profile]
    root = _parse(raw, dialect.cap_bytes)
    if isinstance(root, Defect):
        raise InvalidMessage(root.code, (root,))
    opened = _open(root, dialect, name)
    if isinstance(opened, Defect):
        raise InvalidMessage(opened.code, (opened,))
    header, document, met = opened
    found = _judge_schema(header, document, dialect, met)
    if not found:
        message = _read(document, met, dialect)
        found = _judge_record(message, dialect)
        if header is not None:
            found += duitnow.header_defects(header, message, met)
        if not found:
            return message
    raise InvalidMessage(Reason.MESSAGE_SCHEMA, tuple(found))


def validate(raw: bytes, profile: Profile | None = None) -> list[Defect]:
    """Every defect of a message, none if it obeys.

    Without a profile the message tells: a pain is the customer's, an envelope DuitNow's, any
    other is held to Nexus.
    """
    cap = _cap_of(raw) if profile is None else DIALECTS[profile].cap_bytes
    root = _parse(raw, cap)
    if isinstance(root, Defect):
        return [root]
    dialect = DIALECTS[profile or _guess(root)]
    opened = _open(root, dialect, None)
    if isinstance(opened, Defect):
        return [opened]
    header, document, name = opened
    found = _judge_schema(header, document, dialect, name)
    if found:
        return found
    message = _read(document, name, dialect)
    found = _judge_record(message, dialect)
    return found if header is None else found + duitnow.header_defects(header, message, name)


def identify(raw: bytes) -> tuple[MessageName, Profile | None]:
    """Which message this claims to be, and whose where that shows (pain, envelope).

    Raises `InvalidMessage` as `read` does; the content is not judged.
    """
    root = _parse(raw, _cap_of(raw))
    if isinstance(root, Defect):
        raise InvalidMessage(root.code, (root,))
    dialect = DIALECTS[_guess(root)]
    opened = _open(root, dialect, None)
    if isinstance(opened, Defect):
        raise InvalidMessage(opened.code, (opened,))
    shown = dialect.enveloped or dialect.profile is Profile.CUSTOMER
    return opened[2], dialect.profile if shown else None


def _parse(raw: bytes, cap_bytes: int) -> Element | Defect:
    if len(raw) > cap_bytes:
        words = f"The message has {len(raw)} bytes; at most {cap_bytes} are read."
        return Defect("/", Reason.BODY_TOO_LARGE, words)
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
    root: Element, dialect: Dialect, asked: MessageName | None
) -> tuple[Element | None, Element, MessageName] | Defect:
    """Header if the dialect has one, document, and which message it is."""
    header, document = None, root
    if dialect.enveloped:
        inside = duitnow.unwrap(root)
        if isinstance(inside, Defect):
            return inside
        header, document = inside
    space, _, tag = str(document.tag)[1:].rpartition("}")
    name = _NAMES.get(space.removeprefix(NAMESPACE))
    if tag != "Document" or name not in dialect.names or asked not in {None, name}:
        allowed = [asked.value] if asked else sorted(dialect.names)
        words = f"This is {tag} in {space or 'no namespace'}; read here: {', '.join(allowed)}."
        return Defect(schemas.place(document), Reason.MESSAGE_VERSION, words)
    return header, document, name


def _judge_schema(
    header: Element | None, document: Element, dialect: Dialect, name: MessageName
) -> list[Defect]:
    found = schemas.defects(document, dialect.profile, name)
    if header is not None:
        found = schemas.defects(header, dialect.profile, schemas.HEADER) + found
    return found


def _judge_built(raw: bytes, dialect: Dialect, name: MessageName) -> list[Defect]:
    root = _parse(raw, dialect.cap_bytes)
    if isinstance(root, Defect):
        return [root]
    opened = _open(root, dialect, name)
    if isinstance(opened, Defect):
        return [opened]
    return _judge_schema(opened[0], opened[1], dialect, name)


def _judge_record(message: Message, dialect: Dialect) -> list[Defect]:
    found = rules.defects(message, dialect)
    if not found or not dialect.enveloped:
        return found
    return [Defect(f"/BusMsg{one.xpath}", one.code, one.message) for one in found]


def _guess(root: Element) -> Profile:
    if duitnow.is_envelope(root):
        return Profile.DUITNOW
    return Profile.CUSTOMER if f"{NAMESPACE}pain." in str(root.tag) else Profile.NEXUS


def _cap_of(raw: bytes) -> int:
    """Before anything is parsed, only a file that calls itself pain may be large."""
    head = raw[:_HEAD_BYTES]
    return FILE_CAP if any(mark in head for mark in _CUSTOMER_MARKS) else SINGLE_CAP


def _name_of(message: Message) -> MessageName:
    match message:
        case CreditTransfer():
            return MessageName.CREDIT_TRANSFER
        case PaymentStatus():
            return MessageName.PAYMENT_STATUS
        case ResolutionRequest():
            return MessageName.RESOLUTION_REQUEST
        case ResolutionReport():
            return MessageName.RESOLUTION_REPORT
        case Initiation():
            return MessageName.INITIATION
        case InitiationReport():
            return MessageName.INITIATION_REPORT


def _write(message: Message, dialect: Dialect) -> str:
    match message:
        case CreditTransfer():
            return pacs008.write(message)
        case PaymentStatus():
            return pacs002.write(message, dialect)
        case ResolutionRequest():
            return acmt.write_request(message)
        case ResolutionReport():
            return acmt.write_report(message)
        case Initiation():
            return pain.write_initiation(message)
        case InitiationReport():
            return pain.write_report(message)


def _read(document: Element, name: MessageName, dialect: Dialect) -> Message:
    match name:
        case MessageName.CREDIT_TRANSFER:
            return pacs008.read(document)
        case MessageName.PAYMENT_STATUS:
            return pacs002.read(document, dialect)
        case MessageName.RESOLUTION_REQUEST:
            return acmt.read_request(document)
        case MessageName.RESOLUTION_REPORT:
            return acmt.read_report(document)
        case MessageName.INITIATION:
            return pain.read_initiation(document)
        case MessageName.INITIATION_REPORT:
            return pain.read_report(document)
