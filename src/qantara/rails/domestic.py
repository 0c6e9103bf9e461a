"""pacs.008 of a payment that stays inside one payment system, in both editions.

The records of both editions differ in where the acceptance time stands. Only SCT Inst, which
speaks the older one, has public codes for its service.
"""

from lxml.etree import _Element as Element

from qantara.rails.dialect import Dialect
from qantara.rails.elements import (
    coded,
    day,
    fields,
    moment,
    optional,
    read_account,
    read_agent,
    read_money,
    read_party,
    read_remittance,
    word,
    write_acceptance,
    write_account,
    write_agent,
    write_header,
    write_identity,
    write_money,
    write_party,
    write_remittance,
)
from qantara.rails.model import DomesticTransfer

_SEPA_INSTANT = "<SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>INST</Cd></LclInstrm>"


def write(transfer: DomesticTransfer, dialect: Dialect) -> str:
    header = write_header(transfer.message_id, transfer.created_at, transfer.clearing_system)
    identity = write_identity(
        transfer.instruction_id,
        transfer.end_to_end_id,
        transfer.transaction_id,
        transfer.uetr,
        transfer.clearing_reference,
    )
    service = _SEPA_INSTANT if dialect.of_2019 else ""
    kind = service + coded("CtgyPurp", transfer.category_purpose)
    return (
        f"<FIToFICstmrCdtTrf>{header}<CdtTrfTxInf>{identity}"
        f"{kind and f'<PmtTpInf>{kind}</PmtTpInf>'}"
        f"{write_money('IntrBkSttlmAmt', transfer.settlement_amount)}"
        f"<IntrBkSttlmDt>{transfer.settlement_on.isoformat()}</IntrBkSttlmDt>"
        f"{write_acceptance(transfer.accepted_at, older=dialect.of_2019)}<ChrgBr>SLEV</ChrgBr>"
        f"{_write_ends(transfer)}</CdtTrfTxInf></FIToFICstmrCdtTrf>"
    )


def _write_ends(transfer: DomesticTransfer) -> str:
    return (
        write_agent("InstgAgt", transfer.instructing_agent)
        + write_agent("InstdAgt", transfer.instructed_agent)
        + write_party("Dbtr", transfer.debtor)
        + write_account("DbtrAcct", transfer.debtor_account)
        + write_agent("DbtrAgt", transfer.debtor_agent)
        + write_agent("CdtrAgt", transfer.creditor_agent)
        + write_party("Cdtr", transfer.creditor)
        + write_account("CdtrAcct", transfer.creditor_account)
        + coded("Purp", transfer.purpose)
        + write_remittance(transfer.remittance, transfer.reference)
    )


def read(root: Element, dialect: Dialect) -> DomesticTransfer:
    header, transaction = root[0]
    node = fields(transaction)
    identity = fields(node["PmtId"])
    kind = fields(node["PmtTpInf"]) if "PmtTpInf" in node else {}
    text, reference = read_remittance(node.get("RmtInf"))
    purpose, category = node.get("Purp"), kind.get("CtgyPurp")
    accepted = node["AccptncDtTm"] if dialect.of_2019 else node["AddtlDtTm"][0]
    return DomesticTransfer(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        clearing_system=word(header[3][1][0]),
        uetr=word(identity["UETR"]),
        end_to_end_id=word(identity["EndToEndId"]),
        transaction_id=word(identity["TxId"]),
        settlement_amount=read_money(node["IntrBkSttlmAmt"]),
        settlement_on=day(word(node["IntrBkSttlmDt"])),
        accepted_at=moment(word(accepted)),
        instructing_agent=read_agent(node["InstgAgt"]),
        instructed_agent=read_agent(node["InstdAgt"]),
        debtor=read_party(node["Dbtr"]),
        debtor_account=read_account(node["DbtrAcct"]),
        debtor_agent=read_agent(node["DbtrAgt"]),
        creditor_agent=read_agent(node["CdtrAgt"]),
        creditor=read_party(node["Cdtr"]),
        creditor_account=read_account(node["CdtrAcct"]),
        instruction_id=optional(identity, "InstrId"),
        clearing_reference=optional(identity, "ClrSysRef"),
        purpose=None if purpose is None else word(purpose[0]),
        category_purpose=None if category is None else word(category[0]),
        remittance=text,
        reference=reference,
    )
