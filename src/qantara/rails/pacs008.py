"""pacs.008 of a payment that crosses a border, in both editions."""

from decimal import Decimal

from lxml.etree import _Element as Element

from qantara.rails.dialect import Dialect
from qantara.rails.elements import (
    coded,
    day,
    escape,
    fields,
    leaf,
    moment,
    read_account,
    read_agent,
    read_identity,
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
from qantara.rails.model import (
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Priority,
)

QUOTE_MARK = "/QUOT/"
_PRIORITIES = {each.value: each for each in Priority}


def write(transfer: CreditTransfer, dialect: Dialect) -> str:
    older = dialect.of_2019
    header = write_header(transfer.message_id, transfer.created_at, transfer.clearing_system)
    return (
        f"<FIToFICstmrCdtTrf>{header}<CdtTrfTxInf>{_write_money_part(transfer, older=older)}"
        f"{_write_way(transfer)}{_write_ends(transfer, older=older)}"
        "</CdtTrfTxInf></FIToFICstmrCdtTrf>"
    )


def _write_money_part(transfer: CreditTransfer, *, older: bool) -> str:
    charges = "".join(
        [
            f"<ChrgsInf>{write_money('Amt', charge.amount)}{write_agent('Agt', charge.agent)}"
            "</ChrgsInf>"
            for charge in transfer.charges
        ]
    )
    identity = write_identity(
        transfer.instruction_id,
        transfer.end_to_end_id,
        transfer.transaction_id,
        transfer.uetr,
        transfer.clearing_reference,
    )
    return (
        f"{identity}<PmtTpInf><InstrPrty>{transfer.priority.value}</InstrPrty>"
        f"{coded('CtgyPurp', transfer.category_purpose)}</PmtTpInf>"
        f"{write_money('IntrBkSttlmAmt', transfer.settlement_amount)}"
        f"<IntrBkSttlmDt>{transfer.settlement_on.isoformat()}</IntrBkSttlmDt>"
        f"{write_acceptance(transfer.accepted_at, older=older)}"
        f"{write_money('InstdAmt', transfer.instructed_amount)}"
        f"{_write_rate(transfer.agreed_rate, older=older)}<ChrgBr>SHAR</ChrgBr>{charges}"
    )


def _write_rate(rate: AgreedRate, *, older: bool) -> str:
    if older:
        return f"<XchgRate>{rate.rate:f}</XchgRate>"
    return (
        f"<AgrdRate><UnitCcy>{escape(rate.unit_currency)}</UnitCcy>"
        f"<QtdCcy>{escape(rate.quoted_currency)}</QtdCcy>"
        f"<PreAgrdXchgRate>{rate.rate:f}</PreAgrdXchgRate>{leaf('QtId', rate.quote_id)}</AgrdRate>"
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


def _write_ends(transfer: CreditTransfer, *, older: bool) -> str:
    debtor, creditor = transfer.ultimate_debtor, transfer.ultimate_creditor
    quote = transfer.agreed_rate.quote_id
    marked = ""
    if older and quote is not None:
        marked = f"<InstrForNxtAgt>{leaf('InstrInf', QUOTE_MARK + quote)}</InstrForNxtAgt>"
    return (
        ("" if debtor is None else write_party("UltmtDbtr", debtor))
        + write_party("Dbtr", transfer.debtor)
        + write_account("DbtrAcct", transfer.debtor_account)
        + write_agent("DbtrAgt", transfer.debtor_agent)
        + write_agent("CdtrAgt", transfer.creditor_agent)
        + write_party("Cdtr", transfer.creditor)
        + write_account("CdtrAcct", transfer.creditor_account)
        + ("" if creditor is None else write_party("UltmtCdtr", creditor))
        + marked
        + coded("Purp", transfer.purpose)
        + write_remittance(transfer.remittance, transfer.reference)
    )


def read(root: Element, dialect: Dialect) -> CreditTransfer:
    header, transaction = root[0]
    known, kind, settled, on, accepted, instructed, rate, _, first, second, *way = transaction
    sent, received, correspondent, account, agent2, account2, *ends = way
    arriving = str(sent.tag).endswith("}PrvsInstgAgt1")
    if arriving:
        sent, received, correspondent, account = correspondent, account, sent, received
    via = Correspondent(read_agent(correspondent), read_account(account))
    payer = ends.pop(0) if str(ends[0].tag).endswith("}UltmtDbtr") else None
    debtor, debtor_account, debtor_agent, creditor_agent, creditor, creditor_account, *more = ends
    instruction_id, end_to_end_id, transaction_id, uetr, clearing = read_identity(known)
    node = fields(more)
    text, reference = read_remittance(node.get("RmtInf"))
    purpose, payee = node.get("Purp"), node.get("UltmtCdtr")
    charges, older = (_read_charge(first), _read_charge(second)), dialect.of_2019
    return CreditTransfer(
        message_id=word(header[0]),
        created_at=moment(word(header[1])),
        clearing_system=word(header[3][1][0]),
        uetr=uetr,
        end_to_end_id=end_to_end_id,
        transaction_id=transaction_id,
        settlement_amount=read_money(settled),
        settlement_on=day(word(on)),
        accepted_at=moment(word(accepted if older else accepted[0])),
        instructed_amount=read_money(instructed),
        agreed_rate=_read_rate_of_2019(rate, charges, node) if older else _read_rate(rate),
        charges=charges,
        instructing_agent=read_agent(sent),
        instructed_agent=read_agent(received),
        intermediary2=Correspondent(read_agent(agent2), read_account(account2)),
        debtor=read_party(debtor),
        debtor_account=read_account(debtor_account),
        debtor_agent=read_agent(debtor_agent),
        creditor_agent=read_agent(creditor_agent),
        creditor=read_party(creditor),
        creditor_account=read_account(creditor_account),
        previous=via if arriving else None,
        intermediary1=None if arriving else via,
        instruction_id=instruction_id,
        clearing_reference=clearing,
        priority=_PRIORITIES[word(kind[0])],
        purpose=None if purpose is None else word(purpose[0]),
        category_purpose=word(kind[1][0]) if len(kind) > 1 else None,
        remittance=text,
        reference=reference,
        ultimate_debtor=None if payer is None else read_party(payer),
        ultimate_creditor=None if payee is None else read_party(payee),
    )


def _read_rate(element: Element) -> AgreedRate:
    unit, quoted, rate, *quote = element
    return AgreedRate(
        word(unit), word(quoted), Decimal(word(rate)), word(quote[0]) if quote else None
    )


def _read_rate_of_2019(
    rate: Element, charges: tuple[Charge, Charge], node: dict[str, Element]
) -> AgreedRate:
    source, destination = charges
    told = node.get("InstrForNxtAgt")
    return AgreedRate(
        unit_currency=source.amount.asset.code,
        quoted_currency=destination.amount.asset.code,
        rate=Decimal(word(rate)),
        quote_id=None if told is None else word(told[0]).removeprefix(QUOTE_MARK),
    )


def _read_charge(element: Element) -> Charge:
    return Charge(read_money(element[0]), read_agent(element[1]))
