"""Every message the guidelines allow, as hypothesis draws it."""

from datetime import date, timedelta

from hypothesis import strategies as st
from rails_samples import AT, LAHORE, WALLET
from rails_samples_euro import PARIS

from qantara.money import EUR, MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Birth,
    Charge,
    Correspondent,
    CreditTransfer,
    Initiation,
    InitiationReport,
    InstructionState,
    InstructionStatus,
    Party,
    PaymentInstruction,
    PaymentStatus,
    Priority,
    Profile,
    Proxy,
    ResolutionReport,
    ResolutionRequest,
    Status,
)

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_REFERENCE_SET = "abcXYZ0189?:().,'+- "


def texts(longest: int) -> st.SearchStrategy[str]:
    """Names as people have them, the awkward ones first."""
    awkward = st.sampled_from(['O\'Neill & Sons <1> "x"', "A]]>B", "&amp;", "x" * longest])
    return st.one_of(
        awkward.filter(lambda text: len(text) <= longest),
        st.text(_PRINTABLE, min_size=1, max_size=longest).filter(lambda text: text == text.strip()),
    )


references = st.lists(st.text(_REFERENCE_SET, min_size=1, max_size=10), min_size=1, max_size=3).map(
    "/".join
)
uuids = st.uuids(version=4).map(str)
message_ids = st.text("0123456789abcdef", min_size=32, max_size=32)
moments = st.integers(0, 10**11).map(lambda ms: AT + timedelta(milliseconds=ms))
days = st.dates(date(1930, 1, 1), date(2099, 12, 31))
countries = st.sampled_from(["MY", "PK", "FR"])
codes = st.text("ABCDEFGHXYZ", min_size=4, max_size=4)
figures = st.integers(1, 10**15)
births = st.builds(Birth, days, texts(35), countries)


def maybe(strategy):
    return st.none() | strategy


places = st.tuples(countries, texts(140), maybe(texts(140)), maybe(texts(16)), maybe(texts(16)))
parties = st.builds(
    lambda name, place, number, birth: Party(name, *place, number, birth),
    texts(140),
    places,
    maybe(texts(35)),
    maybe(births),
)
shorter_places = st.tuples(
    countries, texts(35), maybe(texts(70)), maybe(texts(16)), maybe(texts(16))
)
parties_of_2019 = st.builds(
    lambda name, place, number, birth: Party(name, *place, number, birth),
    texts(140),
    shorter_places,
    maybe(texts(35)),
    maybe(births),
)
proxies = st.builds(Proxy, st.sampled_from(["MBNO", "EMAL", "NIDN"]), texts(140))
numbers = st.text("ABC0189-", min_size=1, max_size=34)
ibans = st.text("0123456789ABCDEF", min_size=20, max_size=20).map(lambda tail: "PK36" + tail)
malaysian_accounts = st.builds(AccountRef, st.none(), numbers, maybe(proxies), maybe(texts(70)))
pakistani_accounts = st.builds(AccountRef, ibans, st.none(), maybe(proxies), maybe(texts(70)))
french_ibans = st.text("0123456789ABCDEF", min_size=23, max_size=23).map(lambda end: "FR76" + end)
french_accounts = st.builds(AccountRef, french_ibans, st.none(), maybe(proxies), maybe(texts(70)))
aliased_accounts = st.builds(AccountRef, proxy=proxies, name=maybe(texts(70)))
accounts = malaysian_accounts | pakistani_accounts | aliased_accounts
bics = st.sampled_from(["WAUEMYK0", "SAPMMYK0", "SAPPPKK0", "RAVIPKK0", "RAVIPKK0XXX"])
agents = st.builds(Agent, bics)
correspondents = st.builds(Correspondent, agents, accounts)
correspondents_of_2019 = st.builds(
    Correspondent, agents, malaysian_accounts | pakistani_accounts | french_accounts
)
rates = st.decimals("0.0001", "9999", places=6)


HOMES = {
    MYR: (WALLET, malaysian_accounts),
    PKR: (LAHORE, pakistani_accounts),
    EUR: (PARIS, french_accounts),
}
PAIRS = {
    Profile.NEXUS: (MYR, EUR),
    Profile.DUITNOW: (MYR, PKR),
    Profile.RAAST: (PKR, MYR),
    Profile.OCT_INST: (EUR, MYR),
}


@st.composite
def transfers(draw, profile):
    """Either leg, in the currencies and accounts the profile's leg has."""
    arriving = draw(st.booleans())
    source, destination = PAIRS[profile]
    if arriving and profile is not Profile.NEXUS:
        source, destination = destination, source
    leg = destination if arriving else source
    payer_agent, payer_accounts = HOMES[source]
    payee_agent, payee_accounts = HOMES[destination]
    aliases = st.nothing() if profile is Profile.OCT_INST else aliased_accounts
    correspondent = draw(correspondents)
    return CreditTransfer(
        message_id=draw(message_ids),
        created_at=draw(moments),
        clearing_system=draw(references),
        uetr=draw(uuids),
        end_to_end_id=draw(references),
        transaction_id=draw(references),
        settlement_amount=Money(draw(figures), leg),
        settlement_on=draw(days),
        accepted_at=draw(moments),
        instructed_amount=Money(draw(figures), draw(st.sampled_from([source, destination]))),
        agreed_rate=AgreedRate(source.code, destination.code, draw(rates), draw(maybe(uuids))),
        charges=(
            Charge(Money(draw(figures) - 1, source), draw(agents)),
            Charge(Money(draw(figures) - 1, destination), draw(agents)),
        ),
        instructing_agent=draw(agents),
        instructed_agent=draw(agents),
        intermediary2=draw(correspondents),
        debtor=draw(parties),
        debtor_account=draw(payer_accounts),
        debtor_agent=payer_agent,
        creditor_agent=payee_agent,
        creditor=draw(parties),
        creditor_account=draw(payee_accounts | aliases),
        previous=correspondent if arriving else None,
        intermediary1=None if arriving else correspondent,
        instruction_id=draw(maybe(references)),
        clearing_reference=draw(maybe(references)),
        priority=draw(st.sampled_from(Priority)),
        purpose=draw(maybe(codes)),
        category_purpose=draw(maybe(codes)),
        remittance=draw(maybe(texts(140))),
        reference=draw(maybe(references)),
        ultimate_debtor=draw(maybe(parties)),
        ultimate_creditor=draw(maybe(parties)),
    )


reasons = st.tuples(
    st.sampled_from(["AB03", "AC04", "AM04", "BE05", "NARR", "UCRD"]),
    st.lists(texts(105), max_size=3).map(tuple),
)


@st.composite
def statuses(draw):
    status = draw(st.sampled_from(Status))
    reason, told = draw(reasons if status is Status.RJCT else reasons | st.just((None, ())))
    return PaymentStatus(
        message_id=draw(message_ids),
        created_at=draw(moments),
        original_message_id=draw(message_ids),
        uetr=draw(uuids),
        original_end_to_end_id=draw(references),
        original_transaction_id=draw(references),
        status=status,
        instructing_agent=draw(agents),
        instructed_agent=draw(agents),
        reason=reason,
        reason_texts=told,
        accepted_at=draw(maybe(moments)),
        clearing_reference=draw(maybe(references)),
    )


questions = st.builds(
    ResolutionRequest,
    message_ids,
    moments,
    message_ids,
    agents,
    agents,
    agents,
    countries,
    references,
    accounts,
    maybe(agents),
)


@st.composite
def answers(draw):
    verified = draw(st.booleans())
    found = verified or draw(st.booleans())
    return ResolutionReport(
        message_id=draw(message_ids),
        created_at=draw(moments),
        first_agent=draw(agents),
        assigner=draw(agents),
        assignee=draw(agents),
        original_message_id=draw(message_ids),
        original_created_at=draw(moments),
        original_request_id=draw(references),
        original_account=draw(accounts),
        original_agent=draw(maybe(agents)),
        verified=verified,
        reason=None if verified else draw(st.sampled_from(["AC01", "AGNT", "BE23", "RR02"])),
        payee=draw(parties) if found else None,
        account=draw(accounts) if found else None,
        agent=draw(agents) if found else None,
    )


anything = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=60)
customer_ids = anything.filter(lambda text: 0 < len(text) <= 35)
customer_places = st.tuples(anything, anything, *[maybe(anything)] * 3)
customer_parties = st.builds(
    lambda name, place: Party(name, *place), anything, customer_places
) | st.builds(Party, anything)
customer_accounts = (
    st.builds(AccountRef, iban=anything, name=maybe(anything))
    | st.builds(AccountRef, other=anything)
    | st.builds(AccountRef, proxy=st.builds(Proxy, anything, anything))
)
instructions = st.builds(
    PaymentInstruction,
    end_to_end_id=customer_ids,
    amount=anything,
    currency=anything,
    creditor=customer_parties,
    creditor_account=customer_accounts,
    creditor_agent=maybe(st.builds(Agent, anything)),
    instruction_id=maybe(customer_ids),
    uetr=maybe(uuids),
    purpose=maybe(anything),
    remittance=maybe(anything),
    reference=maybe(anything),
)


@st.composite
def files(draw):
    lines = tuple(draw(st.lists(instructions, min_size=1, max_size=4)))
    return Initiation(
        message_id=draw(customer_ids),
        created_at=draw(moments),
        count=len(lines),
        initiator=Party(draw(texts(140))),
        batch_id=draw(customer_ids),
        requested_on=draw(days),
        debtor=draw(parties),
        debtor_account=draw(accounts),
        debtor_agent=draw(agents),
        instructions=lines,
    )


lines_answered = st.builds(
    InstructionStatus,
    end_to_end_id=customer_ids,
    status=st.sampled_from([s for s in InstructionState if s is not InstructionState.PART]),
    instruction_id=maybe(customer_ids),
    uetr=maybe(uuids),
    reason=codes,
    reason_texts=st.lists(texts(105), max_size=3).map(tuple),
    accepted_at=maybe(moments),
    clearing_reference=maybe(references),
)
file_answers = st.builds(
    InitiationReport,
    message_id=message_ids,
    created_at=moments,
    initiator=st.builds(Party, texts(140)),
    original_message_id=customer_ids,
    original_count=st.integers(0, 9_999_999),
    status=st.sampled_from(InstructionState),
    original_batch_id=customer_ids,
    statuses=st.lists(lines_answered, max_size=4).map(tuple),
    reason=codes,
)
