"""pacs.004: a settled payment given back. Both editions have these elements in this order."""

from lxml.etree import _Element as Element

from qantara.rails.dialect import Dialect, newest
from qantara.rails.elements import (
    day,
    fields,
    leaf,
    moment,
    read_agent,
    read_money,
    read_reason,
    word,
    write_agent,
    write_header,
    write_money,
    write_original,
    write_reason,
)
from qantara.rails.model import MessageName, PaymentReturn


def write(returned: PaymentReturn, dialect: Dialect) -> str:
    header = write_header(returned.message_id, returned.created_at, returned.clearing_system)
    original = write_original(
        returned.original_message_id,
        dialect.version(returned.original_name),
        returned.original_end_to_end_id,
        returned.original_transaction_id,
        returned.uetr,
    )
    return (
        f"<PmtRtr>{header}<TxInf>{leaf('RtrId', returned.return_id)}{original}"
        f"{write_money('OrgnlIntrBkSttlmAmt', returned.original_amount)}"
        f"{write_money('RtrdIntrBkSttlmAmt', returned.returned_amount)}"
        f"<IntrBkSttlmDt>{returned.settlement_on.isoformat()}</IntrBkSttlmDt>"
        f"{write_agent('InstgAgt', returned.instructing_agent)}"
        f"{write_agent('InstdAgt', returned.instructed_agent)}"
        f"{write_reason(returned.reason, returned.reason_texts, tag='RtrRsnInf')}"
        "</TxInf></PmtRtr>"
    )


def read(root: Element) -> PaymentReturn:
    header, transaction = root[0]
    node = fields(transaction)
    group = node["OrgnlGrpInf"]
    reason, texts = read_reason(node["RtrRsnInf"])
    return PaymentReturn(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        clearing_system=word(header[3][1][0]),
        return_id=word(node["RtrId"]),
        original_message_id=word(group[0]),
        original_end_to_end_id=word(node["OrgnlEndToEndId"]),
        original_transaction_id=word(node["OrgnlTxId"]),
        uetr=word(node["OrgnlUETR"]),
        original_amount=read_money(node["OrgnlIntrBkSttlmAmt"]),
        returned_amount=read_money(node["RtrdIntrBkSttlmAmt"]),
        settlement_on=day(word(node["IntrBkSttlmDt"])),
        instructing_agent=read_agent(node["InstgAgt"]),
        instructed_agent=read_agent(node["InstdAgt"]),
        reason=reason or "",
        original_name=newest(MessageName(word(group[1]))),
        reason_texts=texts,
    )
