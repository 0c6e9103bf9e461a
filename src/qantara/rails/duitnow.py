"""DuitNow's envelope: a business header before the document, both in one message.

The identifier of the header is `day BIC type origin channel sequence`:
`20260302 WAUEMYK0 010 O XB 00000042`. Types: 510 enquiry, 010 transfer to an account,
110 transfer to an alias. Choices of ours where no public source speaks:

- day is the UTC day; origin is O for a question and R for its answer; channel is XB;
- a status bears 010, as it does not repeat how the payee was named;
- the sequence is drawn from the message id, so that the same message always has the same
  header. Duplicates are told by the message id, never by this number;
- sender and receiver are the ones inside the document: the switch between them is no party;
- the wrapper's name and namespace.
"""

import hashlib

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.errors import Reason
from qantara.rails.elements import NAMESPACE, escape, local, read_agent, word, write_agent
from qantara.rails.model import (
    Agent,
    CreditTransfer,
    Defect,
    Message,
    MessageName,
    PaymentStatus,
    ResolutionReport,
    ResolutionRequest,
)
from qantara.rails.schemas import HEADER

ENVELOPE = "urn:qantara:duitnow:envelope"
_ROOT = f"{{{ENVELOPE}}}BusMsg"
_HEADER_ROOT = f"{{{NAMESPACE}{HEADER}}}AppHdr"
_CHANNEL = "XB"
_BIC_LENGTH = 8


def wrap(message: Message, name: MessageName, document: str) -> str:
    sender, receiver = _ends(message)
    return (
        f'<BusMsg xmlns="{ENVELOPE}"><AppHdr xmlns="{NAMESPACE}{HEADER}">'
        f"<Fr>{write_agent('FIId', sender)}</Fr><To>{write_agent('FIId', receiver)}</To>"
        f"<BizMsgIdr>{escape(_identify(message, sender))}</BizMsgIdr>"
        f"<MsgDefIdr>{name.value}</MsgDefIdr><CreDt>{to_text(message.created_at)}</CreDt></AppHdr>"
        f"{document}</BusMsg>"
    )


def is_envelope(root: Element) -> bool:
    return root.tag == _ROOT


def unwrap(root: Element) -> tuple[Element, Element] | Defect:
    """Header and document, or what is wrong with the wrapper."""
    inside = list(root)
    if root.tag == _ROOT and [local(child) for child in inside] == ["AppHdr", "Document"]:
        header, document = inside
        if header.tag == _HEADER_ROOT:
            return header, document
        return Defect("/BusMsg/AppHdr", Reason.MESSAGE_VERSION, f"The header is not {HEADER}.")
    words = f"DuitNow asks for BusMsg in {ENVELOPE} around one AppHdr and one Document."
    return Defect(f"/{local(root)}", Reason.MESSAGE_SCHEMA, words)


def header_defects(header: Element, message: Message, name: MessageName) -> list[Defect]:
    """Where the header says something else than the document behind it."""
    origin, target, identifier, definition, _ = header
    sender, receiver = _ends(message)
    pairs = (
        ("Fr/FIId/FinInstnId/BICFI", read_agent(origin[0]).bic, sender.bic),
        ("To/FIId/FinInstnId/BICFI", read_agent(target[0]).bic, receiver.bic),
        ("BizMsgIdr", word(identifier), _identify(message, sender)),
        ("MsgDefIdr", word(definition), name.value),
    )
    return [
        Defect(
            f"/BusMsg/AppHdr/{step}",
            Reason.MESSAGE_SCHEMA,
            f"The header says {said}, the document {meant}.",
        )
        for step, said, meant in pairs
        if not _agree(step, said, meant)
    ]


def _agree(step: str, said: str, meant: str) -> bool:
    """Of an identifier only BIC, type and origin: day and sequence are the sender's own."""
    if step != "BizMsgIdr":
        return said == meant
    return said[8:20] == meant[8:20]


def _ends(message: Message) -> tuple[Agent, Agent]:
    match message:
        case CreditTransfer() | PaymentStatus():
            return message.instructing_agent, message.instructed_agent
        case ResolutionRequest() | ResolutionReport():
            return message.assigner, message.assignee
        case _:
            raise TypeError(f"{type(message).__name__} does not travel on DuitNow")


def _identify(message: Message, sender: Agent) -> str:
    match message:
        case CreditTransfer():
            kind = "010O" if message.creditor_account.proxy is None else "110O"
        case PaymentStatus():
            kind = "010R"
        case ResolutionRequest():
            kind = "510O"
        case _:
            kind = "510R"
    digest = hashlib.sha256(message.message_id.encode()).digest()
    sequence = int.from_bytes(digest[:8], "big") % 10**8
    day = message.created_at.strftime("%Y%m%d")
    return f"{day}{sender.bic[:_BIC_LENGTH]}{kind}{_CHANNEL}{sequence:08d}"
