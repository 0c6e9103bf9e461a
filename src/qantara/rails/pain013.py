"""pain.013 and pain.014: a payee's request to be paid, and what became of it.

Whoever writes is named as the initiating party, by the BIC that stands in the message anyway.
"""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.elements import (
    day,
    escape,
    fields,
    leaf,
    moment,
    read_account,
    read_agent,
    read_money,
    read_party,
    read_reason,
    read_remittance,
    word,
    write_account,
    write_agent,
    write_money,
    write_party,
    write_reason,
    write_remittance,
)
from qantara.rails.model import Agent, MessageName, PaymentRequest, PaymentRequestReport


def _write_initiator(agent: Agent) -> str:
    return f"<InitgPty><Id><OrgId>{leaf('AnyBIC', agent.bic)}</OrgId></Id></InitgPty>"


def write_request(request: PaymentRequest) -> str:
    due = request.pay_on
    return (
        f"<CdtrPmtActvtnReq><GrpHdr><MsgId>{escape(request.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(request.created_at)}</CreDtTm><NbOfTxs>1</NbOfTxs>"
        f"{_write_initiator(request.creditor_agent)}</GrpHdr>"
        f"<PmtInf>{leaf('PmtInfId', request.request_id)}<PmtMtd>TRF</PmtMtd>"
        f"{'' if due is None else f'<ReqdExctnDt><Dt>{due.isoformat()}</Dt></ReqdExctnDt>'}"
        f"<XpryDt><DtTm>{to_text(request.expires_at)}</DtTm></XpryDt>"
        f"{write_party('Dbtr', request.debtor)}"
        f"{write_account('DbtrAcct', request.debtor_account)}"
        f"{write_agent('DbtrAgt', request.debtor_agent)}"
        f"<CdtTrfTx><PmtId>{leaf('EndToEndId', request.end_to_end_id)}</PmtId>"
        f"<Amt>{write_money('InstdAmt', request.amount)}</Amt>"
        f"{write_agent('CdtrAgt', request.creditor_agent)}"
        f"{write_party('Cdtr', request.creditor)}"
        f"{write_account('CdtrAcct', request.creditor_account)}"
        f"{write_remittance(request.remittance, request.reference)}"
        "</CdtTrfTx></PmtInf></CdtrPmtActvtnReq>"
    )


def read_request(root: Element) -> PaymentRequest:
    header, asked = root[0]
    node = fields(asked)
    line = fields(node["CdtTrfTx"])
    due = node.get("ReqdExctnDt")
    text, reference = read_remittance(line.get("RmtInf"))
    return PaymentRequest(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        request_id=word(node["PmtInfId"]),
        end_to_end_id=word(line["PmtId"][0]),
        amount=read_money(line["Amt"][0]),
        expires_at=moment(word(node["XpryDt"][0])),
        creditor=read_party(line["Cdtr"]),
        creditor_account=read_account(line["CdtrAcct"]),
        creditor_agent=read_agent(line["CdtrAgt"]),
        debtor=read_party(node["Dbtr"]),
        debtor_account=read_account(node["DbtrAcct"]),
        debtor_agent=read_agent(node["DbtrAgt"]),
        pay_on=None if due is None else day(word(due[0])),
        remittance=text,
        reference=reference,
    )


def write_report(report: PaymentRequestReport) -> str:
    return (
        f"<CdtrPmtActvtnReqStsRpt><GrpHdr><MsgId>{escape(report.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.created_at)}</CreDtTm>{_write_initiator(report.debtor_agent)}"
        f"{write_agent('DbtrAgt', report.debtor_agent)}"
        f"{write_agent('CdtrAgt', report.creditor_agent)}</GrpHdr>"
        f"<OrgnlGrpInfAndSts>{leaf('OrgnlMsgId', report.original_message_id)}"
        f"<OrgnlMsgNmId>{MessageName.PAYMENT_REQUEST.value}</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts>{leaf('OrgnlPmtInfId', report.original_request_id)}"
        f"<TxInfAndSts>{leaf('OrgnlEndToEndId', report.original_end_to_end_id)}"
        f"<TxSts>{escape(report.status)}</TxSts>"
        f"{write_reason(report.reason, report.reason_texts)}</TxInfAndSts></OrgnlPmtInfAndSts>"
        "</CdtrPmtActvtnReqStsRpt>"
    )


def read_report(root: Element) -> PaymentRequestReport:
    (message_id, created, _, debtor_agent, creditor_agent), original, (asked, line) = root[0]
    end_to_end, status, *told = line
    reason, texts = read_reason(told[0] if told else None)
    return PaymentRequestReport(
        message_id=word(message_id),
        created_at=moment(word(created)),
        original_message_id=word(original[0]),
        original_request_id=word(asked),
        original_end_to_end_id=word(end_to_end),
        creditor_agent=read_agent(creditor_agent),
        debtor_agent=read_agent(debtor_agent),
        status=word(status),
        reason=reason,
        reason_texts=texts,
    )
