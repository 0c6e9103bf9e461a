"""What a schema cannot say: rules between elements, each a pure function of the record."""

import re
from collections.abc import Iterator
from decimal import Decimal

from qantara.errors import Reason
from qantara.rails.dialect import Dialect
from qantara.rails.model import (
    AccountRef,
    Agent,
    CreditTransfer,
    Defect,
    Initiation,
    InitiationReport,
    InstructionState,
    Message,
    Party,
    PaymentInstruction,
    PaymentStatus,
    ResolutionReport,
    Status,
)

_TRANSFER = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
_STATUS = "/Document/FIToFIPmtStsRpt/TxInfAndSts"
_REPORT = "/Document/IdVrfctnRpt/Rpt"
_FILE = "/Document/CstmrCdtTrfInitn"
_FILE_REPORT = "/Document/CstmrPmtStsRpt"
_IBAN_LENGTHS = {"PK": 24}
_LATIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_UNWRITABLE = re.compile(r"[^ -~]")
_REFERENCE = re.compile(r"[0-9A-Za-z?:().,'+ \-]+(?:/[0-9A-Za-z?:().,'+ \-]+)*")
_PLAIN_FIGURE = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,5})?")
_REFERENCE_LENGTH, _TEXT_LENGTH = 35, 140


def defects(message: Message, dialect: Dialect) -> list[Defect]:
    """Every rule of the guideline that the message breaks."""
    match message:
        case CreditTransfer():
            return [
                *_judge_currencies(message),
                *_judge_debtor(message.debtor),
                *_judge_accounts(message, dialect),
            ]
        case PaymentStatus():
            return list(_judge_status(message))
        case ResolutionReport():
            return list(_judge_report(message))
        case Initiation():
            return list(_judge_file(message))
        case InitiationReport():
            return list(_judge_file_report(message))
        case _:
            return []


def _judge_currencies(transfer: CreditTransfer) -> Iterator[Defect]:
    """The rate leads from the source currency to the destination's, and every amount follows:
    settlement by the leg, the first charge source, the second destination, what was instructed
    either of them.
    """
    rate = transfer.agreed_rate
    source, destination = rate.unit_currency, rate.quoted_currency
    if source == destination:
        words = f"The rate leads from {source} to itself."
        yield Defect(f"{_TRANSFER}/AgrdRate/QtdCcy", Reason.CURRENCY_MISMATCH, words)
    leg = source if transfer.previous is None else destination
    first, second = transfer.charges
    for step, met, due in (
        ("IntrBkSttlmAmt", transfer.settlement_amount, leg),
        ("ChrgsInf[1]/Amt", first.amount, source),
        ("ChrgsInf[2]/Amt", second.amount, destination),
    ):
        if met.asset.code != due:
            words = f"The currency {met.asset.code} is not {due}, as the agreed rate asks."
            yield Defect(f"{_TRANSFER}/{step}/@Ccy", Reason.CURRENCY_MISMATCH, words)
    typed = transfer.instructed_amount.asset.code
    if typed not in {source, destination}:
        words = f"The currency {typed} is neither {source} nor {destination}."
        yield Defect(f"{_TRANSFER}/InstdAmt/@Ccy", Reason.CURRENCY_MISMATCH, words)


def _judge_debtor(debtor: Party) -> Iterator[Defect]:
    """FATF Recommendation 16: a payer is known by an address, a birth or a national id."""
    if debtor.country is None and debtor.birth is None and debtor.national_id is None:
        words = "The debtor has neither address nor birth nor national id (FATF R.16)."
        yield Defect(f"{_TRANSFER}/Dbtr/PstlAdr", Reason.MESSAGE_ELEMENT_MISSING, words)


def _judge_accounts(transfer: CreditTransfer, dialect: Dialect) -> Iterator[Defect]:
    for step, account, agent in (
        ("DbtrAcct", transfer.debtor_account, transfer.debtor_agent),
        ("CdtrAcct", transfer.creditor_account, transfer.creditor_agent),
    ):
        words = _account_defect(account, agent, dialect)
        if words:
            yield Defect(f"{_TRANSFER}/{step}/Id", Reason.MESSAGE_SCHEMA, words)


def _account_defect(account: AccountRef, agent: Agent, dialect: Dialect) -> str:
    """An account has the form of the country whose system carries it; an alias needs none."""
    country = agent.bic[4:6]
    if country != dialect.country or account.number is None:
        return ""
    if not dialect.iban:
        return f"Accounts in {country} have no IBAN." if account.iban is not None else ""
    length = _IBAN_LENGTHS[country]
    iban = account.iban or ""
    if not iban.startswith(country) or len(iban) != length:
        return f"An account in {country} is an IBAN of {length} characters."
    return ""


def _judge_status(status: PaymentStatus) -> Iterator[Defect]:
    where = f"{_STATUS}/StsRsnInf/Rsn/Cd"
    if status.status is Status.RJCT and status.reason is None:
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "A rejection names its reason.")
    if status.reason is None and status.reason_texts:
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "A sentence stands beside a reason.")


def _judge_report(report: ResolutionReport) -> Iterator[Defect]:
    if not report.verified and report.reason is None:
        words = "An unconfirmed account has a reason."
        yield Defect(f"{_REPORT}/Rsn/Cd", Reason.MESSAGE_ELEMENT_MISSING, words)
    if report.verified and (report.payee is None or report.account is None):
        words = "A confirmed account says whose it is."
        yield Defect(f"{_REPORT}/UpdtdPtyAndAcctId", Reason.MESSAGE_ELEMENT_MISSING, words)
    if report.verified and report.payee is not None and report.payee.country is None:
        words = "The payee has at least country and town."
        where = f"{_REPORT}/UpdtdPtyAndAcctId/Pty/PstlAdr"
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, words)


def _judge_file(file: Initiation) -> Iterator[Defect]:
    met = len(file.instructions)
    if file.count != met:
        words = f"The file announces {file.count} instructions and has {met}."
        yield Defect(f"{_FILE}/GrpHdr/NbOfTxs", Reason.MESSAGE_SCHEMA, words)
    amounts = [line.amount for line in file.instructions]
    if file.control_sum is None or not all(map(_PLAIN_FIGURE.fullmatch, amounts)):
        return  # an unreadable amount is that instruction's defect, not the file's
    total = sum(map(Decimal, amounts), Decimal(0))
    if file.control_sum != total:
        words = f"The control sum is {file.control_sum}, the amounts add up to {total}."
        yield Defect(f"{_FILE}/GrpHdr/CtrlSum", Reason.MESSAGE_SCHEMA, words)


def _judge_file_report(report: InitiationReport) -> Iterator[Defect]:
    top = f"{_FILE_REPORT}/OrgnlGrpInfAndSts/StsRsnInf/Rsn/Cd"
    refused_whole = report.status is InstructionState.RJCT and not report.statuses
    if report.reason is None and (refused_whole or report.reason_texts):
        yield Defect(top, Reason.MESSAGE_ELEMENT_MISSING, "A refused file names its reason.")
    if report.original_batch_id is None and report.statuses:
        where = f"{_FILE_REPORT}/OrgnlPmtInfAndSts/OrgnlPmtInfId"
        words = "Instructions are answered within their batch."
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, words)
    for number, line in enumerate(report.statuses, 1):
        if line.reason is None and (line.status is InstructionState.RJCT or line.reason_texts):
            where = f"{_FILE_REPORT}/OrgnlPmtInfAndSts/TxInfAndSts[{number}]/StsRsnInf/Rsn/Cd"
            yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "A rejection names its reason.")


def text_defect(text: str, where: str, length: int = _TEXT_LENGTH) -> Defect | None:
    """Why a name or sentence cannot travel, or None."""
    strange = _UNWRITABLE.search(text)
    if strange is not None:
        words = f"The character {strange[0]!r} cannot travel on the payment rails."
        return Defect(where, Reason.FIELD_INVALID, words)
    if not text:
        return Defect(where, Reason.FIELD_MISSING, "This text is empty.")
    if len(text) > length:
        return Defect(where, Reason.FIELD_INVALID, f"This text is longer than {length} characters.")
    if not _LATIN.fullmatch(text):
        return Defect(where, Reason.FIELD_INVALID, "This text starts or ends with a space.")
    return None


def reference_defect(text: str, where: str) -> Defect | None:
    """Why a reference cannot travel, or None."""
    if len(text) <= _REFERENCE_LENGTH and _REFERENCE.fullmatch(text):
        return None
    words = (
        f"A reference has 1 to {_REFERENCE_LENGTH} letters, digits and ?:().,'+- ; a slash "
        "stands neither at an end nor twice in a row."
    )
    return Defect(where, Reason.FIELD_INVALID, words)


def instruction_defects(line: PaymentInstruction, number: int) -> list[Defect]:
    """What of one file instruction (counted from 1) could not be carried onward.

    Amount, currency, account, agent and purpose are left to those who know them.
    """
    where = f"{_FILE}/PmtInf/CdtTrfTxInf[{number}]"
    found = [
        reference_defect(line.end_to_end_id, f"{where}/PmtId/EndToEndId"),
        text_defect(line.creditor.name, f"{where}/Cdtr/Nm"),
    ]
    if line.instruction_id is not None:
        found.append(reference_defect(line.instruction_id, f"{where}/PmtId/InstrId"))
    if line.reference is not None:
        found.append(reference_defect(line.reference, f"{where}/RmtInf/Strd/CdtrRefInf/Ref"))
    if line.remittance is not None:
        step = "RmtInf/Ustrd" if line.reference is None else "RmtInf/Strd/AddtlRmtInf"
        found.append(text_defect(line.remittance, f"{where}/{step}"))
    found.extend(
        text_defect(text, f"{where}/Cdtr/PstlAdr/{tag}")
        for tag, text in (
            ("StrtNm", line.creditor.street),
            ("BldgNb", line.creditor.building),
            ("PstCd", line.creditor.postcode),
            ("TwnNm", line.creditor.town),
        )
        if text is not None
    )
    return [defect for defect in found if defect is not None]
