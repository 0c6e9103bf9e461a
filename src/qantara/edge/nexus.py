"""The gateway's REST answers, in the very names of the Nexus documentation.

One set of shapes for both sides: the gateway's door writes them, the institution's reads them.
Amounts and rates are decimal text.
"""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

import msgspec

from qantara.clock import from_text, to_text
from qantara.errors import Malformed, NotFound, Reason, Unavailable
from qantara.money import Money, asset
from qantara.rails.model import Correspondent
from qantara.remittance import flow as remittance
from qantara.remittance.model import GatewayQuote, Institution, PriceRequest
from qantara.scheme.gateway.model import GatewayNode, Quote, QuoteAgents, QuoteSet
from qantara.scheme.model import is_rate

VALIDITY = "nexus.quote.validity"
"""The rulebook value that says how long a quote stands from the moment of issue."""


class Amount(msgspec.Struct, frozen=True):
    amount: str
    currency: str


class SettlementAmount(msgspec.Struct, frozen=True, rename="camel"):
    amount: str
    currency: str
    capped_to_max_amount: bool = False


class FinInstId(msgspec.Struct, frozen=True, omit_defaults=True):
    bicfi: str = msgspec.field(name="BICFI")
    name: str | None = None


class AgentInstitution(msgspec.Struct, frozen=True, rename="camel"):
    fin_inst_id: FinInstId


class AccountId(msgspec.Struct, frozen=True):
    id: str


class DebtorAgent(msgspec.Struct, frozen=True, rename="camel"):
    interbank_settlement_amount: SettlementAmount
    nexus_scheme_fee: Amount


class ChargesInformation(msgspec.Struct, frozen=True):
    amount: Amount


class CreditorAgent(msgspec.Struct, frozen=True, rename="camel"):
    interbank_settlement_amount: SettlementAmount
    charges_information: ChargesInformation
    creditor_account_amount: Amount


class QuoteBody(msgspec.Struct, frozen=True, rename="camel"):
    quote_id: str
    issued_date_time: str
    fxpfin_inst_id_type: str
    fxpfin_inst_id: str
    exchange_rate: str
    debtor_agent: DebtorAgent
    intermediary_agent1: AgentInstitution
    intermediary_agent1_account: AccountId
    intermediary_agent2: AgentInstitution
    intermediary_agent2_account: AccountId
    creditor_agent: CreditorAgent


class QuotesBody(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to one request: its echo, and a quote of each provider."""

    quote_request_id: str
    source_country: str
    source_currency: str
    destination_country: str
    destination_currency: str
    amount_currency: str
    amount: str
    quotes: list[QuoteBody]


class AgentBody(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    country_code: str
    currency_code: str
    fin_inst_id: FinInstId
    account: AccountId


class AgentsBody(msgspec.Struct, frozen=True, rename="camel"):
    intermediary_agent1: AgentBody
    intermediary_agent2: AgentBody


class OwnDebtorAgent(msgspec.Struct, frozen=True, rename="camel"):
    interbank_settlement_amount: SettlementAmount
    nexus_scheme_fee: Amount


class OwnCreditorAgent(msgspec.Struct, frozen=True, rename="camel"):
    interbank_settlement_amount: SettlementAmount
    charges_amount: Amount
    creditor_account_amount: Amount


class FeesAndAmounts(msgspec.Struct, frozen=True, rename="camel"):
    """What a payment comes to at a rate that its PSP sets itself (own FX)."""

    debtor_agent: OwnDebtorAgent
    creditor_agent: OwnCreditorAgent


# What another role's answer can be wrong in: its form, its figures, text that is no UTF-8,
# nesting or times without end. None of it is our caller's doing.
UNREADABLE = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    RecursionError,
    OverflowError,
    Malformed,
    NotFound,
)
_decoder = msgspec.json.Decoder(QuotesBody)
_fees = msgspec.json.Decoder(FeesAndAmounts)


def quotes_path(node: Institution, request: PriceRequest, interbank: Money) -> str:
    """What an institution asks the gateway about a payment."""
    corridor = node.corridors[request.destination_country]
    parts = (node.country, node.asset, corridor.country, corridor.currency)
    query = urlencode({"finInstIdType": "BICFI", "finInstId": node.bic})
    return f"/quotes/{'/'.join(map(str, parts))}/{interbank.asset}/{interbank}?{query}"


def quotes_body(node: GatewayNode, request_id: str, found: QuoteSet) -> QuotesBody:
    first = found.quotes[0]
    return QuotesBody(
        quote_request_id=request_id,
        source_country=first.source_country,
        source_currency=first.terms.source.asset.code,
        destination_country=first.destination_country,
        destination_currency=first.terms.destination.asset.code,
        amount_currency=found.request.amount.asset.code,
        amount=str(found.request.amount),
        quotes=[
            _quote(node, *each)
            for each in zip(found.quotes, found.agents, found.scheme_fees, strict=True)
        ],
    )


def amount(money: Money) -> Amount:
    return Amount(str(money), money.asset.code)


def settlement(money: Money, *, capped: bool) -> SettlementAmount:
    return SettlementAmount(str(money), money.asset.code, capped)


def _agent(correspondent: Correspondent) -> AgentInstitution:
    return AgentInstitution(FinInstId(correspondent.agent.bic))


def _account(correspondent: Correspondent) -> AccountId:
    return AccountId(correspondent.account.number or "")


def _quote(node: GatewayNode, quote: Quote, agents: QuoteAgents, scheme_fee: Money) -> QuoteBody:
    """The scheme's own fee is invoiced to the source system and never taken from a payment."""
    terms, fxp = quote.terms, node.fxp(quote.fxp)
    return QuoteBody(
        quote_id=quote.id,
        issued_date_time=to_text(quote.issued_at),
        fxpfin_inst_id_type="BICFI",
        fxpfin_inst_id=fxp.bic if fxp else "",
        exchange_rate=f"{terms.rate.value:f}",
        debtor_agent=DebtorAgent(settlement(terms.source, capped=terms.capped), amount(scheme_fee)),
        intermediary_agent1=_agent(agents.intermediary1),
        intermediary_agent1_account=_account(agents.intermediary1),
        intermediary_agent2=_agent(agents.intermediary2),
        intermediary_agent2_account=_account(agents.intermediary2),
        creditor_agent=CreditorAgent(
            settlement(terms.destination, capped=terms.capped),
            ChargesInformation(amount(terms.fee)),
            amount(terms.credited),
        ),
    )


def fees_path(node: Institution, request: PriceRequest, interbank: Money, rate: Decimal) -> str:
    """What an institution that exchanges the money itself asks the gateway about a payment."""
    corridor = node.corridors[request.destination_country]
    parts = (node.country, node.asset, corridor.country, corridor.currency)
    amount = f"{interbank.asset}/{interbank}/{rate:f}"
    return f"/fees-and-amounts/{'/'.join(map(str, parts))}/{amount}"


def read_own_offer(
    node: Institution, request: PriceRequest, rate: Decimal, raw: bytes, now: datetime
) -> GatewayQuote:
    """Our own offer, from the gateway's fees and amounts; `Unavailable` if they cannot be read."""
    try:
        told = _fees.decode(raw)
        source = told.debtor_agent.interbank_settlement_amount
        credited = told.creditor_agent
        arrives = credited.interbank_settlement_amount
        amounts = (
            _money(source),
            _money(arrives),
            _money(credited.charges_amount),
            _money(credited.creditor_account_amount),
        )
    except UNREADABLE as error:
        raise Unavailable(
            Reason.COUNTERPARTY_UNAVAILABLE, party=node.gateway, detail=str(error)
        ) from error
    capped = source.capped_to_max_amount or arrives.capped_to_max_amount
    return remittance.own_offer(
        node, request.destination_country, rate, amounts, now, capped=capped
    )


def read_offers(node: Institution, raw: bytes) -> tuple[GatewayQuote, ...]:
    """The gateway's quotes as offers; `Unavailable` if the answer cannot be understood."""
    try:
        return tuple(_offer(node, quote) for quote in _decoder.decode(raw).quotes)
    except UNREADABLE as error:
        raise Unavailable(
            Reason.COUNTERPARTY_UNAVAILABLE, party=node.gateway, detail=str(error)
        ) from error


def _money(said: Amount | SettlementAmount) -> Money:
    return Money.parse(said.amount, asset(said.currency))


def rate(said: str, param: str = "exchangeRate") -> Decimal:
    """A rate as a message could carry it; `Malformed` otherwise."""
    try:
        value = Decimal(said)
    except InvalidOperation:
        value = Decimal(0)
    if not is_rate(value):
        raise Malformed(Reason.FIELD_INVALID, param=param, value=said[:40])
    return value


def _offer(node: Institution, quote: QuoteBody) -> GatewayQuote:
    issued = from_text(quote.issued_date_time)
    validity = node.rulebook.value(VALIDITY, issued.date()).value
    source, destination = quote.debtor_agent, quote.creditor_agent
    return GatewayQuote(
        id=quote.quote_id,
        fxp_bic=quote.fxpfin_inst_id,
        rate=rate(quote.exchange_rate),
        interbank_source=_money(source.interbank_settlement_amount),
        interbank_destination=_money(destination.interbank_settlement_amount),
        recipient_fee=_money(destination.charges_information.amount),
        received=_money(destination.creditor_account_amount),
        source_sap_bic=quote.intermediary_agent1.fin_inst_id.bicfi,
        source_sap_account=quote.intermediary_agent1_account.id,
        destination_sap_bic=quote.intermediary_agent2.fin_inst_id.bicfi,
        destination_sap_account=quote.intermediary_agent2_account.id,
        issued_at=issued,
        valid_until=issued + timedelta(seconds=validity if isinstance(validity, int) else 0),
        capped=source.interbank_settlement_amount.capped_to_max_amount
        or destination.interbank_settlement_amount.capped_to_max_amount,
    )


def agents_body(node: GatewayNode, agents: QuoteAgents) -> AgentsBody:
    return AgentsBody(
        _agent_body(node, agents.intermediary1), _agent_body(node, agents.intermediary2)
    )


def _agent_body(node: GatewayNode, correspondent: Correspondent) -> AgentBody:
    bic = correspondent.agent.bic
    country = bic[4:6]
    found = node.country(country)
    currency = found.currency.code if found else ""
    return AgentBody(bic, country, currency, FinInstId(bic), _account(correspondent))
