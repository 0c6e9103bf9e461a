"""Is this pacs.008 one that may go on? The published checks, in their order, each with its code."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from qantara.clock import to_text
from qantara.errors import Reason
from qantara.money import Rate
from qantara.rails.model import Correspondent, CreditTransfer, Priority
from qantara.scheme import letters
from qantara.scheme.gateway import rules
from qantara.scheme.gateway.model import Country, GatewayNode, Payment, Quote, State, Terms
from qantara.scheme.letters import Verdict

Quoted = Mapping[str, tuple[Quote, str | None]]


class Known(Struct, frozen=True):
    """What a batch is judged by: the node as it stands, the quotes it names, which payment uses
    each, and the payments it gives back.
    """

    node: GatewayNode
    quoted: Quoted
    used: dict[str, str]
    originals: Mapping[str, Payment]

    def quote(self, record: CreditTransfer) -> Quote | None:
        found = self.quoted.get(record.agreed_rate.quote_id or "")
        return None if found is None else found[0]


class Way(Struct, frozen=True):
    """Where a payment goes, at which amounts; `quote` None where its PSP exchanges itself."""

    source: Country
    destination: Country
    terms: Terms
    quote: Quote | None


def usage(node: GatewayNode, record: CreditTransfer, sender: str) -> Verdict | None:
    """What can be said of the message alone, whoever has sent which before."""
    if node.country_of(sender) is None:
        return letters.refuse(Reason.MESSAGE_WRONG_PARTY, sender=sender)
    if record.intermediary1 is None:
        return letters.refuse(Reason.MESSAGE_ELEMENT_MISSING, element="IntrmyAgt1")
    return None


def judge(known: Known, record: CreditTransfer, sender: str, now: datetime) -> Way | Verdict:
    """The way of a payment never seen before, or the code of the first check that it fails."""
    stale = _age(known.node, record, now)
    if stale is not None:
        return stale
    own = record.agreed_rate.quote_id is None
    way = _own_way(known, record, sender) if own else _quoted_way(known, record, sender, now)
    if isinstance(way, Verdict):
        return way
    return (
        _accounts(known.node, record, way)
        or _priority(record, way)
        or _cap(way)
        or _return(known, record)
        or way
    )


def _age(node: GatewayNode, record: CreditTransfer, now: datetime) -> Verdict | None:
    oldest = now - timedelta(seconds=node.acceptance_stale_seconds)
    newest = now + timedelta(seconds=node.clock_skew_seconds)
    if not oldest <= record.accepted_at <= newest:
        return letters.refuse(Reason.MESSAGE_STALE, accepted=to_text(record.accepted_at))
    return None


def _quoted_way(known: Known, record: CreditTransfer, sender: str, now: datetime) -> Way | Verdict:
    quote = known.quote(record)
    if quote is None:
        return letters.refuse(Reason.QUOTE_NOT_FOUND)
    source = known.node.country(quote.source_country)
    if quote.psp != record.debtor_agent.bic or source is None or source.ips != sender:
        return letters.refuse(Reason.QUOTE_FOREIGN)
    if now >= quote.expires_at:
        return letters.refuse(Reason.QUOTE_EXPIRED, expired=to_text(quote.expires_at))
    if quote.id in known.used:
        return letters.refuse(Reason.QUOTE_USED)
    wrong = _mismatch(record, quote.terms)
    if wrong is not None:
        return letters.refuse(Reason.QUOTE_MISMATCH, element=wrong)
    destination = known.node.country(quote.destination_country)
    if destination is None:
        return letters.refuse(Reason.CORRIDOR_CLOSED)
    return Way(source, destination, quote.terms, quote)


def _mismatch(record: CreditTransfer, terms: Terms) -> str | None:
    """The element that is not what was quoted."""
    rate = record.agreed_rate
    fee = record.charges[1]
    pairs = {
        "PreAgrdXchgRate": (rate.rate, terms.rate.value),
        "UnitCcy": (rate.unit_currency, terms.rate.base.code),
        "QtdCcy": (rate.quoted_currency, terms.rate.quote.code),
        "IntrBkSttlmAmt": (record.settlement_amount, terms.source),
        "ChrgsInf": (fee.amount, terms.fee),
    }
    return next((name for name, (told, quoted) in pairs.items() if told != quoted), None)


def _own_way(known: Known, record: CreditTransfer, sender: str) -> Way | Verdict:
    """Own FX: any rate, but the fee is the destination country's and the amounts follow."""
    source = known.node.country_of(sender)
    destination = known.node.country(record.creditor_agent.bic[4:6])
    if source is None or destination is None or source.currency == destination.currency:
        return letters.refuse(Reason.CORRIDOR_CLOSED)
    told = record.agreed_rate
    for name, code, currency in (
        ("UnitCcy", told.unit_currency, source.currency),
        ("IntrBkSttlmAmt", record.settlement_amount.asset.code, source.currency),
        ("QtdCcy", told.quoted_currency, destination.currency),
        ("ChrgsInf", record.charges[1].amount.asset.code, destination.currency),
    ):
        if code != currency.code:
            return letters.refuse(Reason.QUOTE_MISMATCH, element=name)
    if not told.rate.is_finite() or told.rate <= 0:
        return letters.refuse(Reason.QUOTE_MISMATCH, element="PreAgrdXchgRate")
    rate = Rate(source.currency, destination.currency, told.rate)
    fee = record.charges[1].amount
    terms = rules.own_terms(rate, record.settlement_amount, fee, destination.fee)
    if terms is None:
        return letters.refuse(Reason.QUOTE_MISMATCH, element="ChrgsInf")
    return Way(source, destination, terms, None)


def _accounts(node: GatewayNode, record: CreditTransfer, way: Way) -> Verdict | None:
    """RC11 unless both accounts are the quoting provider's own at its access providers; with
    own FX, unless the PSP is its own first agent and the second account is registered for it.
    """
    first, second = record.intermediary1, record.intermediary2
    psp = record.debtor_agent.bic
    if way.quote is None:
        own = node.own_accounts.get(psp, {}).get(way.destination.currency.code)
        if first is None or first.agent.bic != psp or record.instructing_agent.bic != psp:
            return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent="IntrmyAgt1")
        if own is None or not _same(own, second):
            return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent=second.agent.bic)
        return None
    fxp = node.fxp(way.quote.fxp)
    if fxp is None or first is None:
        return letters.refuse(Reason.FX_ACCOUNT_FOREIGN)
    for country, told in ((way.source, first), (way.destination, second)):
        if not _same(fxp.accounts[country.currency.code], told):
            return letters.refuse(Reason.FX_ACCOUNT_FOREIGN, agent=told.agent.bic)
    return None


def _same(mine: Correspondent, told: Correspondent) -> bool:
    return (mine.agent, mine.account.number) == (told.agent, told.account.number)


def _priority(record: CreditTransfer, way: Way) -> Verdict | None:
    if record.priority is Priority.HIGH and not way.destination.high:
        return letters.refuse(Reason.PRIORITY_UNSUPPORTED, country=way.destination.code)
    return None


def _cap(way: Way) -> Verdict | None:
    """A purpose that is missing is never a reason here: only the payee's provider may mind."""
    maximum = way.destination.maximum
    if maximum < way.terms.destination:
        return letters.refuse(Reason.AMOUNT_ABOVE_SYSTEM_MAXIMUM, maximum=str(maximum))
    return None


def _return(known: Known, record: CreditTransfer) -> Verdict | None:
    """Money can only be given back that came through here, from where it came."""
    if record.returns is None:
        return None
    first = known.originals.get(record.returns)
    ends = (record.debtor_agent.bic, record.creditor_agent.bic)
    if (
        first is None
        or first.state is not State.COMPLETED
        or (first.destination_psp, first.source_psp) != ends
    ):
        return letters.refuse(Reason.RETURN_UNMATCHED, uetr=record.returns)
    return None
