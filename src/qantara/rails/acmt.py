"""acmt.023 and acmt.024: whose account is this, and the answer.

Where names are compared the match stands in the place of the reason, next to the verdict on the
account.
"""

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.dialect import VERIFICATION_DEFAULT, VERIFICATION_REASONS, Dialect
from qantara.rails.elements import (
    coded,
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
    Match,
    ResolutionReport,
    ResolutionRequest,
)


def _write_asked(account: AccountRef, agent: Agent | None) -> str:
    return write_account("Acct", account) + ("" if agent is None else write_agent("Agt", agent))


def _read_asked(node: dict[str, Element]) -> tuple[AccountRef, Agent | None]:
    agent = node.get("Agt")
    return read_account(node["Acct"]), None if agent is None else read_agent(agent)


def write_request(request: ResolutionRequest) -> str:
    bic, country = leaf("BICFI", request.assignee.bic), leaf("Ctry", request.destination_country)
    name = "" if request.name is None else f"<Pty>{leaf('Nm', request.name)}</Pty>"
    asked = _write_asked(request.account, request.agent)
    return (
        f"<IdVrfctnReq><Assgnmt><MsgId>{escape(request.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(request.created_at)}</CreDtTm>"
        f"<Cretr><Pty><Id><PrvtId><Othr>{leaf('Id', request.creator_id)}"
        "</Othr></PrvtId></Id></Pty></Cretr>"
        f"{write_agent('FrstAgt', request.first_agent)}"
        f"<Assgnr>{write_agent('Agt', request.assigner)}</Assgnr>"
        f"<Assgne><Agt><FinInstnId>{bic}<PstlAdr>{country}</PstlAdr></FinInstnId></Agt></Assgne>"
        f"</Assgnmt><Vrfctn>{leaf('Id', request.request_id)}"
        f"<PtyAndAcctId>{name}{asked}</PtyAndAcctId></Vrfctn></IdVrfctnReq>"
    )


def read_request(root: Element) -> ResolutionRequest:
    (message_id, created, creator, first, assigner, assignee), (request_id, asked) = root[0]
    bic, address = assignee[0][0]
    node = fields(asked)
    account, agent = _read_asked(node)
    party = node.get("Pty")
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
        name=None if party is None else word(party[0]),
    )


def write_report(report: ResolutionReport) -> str:
    original = _write_asked(report.original_account, report.original_agent)
    verdict = "true" if report.verified else "false"
    reason = report.reason if report.match is None else report.match.value
    return (
        f"<IdVrfctnRpt><Assgnmt><MsgId>{escape(report.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.created_at)}</CreDtTm>"
        f"{write_agent('FrstAgt', report.first_agent)}"
        f"<Assgnr>{write_agent('Agt', report.assigner)}</Assgnr>"
        f"<Assgne>{write_agent('Agt', report.assignee)}</Assgne></Assgnmt>"
        f"<OrgnlAssgnmt><MsgId>{escape(report.original_message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.original_created_at)}</CreDtTm></OrgnlAssgnmt>"
        f"<Rpt>{leaf('OrgnlId', report.original_request_id)}"
        f"<Vrfctn>{verdict}</Vrfctn>{coded('Rsn', reason)}"
        f"<OrgnlPtyAndAcctId>{original}</OrgnlPtyAndAcctId>"
        f"{_write_payee(report)}</Rpt></IdVrfctnRpt>"
    )


def _write_payee(report: ResolutionReport) -> str:
    parts = (
        ("" if report.payee is None else write_party("Pty", report.payee))
        + ("" if report.account is None else write_account("Acct", report.account))
        + ("" if report.agent is None else write_agent("Agt", report.agent))
    )
    return parts and f"<UpdtdPtyAndAcctId>{parts}</UpdtdPtyAndAcctId>"


def read_report(root: Element, dialect: Dialect) -> ResolutionReport:
    (message_id, created, first, assigner, assignee), original, report = root[0]
    node = fields(report)
    original_account, original_agent = _read_asked(fields(node["OrgnlPtyAndAcctId"]))
    found = fields(node["UpdtdPtyAndAcctId"]) if "UpdtdPtyAndAcctId" in node else {}
    reason, match = _read_reason(node.get("Rsn"), dialect)
    payee, account, agent = found.get("Pty"), found.get("Acct"), found.get("Agt")
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
        verified=word(node["Vrfctn"]).strip() == "true",
        reason=reason,
        payee=None if payee is None else read_party(payee),
        account=None if account is None else read_account(account),
        agent=None if agent is None else read_agent(agent),
        match=match,
    )


def _read_reason(element: Element | None, dialect: Dialect) -> tuple[str | None, Match | None]:
    if element is None:
        return None, None
    code = word(element[0])
    if dialect.compares and code in set(Match):
        return None, Match(code)
    return (code if code in VERIFICATION_REASONS else VERIFICATION_DEFAULT), None
