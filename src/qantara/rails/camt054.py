"""camt.054: one page of what a payment system paid and was paid through the gateway.

The totals are computed from the entries that were credited in the end (ACCC): figures without
currency in the notification's own. The standard's references have 35 characters, so a quote's
UUID travels without its hyphens.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from uuid import UUID

from lxml.etree import _Element as Element

from qantara.clock import to_text
from qantara.errors import Reason
from qantara.money import ASSETS, Money
from qantara.rails.elements import (
    escape,
    fields,
    leaf,
    local,
    moment,
    optional,
    read_agent,
    read_money,
    word,
    write_agent,
    write_money,
)
from qantara.rails.model import (
    Agent,
    Booking,
    Defect,
    Notification,
    NotificationEntry,
    Status,
)

_PAGE = "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn"
_FAMILIES = {Booking.CRDT: "RRCT", Booking.DBIT: "IRCT"}
_ENTRIES = 4
"""From here a notification has entries: identity, period, account and summary stand before."""


def write(notification: Notification) -> str:
    owner = f"<Ownr><Id><OrgId>{leaf('AnyBIC', notification.owner.bic)}</OrgId></Id></Ownr>"
    entries = "".join([_write_entry(entry) for entry in notification.entries])
    last = "true" if notification.last_page else "false"
    return (
        f"<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>{escape(notification.message_id)}</MsgId>"
        f"<CreDtTm>{to_text(notification.created_at)}</CreDtTm>"
        f"<MsgPgntn><PgNb>{notification.page}</PgNb><LastPgInd>{last}</LastPgInd></MsgPgntn>"
        "</GrpHdr>"
        f"<Ntfctn>{leaf('Id', notification.id)}"
        f"<FrToDt><FrDtTm>{to_text(notification.begins_at)}</FrDtTm>"
        f"<ToDtTm>{to_text(notification.ends_at)}</ToDtTm></FrToDt>"
        f"<Acct><Id><Othr>{leaf('Id', notification.account)}</Othr></Id>"
        f"{leaf('Ccy', notification.currency)}{owner}</Acct>"
        f"{_write_summary(notification)}{entries}</Ntfctn></BkToCstmrDbtCdtNtfctn>"
    )


def _write_summary(notification: Notification) -> str:
    figures = dict(_summary(notification.entries, notification.currency))
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{figures['TtlNtries/NbOfNtries']}</NbOfNtries>"
        f"<Sum>{figures['TtlNtries/Sum']}</Sum>"
        f"<TtlNetNtry><Amt>{figures['TtlNtries/TtlNetNtry/Amt']}</Amt>"
        f"<CdtDbtInd>{figures['TtlNtries/TtlNetNtry/CdtDbtInd']}</CdtDbtInd></TtlNetNtry>"
        f"</TtlNtries><TtlCdtNtries><NbOfNtries>{figures['TtlCdtNtries/NbOfNtries']}</NbOfNtries>"
        f"<Sum>{figures['TtlCdtNtries/Sum']}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><NbOfNtries>{figures['TtlDbtNtries/NbOfNtries']}</NbOfNtries>"
        f"<Sum>{figures['TtlDbtNtries/Sum']}</Sum></TtlDbtNtries></TxsSummry>"
    )


def _summary(entries: Sequence[NotificationEntry], currency: str) -> list[tuple[str, str]]:
    """Each figure of the summary with its place, in the message's order."""
    done = [entry for entry in entries if entry.status is Status.ACCC]
    paid = [entry.amount.minor for entry in done if entry.booking is Booking.DBIT]
    received = [entry.amount.minor for entry in done if entry.booking is Booking.CRDT]
    net = sum(received) - sum(paid)

    def figure(minor: int) -> str:
        return str(Money(minor, ASSETS[currency]))

    return [
        ("TtlNtries/NbOfNtries", str(len(done))),
        ("TtlNtries/Sum", figure(sum(received) + sum(paid))),
        ("TtlNtries/TtlNetNtry/Amt", figure(abs(net))),
        ("TtlNtries/TtlNetNtry/CdtDbtInd", (Booking.DBIT if net < 0 else Booking.CRDT).value),
        ("TtlCdtNtries/NbOfNtries", str(len(received))),
        ("TtlCdtNtries/Sum", figure(sum(received))),
        ("TtlDbtNtries/NbOfNtries", str(len(paid))),
        ("TtlDbtNtries/Sum", figure(sum(paid))),
    ]


def _write_entry(entry: NotificationEntry) -> str:
    quote = reason = ""
    if entry.quote_id is not None:
        quote = f"<Prtry><Tp>QUOT</Tp>{leaf('Ref', entry.quote_id.replace('-', ''))}</Prtry>"
    if entry.reason is not None:
        reason = f"<RtrInf><Rsn>{leaf('Cd', entry.reason)}</Rsn></RtrInf>"
    return (
        f"<Ntry>{write_money('Amt', entry.amount)}<CdtDbtInd>{entry.booking.value}</CdtDbtInd>"
        f"<Sts><Prtry>{entry.status.value}</Prtry></Sts>"
        f"<BookgDt><DtTm>{to_text(entry.concluded_at)}</DtTm></BookgDt>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{_FAMILIES[entry.booking]}</Cd>"
        "<SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs>"
        f"{leaf('MsgId', entry.message_id)}{leaf('InstrId', entry.instruction_id)}"
        f"{leaf('EndToEndId', entry.end_to_end_id)}{leaf('UETR', entry.uetr)}"
        f"{leaf('TxId', entry.transaction_id)}{leaf('ClrSysRef', entry.clearing_reference)}{quote}"
        f"</Refs><RltdAgts>{write_agent('DbtrAgt', entry.debtor_agent)}"
        f"{write_agent('CdtrAgt', entry.creditor_agent)}</RltdAgts>{reason}</TxDtls></NtryDtls>"
        "</Ntry>"
    )


def read(root: Element) -> Notification:
    (message_id, created, page), notification = root[0]
    identity, period, account = notification[0], notification[1], notification[2]
    return Notification(
        message_id=word(message_id),
        created_at=moment(word(created)),
        id=word(identity),
        page=int(word(page[0])),
        last_page=word(page[1]).strip() == "true",
        account=word(account[0][0][0]),
        currency=word(account[1]),
        owner=Agent(word(account[2][0][0][0])),
        begins_at=moment(word(period[0])),
        ends_at=moment(word(period[1])),
        entries=tuple([_read_entry(entry) for entry in notification[_ENTRIES:]]),
    )


def _read_entry(element: Element) -> NotificationEntry:
    amount, booking, status, concluded, _, details = element
    node = fields(details[0])
    reference = fields(node["Refs"])
    refusal, quote = node.get("RtrInf"), reference.get("Prtry")
    debtor_agent, creditor_agent = node["RltdAgts"]
    return NotificationEntry(
        status=Status(word(status[0])),
        booking=Booking(word(booking)),
        amount=read_money(amount),
        concluded_at=moment(word(concluded[0])),
        message_id=word(reference["MsgId"]),
        uetr=word(reference["UETR"]),
        end_to_end_id=word(reference["EndToEndId"]),
        transaction_id=word(reference["TxId"]),
        debtor_agent=read_agent(debtor_agent),
        creditor_agent=read_agent(creditor_agent),
        instruction_id=optional(reference, "InstrId"),
        clearing_reference=optional(reference, "ClrSysRef"),
        quote_id=None if quote is None else str(UUID(word(quote[1]))),
        reason=None if refusal is None else word(refusal[0][0]),
    )


def contradictions(root: Element, notification: Notification) -> list[Defect]:
    """Where the totals are not those of the entries, or a family is not its entry's booking."""
    page = root[0][1]
    told = dict(_figures(page[_ENTRIES - 1], ""))
    found = [
        Defect(
            f"{_PAGE}/TxsSummry/{step}",
            Reason.MESSAGE_SCHEMA,
            f"The summary says {told[step]}, the entries make {figure}.",
        )
        for step, figure in _summary(notification.entries, notification.currency)
        if told[step] != figure
    ]
    several = len(notification.entries) > 1
    lines = zip(notification.entries, page[_ENTRIES:], strict=True)
    for number, (entry, line) in enumerate(lines, 1):
        family = word(line[4][0][1][0])
        if family != _FAMILIES[entry.booking]:
            where = f"{_PAGE}/Ntry{f'[{number}]' if several else ''}/BkTxCd/Domn/Fmly/Cd"
            words = f"The family {family} is not that of {entry.booking.value}."
            found.append(Defect(where, Reason.MESSAGE_SCHEMA, words))
    return found


def _figures(element: Element, path: str) -> Iterable[tuple[str, str]]:
    if not len(element):
        return [(path, word(element).strip())]
    return chain.from_iterable(
        _figures(child, f"{path}/{local(child)}".lstrip("/")) for child in element
    )
