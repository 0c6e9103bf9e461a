"""pacs.028: what became of this payment? Both editions have these elements in this order."""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.dialect import Dialect, newest
from qantara.rails.elements import escape, moment, read_agent, word, write_agent, write_original
from qantara.rails.model import MessageName, StatusRequest


def write(request: StatusRequest, dialect: Dialect) -> str:
    original = write_original(
        request.original_message_id,
        dialect.version(request.original_name),
        request.original_end_to_end_id,
        request.original_transaction_id,
        request.uetr,
    )
    return (
        f"<FIToFIPmtStsReq><GrpHdr><MsgId>{escape(request.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(request.created_at)}</CreDtTm></GrpHdr><TxInf>{original}"
        f"{write_agent('InstgAgt', request.instructing_agent)}"
        f"{write_agent('InstdAgt', request.instructed_agent)}</TxInf></FIToFIPmtStsReq>"
    )


def read(root: Element) -> StatusRequest:
    header, (group, end_to_end, transaction, uetr, instructing, instructed) = root[0]
    return StatusRequest(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        original_message_id=word(group[0]),
        original_end_to_end_id=word(end_to_end),
        original_transaction_id=word(transaction),
        uetr=word(uetr),
        instructing_agent=read_agent(instructing),
        instructed_agent=read_agent(instructed),
        original_name=newest(MessageName(word(group[1]))),
    )
