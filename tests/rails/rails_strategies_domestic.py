"""Payments inside a system, and what is asked and answered about payments, as hypothesis draws."""

from datetime import timedelta

from hypothesis import strategies as st
from msgspec.structs import replace
from rails_samples import AT, LAHORE, WALLET
from rails_samples_euro import PARIS
from rails_strategies import (
    accounts,
    agents,
    aliased_accounts,
    answers,
    codes,
    correspondents_of_2019,
    days,
    figures,
    french_accounts,
    malaysian_accounts,
    maybe,
    message_ids,
    moments,
    pakistani_accounts,
    parties,
    parties_of_2019,
    questions,
    references,
    texts,
    transfers,
    uuids,
)

from qantara.money import EUR, MYR, PKR, Money
from qantara.rails.model import (
    Booking,
    CancellationRequest,
    DomesticTransfer,
    Investigation,
    InvestigationResolution,
    Match,
    MessageName,
    Notification,
    NotificationEntry,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    Profile,
    Status,
    StatusRequest,
)

HOMES = {
    Profile.DUITNOW_DOMESTIC: (MYR, WALLET, malaysian_accounts),
    Profile.RAAST_DOMESTIC: (PKR, LAHORE, pakistani_accounts),
    Profile.SCT_INST: (EUR, PARIS, french_accounts),
}
told = st.lists(texts(105), max_size=3).map(tuple)
original_names = st.sampled_from([MessageName.CREDIT_TRANSFER, MessageName.PAYMENT_RETURN])


@st.composite
def domestic_transfers(draw, profile):
    currency, agent, numbered = HOMES[profile]
    older = profile is Profile.SCT_INST
    people = parties_of_2019 if older else parties
    payee_accounts = numbered if older else numbered | aliased_accounts
    return DomesticTransfer(
        message_id=draw(message_ids),
        created_at=draw(moments),
        clearing_system=draw(references),
        uetr=draw(uuids),
        end_to_end_id=draw(references),
        transaction_id=draw(references),
        settlement_amount=Money(draw(figures), currency),
        settlement_on=draw(days),
        accepted_at=draw(moments),
        instructing_agent=draw(agents),
        instructed_agent=agent,
        debtor=draw(people),
        debtor_account=draw(numbered),
        debtor_agent=agent,
        creditor_agent=agent,
        creditor=draw(people),
        creditor_account=draw(payee_accounts),
        instruction_id=draw(maybe(references)),
        clearing_reference=draw(maybe(references)),
        purpose=draw(maybe(codes)),
        category_purpose=draw(maybe(codes)),
        remittance=draw(maybe(texts(140))),
        reference=draw(maybe(references)),
    )


@st.composite
def euro_transfers(draw):
    """OCT Inst: the corridor's transfer, with euro at its end and the older edition's parties."""
    transfer = draw(transfers(Profile.OCT_INST))
    correspondent = draw(correspondents_of_2019)
    return replace(
        transfer,
        previous=correspondent if transfer.previous else None,
        intermediary1=correspondent if transfer.intermediary1 else None,
        intermediary2=draw(correspondents_of_2019),
        debtor=draw(parties_of_2019),
        creditor=draw(parties_of_2019),
        ultimate_debtor=draw(maybe(parties_of_2019)),
        ultimate_creditor=draw(maybe(parties_of_2019)),
    )


status_requests = st.builds(
    StatusRequest,
    message_id=message_ids,
    created_at=moments,
    original_message_id=message_ids,
    original_end_to_end_id=references,
    original_transaction_id=references,
    uetr=uuids,
    instructing_agent=agents,
    instructed_agent=agents,
    original_name=original_names,
)


@st.composite
def returns(draw, currency):
    original = draw(figures)
    return PaymentReturn(
        message_id=draw(message_ids),
        created_at=draw(moments),
        clearing_system=draw(references),
        return_id=draw(references),
        original_message_id=draw(message_ids),
        original_end_to_end_id=draw(references),
        original_transaction_id=draw(references),
        uetr=draw(uuids),
        original_amount=Money(original, currency),
        returned_amount=Money(draw(st.integers(1, original)), currency),
        settlement_on=draw(days),
        instructing_agent=draw(agents),
        instructed_agent=draw(agents),
        reason=draw(st.sampled_from(["FOCR", "AC04", "MS03", "NARR"])),
        reason_texts=draw(told),
    )


def recalls(currency):
    return st.builds(
        CancellationRequest,
        message_id=message_ids,
        created_at=moments,
        assigner=agents,
        assignee=agents,
        case_id=references,
        case_creator=agents,
        cancellation_id=references,
        original_message_id=message_ids,
        original_end_to_end_id=references,
        original_transaction_id=references,
        uetr=uuids,
        original_amount=figures.map(lambda minor: Money(minor, currency)),
        reason=st.sampled_from(["AC03", "AM09", "CUST", "DUPL", "FRAD", "TECH"]),
        reason_texts=told,
    )


@st.composite
def resolutions(draw):
    status = draw(st.sampled_from(Investigation))
    refused = status is Investigation.RJCR
    return InvestigationResolution(
        message_id=draw(message_ids),
        created_at=draw(moments),
        assigner=draw(agents),
        assignee=draw(agents),
        case_id=draw(references),
        case_creator=draw(agents),
        status=status,
        original_cancellation_id=draw(references),
        original_message_id=draw(message_ids),
        original_end_to_end_id=draw(references),
        original_transaction_id=draw(references),
        uetr=draw(uuids),
        reason=draw(st.sampled_from(["CUST", "LEGL", "NOAS", "ARDT"])) if refused else None,
        reason_texts=draw(told) if refused else (),
    )


@st.composite
def payment_requests(draw, profile):
    currency, agent, numbered = HOMES[profile]
    created = draw(moments)
    return PaymentRequest(
        message_id=draw(message_ids),
        created_at=created,
        request_id=draw(references),
        end_to_end_id=draw(references),
        amount=Money(draw(figures), currency),
        expires_at=created + timedelta(seconds=draw(st.integers(1, 10**7))),
        creditor=draw(parties),
        creditor_account=draw(numbered),
        creditor_agent=agent,
        debtor=draw(parties),
        debtor_account=draw(numbered | aliased_accounts),
        debtor_agent=agent,
        pay_on=draw(maybe(days)),
        remittance=draw(maybe(texts(140))),
        reference=draw(maybe(references)),
    )


@st.composite
def request_reports(draw):
    status = draw(st.sampled_from(["RCVD", "ACCP", "RJCT"]))
    reason = draw(codes if status == "RJCT" else maybe(codes))
    return PaymentRequestReport(
        message_id=draw(message_ids),
        created_at=draw(moments),
        original_message_id=draw(message_ids),
        original_request_id=draw(references),
        original_end_to_end_id=draw(references),
        creditor_agent=draw(agents),
        debtor_agent=draw(agents),
        status=status,
        reason=reason,
        reason_texts=draw(told) if reason else (),
    )


@st.composite
def compared_answers(draw, profile):
    """Answers where names are compared: a match in the place of the reason."""
    answer = draw(answers())
    if draw(st.booleans()):
        return answer
    match = draw(st.sampled_from(Match))
    silent = profile is Profile.SCT_INST and match in {Match.NMTC, Match.NOAP}
    found = not silent and draw(st.booleans())
    return replace(
        answer,
        verified=match is Match.MTCH or answer.verified,
        reason=None,
        match=match,
        payee=draw(parties) if found else None,
        account=draw(maybe(accounts)) if found else None,
        agent=draw(maybe(agents)) if found else None,
    )


named_questions = st.builds(
    lambda question, name: replace(question, name=name), questions, maybe(texts(140))
)


def entries(currency):
    return st.builds(
        NotificationEntry,
        status=st.sampled_from([Status.ACCC, Status.RJCT, Status.BLCK]),
        booking=st.sampled_from(Booking),
        amount=figures.map(lambda minor: Money(minor, currency)),
        concluded_at=moments,
        message_id=message_ids,
        uetr=uuids,
        end_to_end_id=references,
        transaction_id=references,
        debtor_agent=agents,
        creditor_agent=agents,
        instruction_id=maybe(references),
        clearing_reference=maybe(references),
        quote_id=maybe(uuids),
        reason=maybe(st.sampled_from(["AB03", "AC04", "AM04"])),
    )


@st.composite
def notifications(draw):
    currency = draw(st.sampled_from([MYR, PKR, EUR]))
    return Notification(
        message_id=draw(message_ids),
        created_at=draw(moments),
        id=draw(references),
        page=draw(st.integers(1, 99_999)),
        last_page=draw(st.booleans()),
        account=draw(st.sampled_from(["NEXUS-MY", "NEXUS-1"])),
        currency=currency.code,
        owner=draw(agents),
        begins_at=AT - timedelta(days=1),
        ends_at=AT,
        entries=tuple(draw(st.lists(entries(currency), max_size=4))),
    )
