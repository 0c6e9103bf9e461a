"""pacs.002: the status of one payment. Status and reason pass through the dialect's words."""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.dialect import Dialect, newest
from qantara.rails.elements import (
    escape,
    fields,
    leaf,
    moment,
    optional,
    read_agent,
    read_reason,
    word,
    write_agent,
    write_original,
    write_reason,
)
from qantara.rails.model import MessageName, PaymentStatus

MOST_TEXTS = 10
_NAMES = {each.value: each for each in MessageName}


def write(status: PaymentStatus, dialect: Dialect) -> str:
    accepted = None if status.accepted_at is None else to_text(status.accepted_at)
    original = write_original(
        status.original_message_id,
        dialect.version(status.original_name),
        status.original_end_to_end_id,
        status.original_transaction_id,
        status.uetr,
    )
    own = dialect.own_reasons.get(status.reason or "")
    return (
        f"<FIToFIPmtStsRpt><GrpHdr><MsgId>{escape(status.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(status.created_at)}</CreDtTm></GrpHdr><TxInfAndSts>{original}"
        f"<TxSts>{dialect.word(status.status)}</TxSts>"
        f"{write_reason(status.reason, status.reason_texts, own)}"
        f"{leaf('AccptncDtTm', accepted)}{leaf('ClrSysRef', status.clearing_reference)}"
        f"{write_agent('InstgAgt', status.instructing_agent)}"
        f"{write_agent('InstdAgt', status.instructed_agent)}"
        "</TxInfAndSts></FIToFIPmtStsRpt>"
    )


def read(root: Element, dialect: Dialect) -> PaymentStatus:
    header, transaction = root[0]
    group, end_to_end_id, transaction_id, uetr, told, *more, sent, received = transaction
    message_id, created = header
    original, name = group
    node = fields(more)
    reason, texts = _read_reason(node.get("StsRsnInf"), dialect)
    accepted = optional(node, "AccptncDtTm")
    return PaymentStatus(
        message_id=word(message_id),
        created_at=moment(word(created)),
        original_message_id=word(original),
        uetr=word(uetr),
        original_end_to_end_id=word(end_to_end_id),
        original_transaction_id=word(transaction_id),
        status=dialect.status(word(told)),
        instructing_agent=read_agent(sent),
        instructed_agent=read_agent(received),
        original_name=newest(_NAMES[word(name)]),
        reason=reason,
        reason_texts=texts,
        accepted_at=None if accepted is None else moment(accepted),
        clearing_reference=optional(node, "ClrSysRef"),
    )


def _read_reason(element: Element | None, dialect: Dialect) -> tuple[str | None, tuple[str, ...]]:
    """A code that has no exact counterpart in our set is kept as the first sentence."""
    code, texts = read_reason(element)
    if code is None:
        return None, texts
    reason = dialect.reason(code)
    if reason == code or dialect.is_own(code):
        return reason, texts
    return reason, (code, *texts)[:MOST_TEXTS]
