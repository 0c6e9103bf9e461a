"""DuitNow's envelope: a business header before the document, both in one message.

The identifier of the header is `day BIC type origin channel sequence`:
`20260302 WAUEMYK0 010 O XB 00000042`. Types: 510 enquiry, 010 transfer to an account,
110 transfer to an alias. Choices of ours where no public source speaks:

- day is the UTC day; origin is O for a question and R for its answer; channel is XB for a
  payment's leg across the border, DM for payments that stay inside;
- a status bears 010, as it does not repeat how the payee was named;
- further types: 020 status request, 030 return, 040 recall, 610 request to be paid; the answers
  to the last two bear the type of what they answer;
- the sequence is drawn from the message id, so that the same message always has the same
  header. Duplicates are told by the message id, never by this number;
- sender and receiver are the ones inside the document: the switch between them is no party;
- the wrapper's name and namespace.
"""

import hashlib

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.errors import Reason
from qantara.rails.dialect import Dialect
from qantara.rails.elements import NAMESPACE, escape, local, read_agent, word, write_agent
from qantara.rails.model import (
    Agent,
    CancellationRequest,
    CreditTransfer,
    Defect,
    DomesticTransfer,
    Initiation,
    InitiationReport,
    InvestigationResolution,
    Message,
    MessageName,
    Notification,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    ResolutionReport,
    ResolutionRequest,
    StatusRequest,
)
from qantara.rails.schemas import HEADER

ENVELOPE = "urn:qantara:duitnow:envelope"
_ROOT = f"{{{ENVELOPE}}}BusMsg"
_HEADER_ROOT = f"{{{NAMESPACE}{HEADER}}}AppHdr"
DOMESTIC_CHANNEL = "DM"
_ORIGIN_AND_KIND = {
    PaymentStatus: "010R",
    ResolutionRequest: "510O",
    ResolutionReport: "510R",
    StatusRequest: "020O",
    PaymentReturn: "030O",
    CancellationRequest: "040O",
    InvestigationResolution: "040R",
    PaymentRequest: "610O",
    PaymentRequestReport: "610R",
}
_BIC_LENGTH = 8
_CHANNEL_AT = slice(20, 22)
_MEANT = slice(8, 22)


def wrap(message: Message, name: MessageName, document: str, dialect: Dialect) -> str:
    sender, receiver = _ends(message)
    return (
        f'<BusMsg xmlns="{ENVELOPE}"><AppHdr xmlns="{NAMESPACE}{HEADER}">'
        f"<Fr>{write_agent('FIId', sender)}</Fr><To>{write_agent('FIId', receiver)}</To>"
        f"<BizMsgIdr>{escape(_identify(message, sender, dialect))}</BizMsgIdr>"
        f"<MsgDefIdr>{name.value}</MsgDefIdr><CreDt>{to_text(message.created_at)}</CreDt></AppHdr>"
        f"{document}</BusMsg>"
    )


def is_envelope(root: Element) -> bool:
    return root.tag == _ROOT


def channel_of(root: Element) -> str:
    """What the header says about the service; nothing where it says nothing readable."""
    identifier = root.findtext("{*}AppHdr/{*}BizMsgIdr") or ""
    return identifier[_CHANNEL_AT]


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


def header_defects(
    header: Element, message: Message, name: MessageName, dialect: Dialect
) -> list[Defect]:
    """Where the header says something else than the document behind it."""
    origin, target, identifier, definition, _ = header
    sender, receiver = _ends(message)
    pairs = (
        ("Fr/FIId/FinInstnId/BICFI", read_agent(origin[0]).bic, sender.bic),
        ("To/FIId/FinInstnId/BICFI", read_agent(target[0]).bic, receiver.bic),
        ("MsgDefIdr", word(definition), name.value),
    )
    wrong = [each for each in pairs if each[1] != each[2]]
    said = word(identifier)
    if said[_MEANT] != _meant(message, sender, dialect):
        wrong.append(("BizMsgIdr", said, _identify(message, sender, dialect)))
    return [
        Defect(
            f"/BusMsg/AppHdr/{step}",
            Reason.MESSAGE_SCHEMA,
            f"The header says {said}, the document {meant}.",
        )
        for step, said, meant in wrong
    ]


def _ends(message: Message) -> tuple[Agent, Agent]:
    match message:
        case ResolutionRequest() | ResolutionReport():
            return message.assigner, message.assignee
        case CancellationRequest() | InvestigationResolution():
            return message.assigner, message.assignee
        case PaymentRequest():
            return message.creditor_agent, message.debtor_agent
        case PaymentRequestReport():
            return message.debtor_agent, message.creditor_agent
        case Initiation() | InitiationReport() | Notification():
            raise TypeError(f"{type(message).__name__} does not travel on DuitNow")
        case _:
            return message.instructing_agent, message.instructed_agent


def _meant(message: Message, sender: Agent, dialect: Dialect) -> str:
    """What of an identifier binds: BIC, type, origin and channel. Day and sequence are the
    sender's own.
    """
    kind = _ORIGIN_AND_KIND.get(type(message))
    if isinstance(message, CreditTransfer | DomesticTransfer):
        kind = "010O" if message.creditor_account.proxy is None else "110O"
    return f"{sender.bic[:_BIC_LENGTH]}{kind}{dialect.channel}"


def _identify(message: Message, sender: Agent, dialect: Dialect) -> str:
    digest = hashlib.sha256(message.message_id.encode()).digest()
    sequence = int.from_bytes(digest[:8], "big") % 10**8
    day = message.created_at.date().isoformat().replace("-", "")
    return f"{day}{_meant(message, sender, dialect)}{sequence:08d}"
