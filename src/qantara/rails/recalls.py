"""camt.056 and camt.029: a recall, and its answer.

camt.029 has no element for the identification of what it answers, so its own (CxlStsId) repeats
it. The outcome stands once, in Sts/Conf.
"""

from datetime import datetime

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.dialect import Dialect, newest
from qantara.rails.elements import (
    escape,
    fields,
    leaf,
    moment,
    read_agent,
    read_money,
    read_reason,
    word,
    write_agent,
    write_money,
    write_original,
    write_reason,
)
from qantara.rails.model import (
    Agent,
    CancellationRequest,
    Investigation,
    InvestigationResolution,
    MessageName,
)


def _write_assignment(
    message_id: str, created_at: datetime, assigner: Agent, assignee: Agent
) -> str:
    return (
        f"<Assgnmt><Id>{escape(message_id)}</Id>"
        f"<Assgnr>{write_agent('Agt', assigner)}</Assgnr>"
        f"<Assgne>{write_agent('Agt', assignee)}</Assgne>"
        f"<CreDtTm>{to_text(created_at)}</CreDtTm></Assgnmt>"
    )


def _write_case(tag: str, case_id: str, creator: Agent) -> str:
    return f"<{tag}>{leaf('Id', case_id)}<Cretr>{write_agent('Agt', creator)}</Cretr></{tag}>"


def _write_original(record: CancellationRequest | InvestigationResolution, dialect: Dialect) -> str:
    return write_original(
        record.original_message_id,
        dialect.version(record.original_name),
        record.original_end_to_end_id,
        record.original_transaction_id,
        record.uetr,
    )


def write_request(request: CancellationRequest, dialect: Dialect) -> str:
    assignment = _write_assignment(
        request.message_id, request.created_at, request.assigner, request.assignee
    )
    return (
        f"<FIToFIPmtCxlReq>{assignment}{_write_case('Case', request.case_id, request.case_creator)}"
        f"<Undrlyg><TxInf>{leaf('CxlId', request.cancellation_id)}"
        f"{_write_original(request, dialect)}"
        f"{write_money('OrgnlIntrBkSttlmAmt', request.original_amount)}"
        f"{write_reason(request.reason, request.reason_texts, tag='CxlRsnInf')}"
        "</TxInf></Undrlyg></FIToFIPmtCxlReq>"
    )


def read_request(root: Element) -> CancellationRequest:
    assignment, case, (transaction,) = root[0]
    message_id, assigner, assignee, created = assignment
    node = fields(transaction)
    group = node["OrgnlGrpInf"]
    reason, texts = read_reason(node["CxlRsnInf"])
    return CancellationRequest(
        message_id=word(message_id),
        created_at=moment(word(created)),
        assigner=read_agent(assigner[0]),
        assignee=read_agent(assignee[0]),
        case_id=word(case[0]),
        case_creator=read_agent(case[1][0]),
        cancellation_id=word(node["CxlId"]),
        original_message_id=word(group[0]),
        original_end_to_end_id=word(node["OrgnlEndToEndId"]),
        original_transaction_id=word(node["OrgnlTxId"]),
        uetr=word(node["OrgnlUETR"]),
        original_amount=read_money(node["OrgnlIntrBkSttlmAmt"]),
        reason=reason or "",
        original_name=newest(MessageName(word(group[1]))),
        reason_texts=texts,
    )


def write_resolution(resolution: InvestigationResolution, dialect: Dialect) -> str:
    assignment = _write_assignment(
        resolution.message_id, resolution.created_at, resolution.assigner, resolution.assignee
    )
    return (
        f"<RsltnOfInvstgtn>{assignment}"
        f"{_write_case('RslvdCase', resolution.case_id, resolution.case_creator)}"
        f"<Sts><Conf>{resolution.status.value}</Conf></Sts><CxlDtls><TxInfAndSts>"
        f"{leaf('CxlStsId', resolution.original_cancellation_id)}"
        f"{_write_original(resolution, dialect)}"
        f"{write_reason(resolution.reason, resolution.reason_texts, tag='CxlStsRsnInf')}"
        "</TxInfAndSts></CxlDtls></RsltnOfInvstgtn>"
    )


def read_resolution(root: Element) -> InvestigationResolution:
    assignment, case, outcome, (transaction,) = root[0]
    message_id, assigner, assignee, created = assignment
    node = fields(transaction)
    group = node["OrgnlGrpInf"]
    reason, texts = read_reason(node.get("CxlStsRsnInf"))
    return InvestigationResolution(
        message_id=word(message_id),
        created_at=moment(word(created)),
        assigner=read_agent(assigner[0]),
        assignee=read_agent(assignee[0]),
        case_id=word(case[0]),
        case_creator=read_agent(case[1][0]),
        status=Investigation(word(outcome[0])),
        original_cancellation_id=word(node["CxlStsId"]),
        original_message_id=word(group[0]),
        original_end_to_end_id=word(node["OrgnlEndToEndId"]),
        original_transaction_id=word(node["OrgnlTxId"]),
        uetr=word(node["OrgnlUETR"]),
        original_name=newest(MessageName(word(group[1]))),
        reason=reason,
        reason_texts=texts,
    )
