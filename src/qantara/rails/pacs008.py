"""pacs.008: the credit transfer."""

from decimal import Decimal

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.rails.elements import (
    coded,
    day,
    document,
    escape,
    fields,
    leaf,
    moment,
    optional,
    read_account,
    read_agent,
    read_money,
    read_party,
    read_remittance,
    word,
    write_account,
    write_agent,
    write_money,
    write_party,
    write_remittance,
)
from qantara.rails.model import (
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    MessageName,
    Priority,
)


def write(transfer: CreditTransfer) -> str:
    return document(
        MessageName.CREDIT_TRANSFER,
        f"<FIToFICstmrCdtTrf>{_write_header(transfer)}<CdtTrfTxInf>{_write_money_part(transfer)}"
        f"{_write_way(transfer)}{_write_ends(transfer)}</CdtTrfTxInf></FIToFICstmrCdtTrf>",
    )


def _write_header(transfer: CreditTransfer) -> str:
    return (
        f"<GrpHdr><MsgId>{escape(transfer.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(transfer.created_at)}</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd>"
        f"<ClrSys><Prtry>{escape(transfer.clearing_system)}</Prtry></ClrSys></SttlmInf></GrpHdr>"
    )


def _write_money_part(transfer: CreditTransfer) -> str:
    rate = transfer.agreed_rate
    charges = "".join(
        [
            f"<ChrgsInf>{write_money('Amt', charge.amount)}{write_agent('Agt', charge.agent)}"
            "</ChrgsInf>"
            for charge in transfer.charges
        ]
    )
    return (
        f"<PmtId>{leaf('InstrId', transfer.instruction_id)}"
        f"<EndToEndId>{escape(transfer.end_to_end_id)}</EndToEndId>"
        f"<TxId>{escape(transfer.transaction_id)}</TxId><UETR>{escape(transfer.uetr)}</UETR>"
        f"{leaf('ClrSysRef', transfer.clearing_reference)}</PmtId>"
        f"<PmtTpInf><InstrPrty>{transfer.priority.value}</InstrPrty>"
        f"{coded('CtgyPurp', transfer.category_purpose)}</PmtTpInf>"
        f"{write_money('IntrBkSttlmAmt', transfer.settlement_amount)}"
        f"<IntrBkSttlmDt>{transfer.settlement_on.isoformat()}</IntrBkSttlmDt>"
        f"<AddtlDtTm><AccptncDtTm>{to_text(transfer.accepted_at)}</AccptncDtTm></AddtlDtTm>"
        f"{write_money('InstdAmt', transfer.instructed_amount)}"
        f"<AgrdRate><UnitCcy>{escape(rate.unit_currency)}</UnitCcy>"
        f"<QtdCcy>{escape(rate.quoted_currency)}</QtdCcy>"
        f"<PreAgrdXchgRate>{rate.rate:f}</PreAgrdXchgRate><QtId>{escape(rate.quote_id)}</QtId>"
        f"</AgrdRate><ChrgBr>SHAR</ChrgBr>{charges}"
    )


def _write_correspondent(tag: str, correspondent: Correspondent | None) -> str:
    if correspondent is None:
        return ""
    agent = write_agent(tag, correspondent.agent)
    return agent + write_account(f"{tag}Acct", correspondent.account)


def _write_way(transfer: CreditTransfer) -> str:
    return (
        _write_correspondent("PrvsInstgAgt1", transfer.previous)
        + write_agent("InstgAgt", transfer.instructing_agent)
        + write_agent("InstdAgt", transfer.instructed_agent)
        + _write_correspondent("IntrmyAgt1", transfer.intermediary1)
        + _write_correspondent("IntrmyAgt2", transfer.intermediary2)
    )


def _write_ends(transfer: CreditTransfer) -> str:
    return (
        write_party("Dbtr", transfer.debtor)
        + write_account("DbtrAcct", transfer.debtor_account)
        + write_agent("DbtrAgt", transfer.debtor_agent)
        + write_agent("CdtrAgt", transfer.creditor_agent)
        + write_party("Cdtr", transfer.creditor)
        + write_account("CdtrAcct", transfer.creditor_account)
        + coded("Purp", transfer.purpose)
        + write_remittance(transfer.remittance, transfer.reference)
    )


def read(root: Element) -> CreditTransfer:
    header, transaction = root[0]
    node = fields(transaction)
    identity = fields(node["PmtId"])
    kind = node["PmtTpInf"]
    text, reference = read_remittance(node.get("RmtInf"))
    purpose = node.get("Purp")
    return CreditTransfer(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        clearing_system=word(header[3][1][0]),
        uetr=word(identity["UETR"]),
        end_to_end_id=word(identity["EndToEndId"]),
        transaction_id=word(identity["TxId"]),
        settlement_amount=read_money(node["IntrBkSttlmAmt"]),
        settlement_on=day(word(node["IntrBkSttlmDt"])),
        accepted_at=moment(word(node["AddtlDtTm"][0])),
        instructed_amount=read_money(node["InstdAmt"]),
        agreed_rate=_read_rate(node["AgrdRate"]),
        charges=(_read_charge(transaction[8]), _read_charge(transaction[9])),
        instructing_agent=read_agent(node["InstgAgt"]),
        instructed_agent=read_agent(node["InstdAgt"]),
        intermediary2=Correspondent(
            read_agent(node["IntrmyAgt2"]), read_account(node["IntrmyAgt2Acct"])
        ),
        debtor=read_party(node["Dbtr"]),
        debtor_account=read_account(node["DbtrAcct"]),
        debtor_agent=read_agent(node["DbtrAgt"]),
        creditor_agent=read_agent(node["CdtrAgt"]),
        creditor=read_party(node["Cdtr"]),
        creditor_account=read_account(node["CdtrAcct"]),
        previous=_read_correspondent(node, "PrvsInstgAgt1"),
        intermediary1=_read_correspondent(node, "IntrmyAgt1"),
        instruction_id=optional(identity, "InstrId"),
        clearing_reference=optional(identity, "ClrSysRef"),
        priority=Priority(word(kind[0])),
        purpose=None if purpose is None else word(purpose[0]),
        category_purpose=word(kind[1][0]) if len(kind) > 1 else None,
        remittance=text,
        reference=reference,
    )


def _read_correspondent(node: dict[str, Element], tag: str) -> Correspondent | None:
    agent = node.get(tag)
    if agent is None:
        return None
    return Correspondent(read_agent(agent), read_account(node[f"{tag}Acct"]))


def _read_rate(element: Element) -> AgreedRate:
    unit, quoted, rate, quote = element
    return AgreedRate(word(unit), word(quoted), Decimal(word(rate)), word(quote))


def _read_charge(element: Element) -> Charge:
    return Charge(read_money(element[0]), read_agent(element[1]))
