"""acmt.023 and acmt.024: whose account is this, and the answer."""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.elements import (
    coded,
    document,
    escape,
    fields,
    leaf,
    moment,
    read_account,
    read_agent,
    read_party,
    word,
    write_account,
    write_agent,
    write_party,
)
from qantara.rails.model import (
    AccountRef,
    Agent,
    MessageName,
    ResolutionReport,
    ResolutionRequest,
)


def _write_asked(tag: str, account: AccountRef, agent: Agent | None) -> str:
    at = "" if agent is None else write_agent("Agt", agent)
    return f"<{tag}>{write_account('Acct', account)}{at}</{tag}>"


def _read_asked(element: Element) -> tuple[AccountRef, Agent | None]:
    agent = read_agent(element[1]) if len(element) > 1 else None
    return read_account(element[0]), agent


def write_request(request: ResolutionRequest) -> str:
    bic, country = leaf("BICFI", request.assignee.bic), leaf("Ctry", request.destination_country)
    return document(
        MessageName.RESOLUTION_REQUEST,
        f"<IdVrfctnReq><Assgnmt><MsgId>{escape(request.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(request.created_at)}</CreDtTm>"
        f"<Cretr><Pty><Id><PrvtId><Othr>{leaf('Id', request.creator_id)}"
        "</Othr></PrvtId></Id></Pty></Cretr>"
        f"{write_agent('FrstAgt', request.first_agent)}"
        f"<Assgnr>{write_agent('Agt', request.assigner)}</Assgnr>"
        f"<Assgne><Agt><FinInstnId>{bic}<PstlAdr>{country}</PstlAdr></FinInstnId></Agt></Assgne>"
        f"</Assgnmt><Vrfctn>{leaf('Id', request.request_id)}"
        f"{_write_asked('PtyAndAcctId', request.account, request.agent)}"
        "</Vrfctn></IdVrfctnReq>",
    )


def read_request(root: Element) -> ResolutionRequest:
    (message_id, created, creator, first, assigner, assignee), (request_id, asked) = root[0]
    bic, address = assignee[0][0]
    account, agent = _read_asked(asked)
    return ResolutionRequest(
        message_id=word(message_id),
        created_at=moment(word(created)),
        creator_id=word(creator[0][0][0][0][0]),
        first_agent=read_agent(first),
        assigner=read_agent(assigner[0]),
        assignee=Agent(word(bic)),
        destination_country=word(address[0]),
        request_id=word(request_id),
        account=account,
        agent=agent,
    )


def write_report(report: ResolutionReport) -> str:
    original = _write_asked("OrgnlPtyAndAcctId", report.original_account, report.original_agent)
    return document(
        MessageName.RESOLUTION_REPORT,
        f"<IdVrfctnRpt><Assgnmt><MsgId>{escape(report.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.created_at)}</CreDtTm>"
        f"{write_agent('FrstAgt', report.first_agent)}"
        f"<Assgnr>{write_agent('Agt', report.assigner)}</Assgnr>"
        f"<Assgne>{write_agent('Agt', report.assignee)}</Assgne></Assgnmt>"
        f"<OrgnlAssgnmt><MsgId>{escape(report.original_message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.original_created_at)}</CreDtTm></OrgnlAssgnmt>"
        f"<Rpt>{leaf('OrgnlId', report.original_request_id)}"
        f"<Vrfctn>{'true' if report.verified else 'false'}</Vrfctn>"
        f"{coded('Rsn', report.reason)}{original}"
        f"{_write_payee(report)}</Rpt></IdVrfctnRpt>",
    )


def _write_payee(report: ResolutionReport) -> str:
    parts = (
        ("" if report.payee is None else write_party("Pty", report.payee))
        + ("" if report.account is None else write_account("Acct", report.account))
        + ("" if report.agent is None else write_agent("Agt", report.agent))
    )
    return parts and f"<UpdtdPtyAndAcctId>{parts}</UpdtdPtyAndAcctId>"


def read_report(root: Element) -> ResolutionReport:
    (message_id, created, first, assigner, assignee), original, report = root[0]
    node = fields(report)
    original_account, original_agent = _read_asked(node["OrgnlPtyAndAcctId"])
    reason, found = node.get("Rsn"), node.get("UpdtdPtyAndAcctId")
    return ResolutionReport(
        message_id=word(message_id),
        created_at=moment(word(created)),
        first_agent=read_agent(first),
        assigner=read_agent(assigner[0]),
        assignee=read_agent(assignee[0]),
        original_message_id=word(original[0]),
        original_created_at=moment(word(original[1])),
        original_request_id=word(node["OrgnlId"]),
        original_account=original_account,
        original_agent=original_agent,
        verified=word(node["Vrfctn"]) == "true",
        reason=None if reason is None else word(reason[0]),
        payee=None if found is None else read_party(found[0]),
        account=None if found is None else read_account(found[1]),
        agent=None if found is None else read_agent(found[2]),
    )
