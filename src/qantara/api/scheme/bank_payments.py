"""What a simulated bank is told to send: a right payment, and whatever shall be wrong in it."""

from typing import Any, Literal
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace
from pydantic import Field

from qantara.api.forms import DECIMAL, MOMENT, Name, Note, SentAmount, SentCurrency
from qantara.api.shapes import Bic, Request
from qantara.clock import from_text
from qantara.edge import nexus
from qantara.edge.calls import Call
from qantara.edge.nexus import QuoteBody, QuotesBody
from qantara.errors import Reason, Unavailable
from qantara.ids import uuid_hex, uuid_text
from qantara.money import Money, asset
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    DomesticTransfer,
    Party,
    Priority,
)
from qantara.scheme.psp.model import Account, PspNode


class Changed(Request):
    """What is said instead of what would be right; left out, it is right."""

    uetr: str | None = Field(None, max_length=36)
    message_id: str | None = Field(None, max_length=35)
    end_to_end_id: str | None = Field(None, max_length=35)
    transaction_id: str | None = Field(None, max_length=35)
    instruction_id: str | None = Field(None, max_length=35)
    accepted_at: str | None = Field(
        None, max_length=40, description="ISO 8601 with offset.", json_schema_extra=MOMENT
    )
    settlement_amount: SentAmount | None = None
    rate: str | None = Field(None, max_length=20, json_schema_extra=DECIMAL)
    quote_id: str | None = Field(None, max_length=36)
    intermediary1_account: str | None = Field(None, max_length=34)
    intermediary2_account: str | None = Field(None, max_length=34)


class NewBankPayment(Request):
    """A payment of a customer of this bank. Abroad, the gateway is asked for its best quote.

    `amount` is in this bank's currency. `changed` makes it wrong on purpose; `xml` is sent
    instead of the message, whatever it is. `booked` false sends without the customer's money.
    """

    account: str = Field(max_length=34)
    payee_account: str = Field(max_length=34)
    payee_name: Name
    payee_town: str | None = Field(None, max_length=35)
    payee_id: str | None = Field(None, max_length=35)
    agent_bic: Bic
    country: str = Field(pattern=r"^[A-Z]{2}$", examples=["PK"])
    currency: SentCurrency = Field(examples=["PKR"])
    amount: SentAmount = Field(examples=["100.00"])
    priority: Literal["NORM", "HIGH"] = "NORM"
    purpose: str | None = Field(None, max_length=4)
    reference: str | None = Field(None, max_length=35)
    note: Note | None = None
    booked: bool = True
    xml: str | None = Field(None, max_length=64 * 1024)
    changed: Changed | None = None


async def transfer(
    call: Call, payer: Account, said: NewBankPayment
) -> CreditTransfer | DomesticTransfer:
    """The payment as told; `Unavailable` if the gateway gives no quote for one abroad."""
    node: PspNode = call.door.node
    amount = Money.parse(said.amount, node.asset)
    if said.country == node.country:
        return _changed(_inside(call, node, payer, said, amount), said.changed)
    quote = await _quote(call, node, said, amount)
    return _changed(_abroad(call, node, payer, said, quote), said.changed)


async def _quote(call: Call, node: PspNode, said: NewBankPayment, amount: Money) -> QuoteBody:
    parts = (node.country, node.asset, said.country, said.currency, node.asset, amount)
    query = urlencode({"finInstIdType": "BICFI", "finInstId": node.bic})
    raw = await call.door.ask(node.gateway, f"/quotes/{'/'.join(map(str, parts))}?{query}")
    try:
        return msgspec.json.decode(raw, type=QuotesBody).quotes[0]
    except (*nexus.UNREADABLE, IndexError) as error:
        raise Unavailable(
            Reason.COUNTERPARTY_UNAVAILABLE, party=node.gateway, detail=str(error)
        ) from error


def _ref(number: str) -> AccountRef:
    is_iban = number[:2].isalpha() and number[2:4].isdigit()
    return AccountRef(iban=number) if is_iban else AccountRef(other=number)


def _payee(said: NewBankPayment) -> Party:
    country = said.country if said.payee_town else None
    return Party(said.payee_name, country, said.payee_town, national_id=said.payee_id)


def _same(
    call: Call, node: PspNode, payer: Account, said: NewBankPayment, amount: Money
) -> dict[str, Any]:
    """What every payment says; its ids are derived, so that a repeated request is the same."""
    now = call.now.replace(microsecond=call.now.microsecond // 1000 * 1000)
    words = (node.role, call.principal.id, call.key, call.digest.hex())
    ids = {name: uuid_hex(*words, name) for name in ("message", "transaction", "end")}
    return {
        "message_id": ids["message"],
        "created_at": now,
        "clearing_system": node.clearing_system,
        "uetr": _uuid4(*words),
        "end_to_end_id": ids["end"],
        "transaction_id": ids["transaction"],
        "settlement_amount": amount,
        "settlement_on": now.date(),
        "accepted_at": now,
        "instructing_agent": Agent(node.bic),
        "debtor": payer.holder,
        "debtor_account": _ref(payer.number),
        "debtor_agent": Agent(node.bic),
        "creditor_agent": Agent(said.agent_bic),
        "creditor": _payee(said),
        "creditor_account": _ref(said.payee_account),
        "purpose": said.purpose,
        "remittance": said.note,
        "reference": said.reference,
    }


def _uuid4(*words: str) -> str:
    """A derived UETR: the bits of a version 4, as the rails ask."""
    made = uuid_text(*words, "uetr")
    return f"{made[:14]}4{made[15:]}"


def _inside(
    call: Call, node: PspNode, payer: Account, said: NewBankPayment, amount: Money
) -> DomesticTransfer:
    same = _same(call, node, payer, said, amount)
    return DomesticTransfer(**same, instructed_agent=Agent(said.agent_bic))


def _abroad(
    call: Call, node: PspNode, payer: Account, said: NewBankPayment, quote: QuoteBody
) -> CreditTransfer:
    interbank = quote.debtor_agent.interbank_settlement_amount
    fee = quote.creditor_agent.charges_information.amount
    amount = Money.parse(interbank.amount, asset(interbank.currency))
    first = _at(quote.intermediary_agent1.fin_inst_id.bicfi, quote.intermediary_agent1_account.id)
    second = _at(quote.intermediary_agent2.fin_inst_id.bicfi, quote.intermediary_agent2_account.id)
    return CreditTransfer(
        **_same(call, node, payer, said, amount),
        instructed_amount=amount,
        agreed_rate=AgreedRate(
            node.asset.code, said.currency, nexus.rate(quote.exchange_rate), quote.quote_id
        ),
        charges=(
            Charge(Money(0, node.asset), Agent(node.bic)),
            Charge(Money.parse(fee.amount, asset(fee.currency)), Agent(said.agent_bic)),
        ),
        instructed_agent=first.agent,
        intermediary1=first,
        intermediary2=second,
        priority=Priority(said.priority),
    )


def _at(bic: str, number: str) -> Correspondent:
    return Correspondent(Agent(bic), AccountRef(other=number))


def _changed(
    payment: CreditTransfer | DomesticTransfer, told: Changed | None
) -> CreditTransfer | DomesticTransfer:
    if told is None:
        return payment
    changes: dict[str, Any] = {
        name: getattr(told, name)
        for name in ("uetr", "message_id", "end_to_end_id", "transaction_id", "instruction_id")
        if getattr(told, name) is not None
    }
    if told.accepted_at is not None:
        changes["accepted_at"] = from_text(told.accepted_at)
    if told.settlement_amount is not None:
        currency = payment.settlement_amount.asset
        changes["settlement_amount"] = Money.parse(told.settlement_amount, currency)
    if isinstance(payment, CreditTransfer):
        changes |= _changed_abroad(payment, told)
    return replace(payment, **changes)


def _changed_abroad(payment: CreditTransfer, told: Changed) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    rate = payment.agreed_rate
    if told.rate is not None:
        rate = replace(rate, rate=nexus.rate(told.rate, "rate"))
    if told.quote_id is not None:
        rate = replace(rate, quote_id=told.quote_id)
    changes["agreed_rate"] = rate
    if told.intermediary1_account is not None and payment.intermediary1 is not None:
        account = AccountRef(other=told.intermediary1_account)
        changes["intermediary1"] = replace(payment.intermediary1, account=account)
    if told.intermediary2_account is not None:
        account = AccountRef(other=told.intermediary2_account)
        changes["intermediary2"] = replace(payment.intermediary2, account=account)
    return changes
