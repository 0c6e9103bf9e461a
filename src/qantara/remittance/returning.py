"""Giving back a payment that was credited here, by a payment of its own the other way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx, deadlines, mail
from qantara.db.mail import Outgoing
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.rails import flow as rails
from qantara.rails.cases import Act, Side, fault_of
from qantara.rails.holders import account_of, milliseconds, party_of
from qantara.rails.model import (
    RETURN_MARK,
    Agent,
    AgreedRate,
    Charge,
    CreditTransfer,
    Party,
    UnwritableMessage,
)
from qantara.remittance import (
    booking,
    case_store,
    inbound_store,
    messages,
    return_rules,
    return_store,
    rules,
)
from qantara.remittance.case_model import (
    RETURN_KIND,
    Case,
    CaseState,
    Return,
    ReturnState,
)
from qantara.remittance.docket import Docket
from qantara.remittance.model import (
    Fixed,
    GatewayQuote,
    Inbound,
    InboundState,
    Institution,
)
from qantara.remittance.return_rules import Plan, Purses, Terms

_ANSWERABLE = frozenset({CaseState.OPENED, CaseState.ACCEPTED})


class AskReturn(Struct, frozen=True):
    """How staff wish to give back what a case asks for."""

    case_id: str
    terms: Terms


class Planned(Struct, frozen=True):
    """A return that could be made: what to ask the gateway for, and the country it goes to."""

    case: Case
    payment: Inbound
    plan: Plan
    country: str


class GiveBack(Struct, frozen=True):
    """The same with the gateway's offers, to be done now. `by` is who approved it."""

    ask: AskReturn
    by: str
    offers: tuple[GatewayQuote, ...]
    text: str | None = None


PlannedOrNot = Planned | Refused | Conflict | NotFound
GivenBackOrNot = Case | Refused | Conflict | NotFound


async def plan_returns(tx: Tx, node: Institution, asked: Sequence[AskReturn]) -> list[PlannedOrNot]:
    """What each return would have to ask the gateway for, as things stand."""
    found = await case_store.by_ids(tx, [each.case_id for each in asked])
    return await _plans(tx, node, asked, found)


async def _plans(
    tx: Tx, node: Institution, asked: Sequence[AskReturn], found: dict[str, Case]
) -> list[PlannedOrNot]:
    uetrs = [case.uetr for case in found.values()]
    payments = await inbound_store.by_uetrs(tx, uetrs)
    gone = await return_store.of_originals(tx, uetrs)
    codes = {payment.account_code for payment in payments.values() if payment.account_code}
    accounts = await ledger.balances(tx, sorted(codes)) if codes else []
    available = {each.code: each.available for each in accounts}
    outcomes: list[PlannedOrNot] = []
    for each in asked:
        case = found.get(each.case_id)
        if case is None:
            outcomes.append(NotFound(Reason.CASE_NOT_FOUND, id=each.case_id))
            continue
        payment = payments.get(case.uetr)
        wrong = _unfit(node, case, payment, each.terms, gone.get(case.uetr))
        if wrong is not None or payment is None:
            outcomes.append(wrong or NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=case.uetr))
            continue
        has = available.get(payment.account_code or "", 0)
        made = return_rules.plan(each.terms, payment.credited, case.sent, has, node.return_fee)
        country = payment.sender_bic[4:6]
        outcomes.append(
            made if isinstance(made, Refused) else Planned(case, payment, made, country)
        )
    return outcomes


def _unfit(
    node: Institution, case: Case, payment: Inbound | None, terms: Terms, gone: Return | None
) -> Refused | Conflict | None:
    """Why this case cannot be answered by giving back. We may take the fault upon ourselves,
    never put it on the other side.
    """
    if not case.owes_return(node.bic) or case.state not in _ANSWERABLE:
        return Conflict(Reason.STATE_CONFLICT, id=case.id, state=case.state)
    if gone is not None:
        return Conflict(Reason.PAYMENT_RETURNED, uetr=case.uetr)
    if payment is not None and payment.state is not InboundState.CREDITED:
        return Conflict(Reason.STATE_CONFLICT, uetr=case.uetr, state=payment.state)
    if terms.fault is Side.SOURCE and fault_of(case.kind) is Side.DESTINATION:
        facts = {"param": "fault", "value": terms.fault.value}
        return Refused(Reason.FIELD_INVALID, rule="return.fault", facts=facts)
    if payment is not None and payment.sender_bic[4:6] not in node.corridors:
        return Refused(Reason.CORRIDOR_CLOSED, rule="corridor.open")
    return None


async def give_back(
    tx: Tx, node: Institution, commands: Sequence[GiveBack], now: datetime
) -> list[GivenBackOrNot]:
    """Accept a case and leave the payment that gives the money back for delivery.

    Refused, and nothing said to anybody, where the offers do not answer what is to be given, or
    the recipient's account no longer has its part.
    """
    found = await case_store.lock(tx, [each.ask.case_id for each in commands])
    docket = Docket(node, found, now)
    outcomes: list[GivenBackOrNot] = []
    for each in commands:
        current = {key: docket.cases[key] for key in found}
        planned = (await _plans(tx, node, [each.ask], current))[0]
        if isinstance(planned, Planned):
            outcomes.append(await _give(tx, docket, each, planned))
        else:
            outcomes.append(planned)
    await docket.keep(tx)
    return outcomes


async def _give(tx: Tx, docket: Docket, each: GiveBack, planned: Planned) -> GivenBackOrNot:
    node, now, case = docket.node, docket.now, docket.cases[planned.case.id]
    pair = (node.asset, node.corridors[planned.country].currency)
    offers = [o for o in each.offers if (o.interbank_source.asset, o.received.asset) == pair]
    offer = rules.best_offer(planned.plan.fixed, planned.plan.asked, offers, now)
    if isinstance(offer, Refused):
        return offer
    found = (await parties.accounts(tx, [AccountId(planned.payment.account_id or "")]))[0]
    if isinstance(found, NotFound):
        return found
    back = _return(node, each, planned, offer, now)
    outgoing = await _write(tx, node, back, planned, offer, found, now)
    if isinstance(outgoing, Refused | NotFound):
        return outgoing
    for outcome in await ledger.post(tx, return_rules.hold(back, now), now):
        if outcome.refusal is not None:
            return outcome.refusal
    await return_store.insert(tx, back)
    await mail.send(tx, [outgoing], now)
    due_at = now + timedelta(seconds=node.overdue_seconds)
    await deadlines.set(tx, RETURN_KIND, [(back.uetr, due_at)])
    said = docket.own(case, Act.ACCEPT, text=each.text)
    docket.move(said, each.by)
    docket.put(replace(docket.cases[case.id], fault=back.fault, by=each.by))
    if case.state is not CaseState.ACCEPTED:
        docket.tell(said)
    return docket.cases[case.id]


def _return(
    node: Institution, each: GiveBack, planned: Planned, offer: GatewayQuote, now: datetime
) -> Return:
    payment, sent = planned.payment, offer.interbank_source
    purses: Purses = return_rules.purses(planned.plan, payment.credited, sent)
    own = node.own_fx if offer.id is None else None
    uetr = ids.new_uetr()
    return Return(
        uetr=uetr,
        case_id=planned.case.id,
        original=payment.uetr,
        state=ReturnState.SENT,
        fault=each.ask.terms.fault,
        account_id=payment.account_id or "",
        account_code=payment.account_code or "",
        country=planned.country,
        taken=purses.taken,
        borne=purses.borne,
        difference=purses.difference,
        fee=purses.fee,
        sent=sent,
        arrives=offer.received,
        recipient_fee=offer.recipient_fee,
        rate=offer.rate,
        quote_id=offer.id,
        paid_to=booking.target_of(node, offer),
        message_id=ids.new_message_id(),
        by=each.by,
        recorded_at=now,
        abroad=None if own is None else own.accounts[planned.country].code,
        paid_abroad=None if own is None else offer.interbank_destination,
        hold_id=ids.uuid_text("return", uetr, "hold") if purses.taken.minor else None,
    )


async def _write(
    tx: Tx,
    node: Institution,
    back: Return,
    planned: Planned,
    offer: GatewayQuote,
    holding: Holding,
    now: datetime,
) -> Outgoing | Refused | NotFound:
    """The pacs.008 that goes back the way the first one came; whom it pays, that one says."""
    raw = await mail.taken(tx, node.ips, planned.payment.message_id)
    original = None if raw is None else rails.read(raw, node.profile)
    if not isinstance(original, CreditTransfer):
        return NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=back.original)
    record = _record(node, back, planned.plan, offer, original, holding, now)
    try:
        written = rails.build(record, node.profile)
    except UnwritableMessage as error:
        defect = error.defects[0]
        return Refused(Reason.FIELD_INVALID, facts={"param": defect.xpath, "value": defect.message})
    name = rails.name_of(record, node.profile)
    return Outgoing(node.ips, back.message_id, name, back.uetr, written)


def _record(
    node: Institution,
    back: Return,
    plan: Plan,
    offer: GatewayQuote,
    original: CreditTransfer,
    holding: Holding,
    now: datetime,
) -> CreditTransfer:
    number, payer = back.uetr.replace("-", ""), original.debtor
    typed = offer.received if plan.fixed is Fixed.DESTINATION else back.sent + back.fee
    has_place = payer.country is not None and payer.town is not None
    place = (payer.country, payer.town) if has_place else (None, None)
    return CreditTransfer(
        message_id=back.message_id,
        created_at=milliseconds(now),
        clearing_system=node.clearing_system,
        uetr=back.uetr,
        end_to_end_id=number,
        transaction_id=number,
        settlement_amount=back.sent,
        settlement_on=now.date(),
        accepted_at=milliseconds(now),
        instructed_amount=typed,
        agreed_rate=AgreedRate(back.sent.asset.code, back.arrives.asset.code, offer.rate, offer.id),
        charges=(
            Charge(back.fee, Agent(node.bic)),
            Charge(offer.recipient_fee, original.debtor_agent),
        ),
        instructing_agent=Agent(node.bic),
        instructed_agent=Agent(offer.source_sap_bic),
        intermediary1=messages.correspondent(offer.source_sap_bic, offer.source_sap_account),
        intermediary2=messages.correspondent(
            offer.destination_sap_bic, offer.destination_sap_account
        ),
        debtor=party_of(holding.customer),
        debtor_account=account_of(holding),
        debtor_agent=Agent(node.bic),
        creditor_agent=original.debtor_agent,
        creditor=Party(payer.name, *place),
        creditor_account=original.debtor_account,
        remittance=f"{RETURN_MARK}:{back.original}",
    )


def refusal_of(outcome: GivenBackOrNot) -> QantaraError | None:
    """Why nothing was given back, as an error that undoes what went before it."""
    if isinstance(outcome, Refused):
        return Conflict(outcome.reason, **{k: str(v) for k, v in outcome.facts.items()})
    return outcome if isinstance(outcome, QantaraError) else None
