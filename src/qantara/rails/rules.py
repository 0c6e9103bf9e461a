"""What a schema cannot say: rules between elements, each a pure function of the record."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from qantara.errors import Reason
from qantara.rails.dialect import REASONS, Dialect
from qantara.rails.model import (
    AccountRef,
    Agent,
    CreditTransfer,
    Defect,
    DomesticTransfer,
    Initiation,
    InitiationReport,
    InstructionState,
    Investigation,
    InvestigationResolution,
    Match,
    Message,
    Notification,
    Party,
    PaymentInstruction,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    Profile,
    ResolutionReport,
    Status,
)

_TRANSFER = "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf"
_STATUS = "/Document/FIToFIPmtStsRpt/TxInfAndSts"
_REPORT = "/Document/IdVrfctnRpt/Rpt"
_FILE = "/Document/CstmrCdtTrfInitn"
_FILE_REPORT = "/Document/CstmrPmtStsRpt"
_RETURN = "/Document/PmtRtr/TxInf"
_RESOLUTION = "/Document/RsltnOfInvstgtn/CxlDtls/TxInfAndSts"
_NOTIFICATION = "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn"
_ASKED = "/Document/CdtrPmtActvtnReq/PmtInf"
_ASKED_REPORT = "/Document/CdtrPmtActvtnReqStsRpt/OrgnlPmtInfAndSts/TxInfAndSts"
_IBAN_LENGTHS = {"PK": 24, "FR": 27}
_LATIN = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_UNWRITABLE = re.compile(r"[^ -~]")
_REFERENCE = re.compile(r"[0-9A-Za-z?:().,'+ \-]+(?:/[0-9A-Za-z?:().,'+ \-]+)*")
_PLAIN_FIGURE = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,5})?")
_REFERENCE_LENGTH, _TEXT_LENGTH = 35, 140


def defects(message: Message, dialect: Dialect) -> list[Defect]:
    """Every rule of the guideline that the message breaks."""
    judge = _JUDGES.get(type(message))
    return [] if judge is None else list(judge(message, dialect))


def _judge_transfer(transfer: CreditTransfer, dialect: Dialect) -> Iterator[Defect]:
    yield from _judge_currencies(transfer, dialect)
    yield from _judge_debtor(transfer.debtor)
    yield from _judge_accounts(transfer, dialect, _TRANSFER, _TRANSFER)


def _judge_domestic(transfer: DomesticTransfer, dialect: Dialect) -> Iterator[Defect]:
    if transfer.instructed_agent != transfer.creditor_agent:
        words = f"The instructed agent is not the creditor's, {transfer.creditor_agent.bic}."
        yield Defect(f"{_TRANSFER}/InstdAgt/FinInstnId/BICFI", Reason.MESSAGE_SCHEMA, words)
    yield from _judge_accounts(transfer, dialect, _TRANSFER, _TRANSFER)


def _judge_currencies(transfer: CreditTransfer, dialect: Dialect) -> Iterator[Defect]:
    """The rate leads from the source currency to the destination's, and every amount follows:
    settlement by the leg, the first charge source, the second destination, what was instructed
    either of them.
    """
    rate = transfer.agreed_rate
    source, destination = rate.unit_currency, rate.quoted_currency
    if source == destination:
        words = f"The rate leads from {source} to itself."
        step = "ChrgsInf[2]/Amt/@Ccy" if dialect.of_2019 else "AgrdRate/QtdCcy"
        yield Defect(f"{_TRANSFER}/{step}", Reason.CURRENCY_MISMATCH, words)
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


def _judge_accounts(
    record: CreditTransfer | DomesticTransfer | PaymentRequest,
    dialect: Dialect,
    debtor_at: str,
    creditor_at: str,
) -> Iterator[Defect]:
    for where, account, agent in (
        (f"{debtor_at}/DbtrAcct", record.debtor_account, record.debtor_agent),
        (f"{creditor_at}/CdtrAcct", record.creditor_account, record.creditor_agent),
    ):
        words = _account_defect(account, agent, dialect)
        if words:
            yield Defect(f"{where}/Id", Reason.MESSAGE_SCHEMA, words)


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


def _judge_status(status: PaymentStatus, _: Dialect) -> Iterator[Defect]:
    where = f"{_STATUS}/StsRsnInf/Rsn/Cd"
    yield from _judge_reason(
        where, status.reason, status.reason_texts, needed=status.status is Status.RJCT
    )
    if status.reason is not None and status.reason not in REASONS:
        words = f"The reason {status.reason} is not one of Nexus's."
        yield Defect(where, Reason.MESSAGE_CODE_UNKNOWN, words)


def _judge_reason(
    where: str, reason: str | None, texts: tuple[str, ...], *, needed: bool
) -> Iterator[Defect]:
    if reason is None and needed:
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "A rejection names its reason.")
    if reason is None and texts:
        yield Defect(where, Reason.MESSAGE_ELEMENT_MISSING, "A sentence stands beside a reason.")


def _judge_report(report: ResolutionReport, dialect: Dialect) -> Iterator[Defect]:
    reason_at, payee_at = f"{_REPORT}/Rsn/Cd", f"{_REPORT}/UpdtdPtyAndAcctId"
    if report.match is not None:
        yield from _judge_match(report, report.match, dialect)
    elif not report.verified and report.reason is None:
        words = "An unconfirmed account has a reason."
        yield Defect(reason_at, Reason.MESSAGE_ELEMENT_MISSING, words)
    elif report.verified and (report.payee is None or report.account is None):
        words = "A confirmed account says whose it is."
        yield Defect(payee_at, Reason.MESSAGE_ELEMENT_MISSING, words)
    elif report.verified and report.payee is not None and report.payee.country is None:
        words = "The payee has at least country and town."
        yield Defect(f"{payee_at}/Pty/PstlAdr", Reason.MESSAGE_ELEMENT_MISSING, words)


def _judge_match(report: ResolutionReport, match: Match, dialect: Dialect) -> Iterator[Defect]:
    where = f"{_REPORT}/Rsn/Cd"
    if report.reason is not None:
        words = "The match of the names stands where the reason would."
        yield Defect(where, Reason.MESSAGE_SCHEMA, words)
    if match is Match.MTCH and not report.verified:
        words = "A name cannot match on an account that is not there."
        yield Defect(where, Reason.MESSAGE_SCHEMA, words)
    kept = dialect.profile is Profile.SCT_INST and match in {Match.NMTC, Match.NOAP}
    if kept and report.payee is not None:
        words = "The holder's name is told only with MTCH and CMTC."
        yield Defect(f"{_REPORT}/UpdtdPtyAndAcctId/Pty/Nm", Reason.MESSAGE_SCHEMA, words)


def _judge_return(returned: PaymentReturn, _: Dialect) -> Iterator[Defect]:
    where = f"{_RETURN}/RtrdIntrBkSttlmAmt"
    given, original = returned.returned_amount, returned.original_amount
    if given.asset != original.asset:
        words = f"The currency {given.asset.code} is not that of the payment, {original.asset}."
        yield Defect(f"{where}/@Ccy", Reason.CURRENCY_MISMATCH, words)
    elif given.minor > original.minor:
        yield Defect(where, Reason.MESSAGE_SCHEMA, f"More comes back than was paid, {original}.")


def _judge_resolution(resolution: InvestigationResolution, _: Dialect) -> Iterator[Defect]:
    where = f"{_RESOLUTION}/CxlStsRsnInf/Rsn/Cd"
    refused = resolution.status is Investigation.RJCR
    yield from _judge_reason(where, resolution.reason, resolution.reason_texts, needed=refused)
    if resolution.reason is not None and not refused:
        words = f"A reason stands with RJCR, not with {resolution.status.value}."
        yield Defect(where, Reason.MESSAGE_SCHEMA, words)


def _judge_asked(request: PaymentRequest, dialect: Dialect) -> Iterator[Defect]:
    if request.expires_at <= request.created_at:
        words = "The request had expired before it was made."
        yield Defect(f"{_ASKED}/XpryDt/DtTm", Reason.MESSAGE_SCHEMA, words)
    yield from _judge_accounts(request, dialect, _ASKED, f"{_ASKED}/CdtTrfTx")


def _judge_asked_report(report: PaymentRequestReport, _: Dialect) -> Iterator[Defect]:
    where = f"{_ASKED_REPORT}/StsRsnInf/Rsn/Cd"
    refused = report.status == "RJCT"
    yield from _judge_reason(where, report.reason, report.reason_texts, needed=refused)


def _judge_notification(notification: Notification, _: Dialect) -> Iterator[Defect]:
    if notification.ends_at <= notification.begins_at:
        words = "The period ends before it has begun."
        yield Defect(f"{_NOTIFICATION}/FrToDt/ToDtTm", Reason.MESSAGE_SCHEMA, words)
    several = len(notification.entries) > 1
    for number, entry in enumerate(notification.entries, 1):
        if entry.amount.asset.code != notification.currency:
            words = f"The currency {entry.amount.asset.code} is not {notification.currency}."
            where = f"{_NOTIFICATION}/Ntry{f'[{number}]' if several else ''}/Amt/@Ccy"
            yield Defect(where, Reason.CURRENCY_MISMATCH, words)


def _judge_file(file: Initiation, _: Dialect) -> Iterator[Defect]:
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


def _judge_file_report(report: InitiationReport, _: Dialect) -> Iterator[Defect]:
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


_JUDGES: dict[type[Message], Callable[[Any, Dialect], Iterator[Defect]]] = {
    CreditTransfer: _judge_transfer,
    DomesticTransfer: _judge_domestic,
    PaymentStatus: _judge_status,
    ResolutionReport: _judge_report,
    Initiation: _judge_file,
    InitiationReport: _judge_file_report,
    PaymentReturn: _judge_return,
    InvestigationResolution: _judge_resolution,
    PaymentRequest: _judge_asked,
    PaymentRequestReport: _judge_asked_report,
    Notification: _judge_notification,
}


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
