"""pain.001 and pain.002: a customer's payment file, and the answer to it.

A file is refused whole for its structure and for identities, which the answer must refer to.
The content of one instruction (amount, currency, account, agent, names, codes) is carried as
the text that was written and judged by whoever executes it, so that one wrong line costs one
line. What the rails could not carry onward is told by `rules.instruction_defects`.
"""

from decimal import Decimal

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.elements import (
    coded,
    day,
    escape,
    fields,
    leaf,
    moment,
    optional,
    read_account,
    read_agent,
    read_party,
    read_reason,
    read_remittance,
    word,
    write_account,
    write_agent,
    write_party,
    write_reason,
    write_remittance,
)
from qantara.rails.model import (
    Initiation,
    InitiationReport,
    InstructionState,
    InstructionStatus,
    MessageName,
    Party,
    PaymentInstruction,
)


def write_initiation(initiation: Initiation) -> str:
    total = None if initiation.control_sum is None else f"{initiation.control_sum:f}"
    lines = "".join([_write_instruction(line) for line in initiation.instructions])
    return (
        f"<CstmrCdtTrfInitn><GrpHdr>{leaf('MsgId', initiation.message_id)}"
        f"<CreDtTm>{to_text(initiation.created_at)}</CreDtTm><NbOfTxs>{initiation.count}</NbOfTxs>"
        f"{leaf('CtrlSum', total)}<InitgPty>{leaf('Nm', initiation.initiator.name)}</InitgPty>"
        f"</GrpHdr><PmtInf>{leaf('PmtInfId', initiation.batch_id)}<PmtMtd>TRF</PmtMtd>"
        f"<ReqdExctnDt><Dt>{initiation.requested_on.isoformat()}</Dt></ReqdExctnDt>"
        f"{write_party('Dbtr', initiation.debtor)}"
        f"{write_account('DbtrAcct', initiation.debtor_account)}"
        f"{write_agent('DbtrAgt', initiation.debtor_agent)}{lines}</PmtInf></CstmrCdtTrfInitn>"
    )


def _write_instruction(line: PaymentInstruction) -> str:
    agent = "" if line.creditor_agent is None else write_agent("CdtrAgt", line.creditor_agent)
    currency = escape(line.currency).replace('"', "&quot;")
    return (
        f"<CdtTrfTxInf><PmtId>{leaf('InstrId', line.instruction_id)}"
        f"{leaf('EndToEndId', line.end_to_end_id)}{leaf('UETR', line.uetr)}</PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{escape(line.amount)}</InstdAmt></Amt>{agent}'
        f"{write_party('Cdtr', line.creditor)}{write_account('CdtrAcct', line.creditor_account)}"
        f"{coded('Purp', line.purpose)}"
        f"{write_remittance(line.remittance, line.reference)}</CdtTrfTxInf>"
    )


def read_initiation(root: Element) -> Initiation:
    header, batch = root[0]
    node, top = fields(batch), fields(header)
    total = optional(top, "CtrlSum")
    return Initiation(
        message_id=word(top["MsgId"]),
        created_at=moment(word(top["CreDtTm"])),
        count=int(word(top["NbOfTxs"])),
        initiator=Party(word(top["InitgPty"][0])),
        batch_id=word(node["PmtInfId"]),
        requested_on=day(word(node["ReqdExctnDt"][0])),
        debtor=read_party(node["Dbtr"]),
        debtor_account=read_account(node["DbtrAcct"]),
        debtor_agent=read_agent(node["DbtrAgt"]),
        instructions=tuple([_read_instruction(line) for line in batch[6:]]),
        control_sum=None if total is None else Decimal(total),
    )


def _read_instruction(element: Element) -> PaymentInstruction:
    node = fields(element)
    identity = fields(node["PmtId"])
    amount = node["Amt"][0]
    agent, purpose = node.get("CdtrAgt"), node.get("Purp")
    text, reference = read_remittance(node.get("RmtInf"))
    return PaymentInstruction(
        end_to_end_id=word(identity["EndToEndId"]),
        amount=word(amount),
        currency=amount.get("Ccy", ""),
        creditor=read_party(node["Cdtr"]),
        creditor_account=read_account(node["CdtrAcct"]),
        creditor_agent=None if agent is None else read_agent(agent),
        instruction_id=optional(identity, "InstrId"),
        uetr=optional(identity, "UETR"),
        purpose=None if purpose is None else word(purpose[0]),
        remittance=text,
        reference=reference,
    )


def write_report(report: InitiationReport) -> str:
    lines = "".join([_write_status(line) for line in report.statuses])
    batch = leaf("OrgnlPmtInfId", report.original_batch_id)
    body = batch and f"<OrgnlPmtInfAndSts>{batch}{lines}</OrgnlPmtInfAndSts>"
    return (
        f"<CstmrPmtStsRpt><GrpHdr><MsgId>{escape(report.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(report.created_at)}</CreDtTm>"
        f"<InitgPty>{leaf('Nm', report.initiator.name)}</InitgPty></GrpHdr>"
        f"<OrgnlGrpInfAndSts>{leaf('OrgnlMsgId', report.original_message_id)}"
        f"<OrgnlMsgNmId>{MessageName.INITIATION.value}</OrgnlMsgNmId>"
        f"<OrgnlNbOfTxs>{report.original_count}</OrgnlNbOfTxs>"
        f"<GrpSts>{report.status.value}</GrpSts>{write_reason(report.reason, report.reason_texts)}"
        f"</OrgnlGrpInfAndSts>{body}</CstmrPmtStsRpt>"
    )


def _write_status(line: InstructionStatus) -> str:
    accepted = None if line.accepted_at is None else to_text(line.accepted_at)
    return (
        f"<TxInfAndSts>{leaf('OrgnlInstrId', line.instruction_id)}"
        f"{leaf('OrgnlEndToEndId', line.end_to_end_id)}{leaf('OrgnlUETR', line.uetr)}"
        f"<TxSts>{line.status.value}</TxSts>{write_reason(line.reason, line.reason_texts)}"
        f"{leaf('AccptncDtTm', accepted)}{leaf('ClrSysRef', line.clearing_reference)}"
        "</TxInfAndSts>"
    )


def read_report(root: Element) -> InitiationReport:
    header, original, *batch = root[0]
    node = fields(original)
    reason, texts = read_reason(node.get("StsRsnInf"))
    return InitiationReport(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        initiator=Party(word(header[2][0])),
        original_message_id=word(node["OrgnlMsgId"]),
        original_count=int(word(node["OrgnlNbOfTxs"])),
        status=InstructionState(word(node["GrpSts"])),
        original_batch_id=word(batch[0][0]) if batch else None,
        statuses=tuple([_read_status(line) for line in batch[0][1:]]) if batch else (),
        reason=reason,
        reason_texts=texts,
    )


def _read_status(element: Element) -> InstructionStatus:
    node = fields(element)
    reason, texts = read_reason(node.get("StsRsnInf"))
    accepted = optional(node, "AccptncDtTm")
    return InstructionStatus(
        end_to_end_id=word(node["OrgnlEndToEndId"]),
        status=InstructionState(word(node["TxSts"])),
        instruction_id=optional(node, "OrgnlInstrId"),
        uetr=optional(node, "OrgnlUETR"),
        reason=reason,
        reason_texts=texts,
        accepted_at=None if accepted is None else moment(accepted),
        clearing_reference=optional(node, "ClrSysRef"),
    )
