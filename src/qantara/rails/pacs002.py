"""pacs.002: the status of one payment. Status and reason pass through the dialect's words."""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.dialect import Dialect
from qantara.rails.elements import (
    document,
    escape,
    fields,
    leaf,
    moment,
    optional,
    read_agent,
    read_reason,
    word,
    write_agent,
    write_reason,
)
from qantara.rails.model import MessageName, PaymentStatus


def write(status: PaymentStatus, dialect: Dialect) -> str:
    accepted = None if status.accepted_at is None else to_text(status.accepted_at)
    return document(
        MessageName.PAYMENT_STATUS,
        f"<FIToFIPmtStsRpt><GrpHdr><MsgId>{escape(status.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(status.created_at)}</CreDtTm></GrpHdr><TxInfAndSts>"
        f"<OrgnlGrpInf><OrgnlMsgId>{escape(status.original_message_id)}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{status.original_name.value}</OrgnlMsgNmId></OrgnlGrpInf>"
        f"<OrgnlEndToEndId>{escape(status.original_end_to_end_id)}</OrgnlEndToEndId>"
        f"<OrgnlTxId>{escape(status.original_transaction_id)}</OrgnlTxId>"
        f"<OrgnlUETR>{escape(status.uetr)}</OrgnlUETR>"
        f"<TxSts>{dialect.word(status.status)}</TxSts>"
        f"{write_reason(status.reason, status.reason_texts)}"
        f"{leaf('AccptncDtTm', accepted)}{leaf('ClrSysRef', status.clearing_reference)}"
        f"{write_agent('InstgAgt', status.instructing_agent)}"
        f"{write_agent('InstdAgt', status.instructed_agent)}"
        "</TxInfAndSts></FIToFIPmtStsRpt>",
    )


def read(root: Element, dialect: Dialect) -> PaymentStatus:
    header, transaction = root[0]
    node = fields(transaction)
    group = node["OrgnlGrpInf"]
    reason, texts = _read_reason(node.get("StsRsnInf"), dialect)
    accepted = optional(node, "AccptncDtTm")
    return PaymentStatus(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        original_message_id=word(group[0]),
        uetr=word(node["OrgnlUETR"]),
        original_end_to_end_id=word(node["OrgnlEndToEndId"]),
        original_transaction_id=word(node["OrgnlTxId"]),
        status=dialect.status(word(node["TxSts"])),
        instructing_agent=read_agent(node["InstgAgt"]),
        instructed_agent=read_agent(node["InstdAgt"]),
        original_name=MessageName(word(group[1])),
        reason=reason,
        reason_texts=texts,
        accepted_at=None if accepted is None else moment(accepted),
        clearing_reference=optional(node, "ClrSysRef"),
    )


def _read_reason(element: Element | None, dialect: Dialect) -> tuple[str | None, tuple[str, ...]]:
    """A code of the system's own becomes its ISO reason and is kept as the first sentence."""
    code, texts = read_reason(element)
    if element is None or code is None or str(element[0][0].tag).endswith("}Cd"):
        return code, texts
    return dialect.reasons.get(code, "NARR"), (code, *texts)
