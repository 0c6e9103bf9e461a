"""camt.053: a customer's statement. It only leaves, so it is written and never read."""

from collections.abc import Sequence
from datetime import datetime

from qantara.clock import to_text
from qantara.money import Money
from qantara.rails.bank_statements import BankStatement, BankStatementEntry, Family
from qantara.rails.elements import NAMESPACE, escape, leaf, write_money
from qantara.rails.reconciliation import Booking

NAME = "camt.053.001.13"
# Family and sub-family of the payments domain, for what comes and for what goes.
_CODES = {
    Family.INSIDE: (("RRCT", "DMCT"), ("IRCT", "DMCT")),
    Family.ABROAD: (("RRCT", "XBCT"), ("IRCT", "XBCT")),
    Family.RETURN: (("RRCT", "RRTN"), ("IRCT", "RRTN")),
    Family.FEE: (("MCOP", "FEES"), ("MDOP", "FEES")),
    Family.BOOK: (("RCDT", "BOOK"), ("ICDT", "BOOK")),
    Family.OTHER: (("MCOP", "OTHR"), ("MDOP", "OTHR")),
}


def write(statement: BankStatement) -> str:
    """The whole document."""
    account = statement.account
    number = leaf("IBAN", account.iban) or f"<Othr>{leaf('Id', account.other)}</Othr>"
    servicer = f"<FinInstnId>{leaf('BICFI', statement.servicer_bic)}</FinInstnId>"
    return (
        f'<Document xmlns="{NAMESPACE}{NAME}"><BkToCstmrStmt>'
        f"<GrpHdr>{leaf('MsgId', statement.message_id)}"
        f"<CreDtTm>{to_text(statement.created_at)}</CreDtTm></GrpHdr>"
        f"<Stmt>{leaf('Id', statement.id)}"
        f"<FrToDt><FrDtTm>{to_text(statement.begins_at)}</FrDtTm>"
        f"<ToDtTm>{to_text(statement.ends_at)}</ToDtTm></FrToDt>"
        f"<Acct><Id>{number}</Id>{leaf('Ccy', statement.opening.asset.code)}"
        f"<Ownr>{leaf('Nm', statement.owner)}</Ownr><Svcr>{servicer}</Svcr></Acct>"
        f"{_balance('OPBD', statement.opening, statement.begins_at)}"
        f"{_balance('CLBD', statement.closing, statement.ends_at)}"
        f"{_summary(statement.entries)}"
        f"{''.join([_entry(each) for each in statement.entries])}"
        "</Stmt></BkToCstmrStmt></Document>"
    )


def _signed(tag: str, amount: Money) -> str:
    booking = Booking.DBIT if amount.minor < 0 else Booking.CRDT
    shown = Money(abs(amount.minor), amount.asset)
    return f"{write_money(tag, shown)}<CdtDbtInd>{booking.value}</CdtDbtInd>"


def _balance(code: str, amount: Money, at: datetime) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_signed('Amt', amount)}"
        f"<Dt><DtTm>{to_text(at)}</DtTm></Dt></Bal>"
    )


def _summary(entries: Sequence[BankStatementEntry]) -> str:
    """Left out where nothing moved: there is no sum without a currency to say it in."""
    if not entries:
        return ""
    asset = entries[0].amount.asset
    came = [each.amount.minor for each in entries if each.amount.minor >= 0]
    went = [-each.amount.minor for each in entries if each.amount.minor < 0]
    net = sum(came) - sum(went)

    def total(tag: str, minors: Sequence[int]) -> str:
        figure = Money(sum(minors), asset)
        return f"<{tag}><NbOfNtries>{len(minors)}</NbOfNtries><Sum>{figure}</Sum>"

    booking = Booking.DBIT if net < 0 else Booking.CRDT
    return (
        f"<TxsSummry>{total('TtlNtries', [*came, *went])}<TtlNetNtry>"
        f"<Amt>{Money(abs(net), asset)}</Amt><CdtDbtInd>{booking.value}</CdtDbtInd></TtlNetNtry>"
        f"</TtlNtries>{total('TtlCdtNtries', came)}</TtlCdtNtries>"
        f"{total('TtlDbtNtries', went)}</TtlDbtNtries></TxsSummry>"
    )


def _entry(entry: BankStatementEntry) -> str:
    out = entry.amount.minor < 0
    family, sub = _CODES[entry.family][out]
    return (
        f"<Ntry>{_signed('Amt', entry.amount)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><DtTm>{to_text(entry.booked_at)}</DtTm></BookgDt>"
        f"<ValDt><DtTm>{to_text(entry.happened_at)}</DtTm></ValDt>"
        f"{leaf('AcctSvcrRef', entry.reference)}"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd>"
        f"</Fmly></Domn></BkTxCd><NtryDtls><TxDtls>{_details(entry)}</TxDtls></NtryDtls></Ntry>"
    )


def _details(entry: BankStatementEntry) -> str:
    references = f"{leaf('AcctSvcrRef', entry.reference)}{leaf('UETR', entry.uetr)}"
    charges = parties = words = ""
    if entry.charge is not None:
        charges = f"<Chrgs>{write_money('TtlChrgsAndTaxAmt', entry.charge)}</Chrgs>"
    if entry.counterpart is not None:
        side = "Cdtr" if entry.amount.minor < 0 else "Dbtr"
        name = f"<Pty><Nm>{escape(entry.counterpart)}</Nm></Pty>"
        parties = f"<RltdPties><{side}>{name}</{side}></RltdPties>"
    if entry.words is not None:
        words = f"<RmtInf>{leaf('Ustrd', entry.words)}</RmtInf>"
    return f"<Refs>{references}</Refs>{charges}{parties}{words}"
