"""What a rule may look at: every fact with its type, unit and meaning. The list is closed.

A rule belongs to a jurisdiction and speaks about one side of an act, so its facts need no
prefix: in a rule for the sending side `amount` is what the sender's side pays, in its currency.
"""

from enum import StrEnum
from typing import Annotated, Any, get_type_hints

from msgspec import Struct


class Act(StrEnum):
    """What somebody wants to do. All but a payment concern one jurisdiction, its home side."""

    PAYMENT = "payment"
    ACCOUNT = "account"
    CASH = "cash"
    ONBOARDING = "onboarding"
    ASSET_TRANSFER = "asset_transfer"
    ISSUANCE = "issuance"
    LICENCE = "licence"
    AUTHENTICATION = "authentication"
    DATA_TRANSFER = "data_transfer"
    BREACH = "breach"
    RECORD_KEEPING = "record_keeping"
    SANDBOX = "sandbox"


class Side(StrEnum):
    """Whose facts a rule speaks of. `home` is the only side of every act but a payment."""

    SENDING = "sending"
    RECEIVING = "receiving"
    HOME = "home"


class FactType(StrEnum):
    MONEY = "money"
    COUNT = "count"
    DURATION = "duration"
    RATIO = "ratio"
    FLAG = "flag"
    CHOICE = "choice"
    CODE = "code"
    CODES = "codes"


class Fact(Struct, frozen=True):
    """`unit` of a duration is a unit of time; of codes and choices the closed list, if closed."""

    type: FactType
    means: str
    unit: str = ""
    choices: tuple[str, ...] = ()


def _money(means: str) -> Fact:
    return Fact(FactType.MONEY, means)


def _flag(means: str) -> Fact:
    return Fact(FactType.FLAG, means)


def _count(means: str) -> Fact:
    return Fact(FactType.COUNT, means)


def _ratio(means: str) -> Fact:
    return Fact(FactType.RATIO, means)


def _time(unit: str, means: str) -> Fact:
    return Fact(FactType.DURATION, means, unit)


def _choice(means: str, *choices: str) -> Fact:
    return Fact(FactType.CHOICE, means, "", choices)


def _code(means: str) -> Fact:
    return Fact(FactType.CODE, means)


def _codes(means: str, *choices: str) -> Fact:
    return Fact(FactType.CODES, means, "", choices)


TIME_UNITS = ("seconds", "minutes", "hours", "days", "working_days", "months", "years")

PERSONAL_DATA = (
    "name",
    "account",
    "wallet",
    "address",
    "country_and_town",
    "country",
    "national_id",
    "customer_id",
    "document_number",
    "birth",
    "lei",
)
"""What may be told about an originator or a beneficiary; `birth` is date (and place) of birth."""


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side of an act. Money is whole minor units of `currency`, a ratio is millionths;
    None is not known.
    """

    country: Annotated[str, _code("ISO 3166-1 code of the country whose law this side meets")]
    currency: Annotated[str, _code("ISO 4217 code of this side's money")]
    rail: Annotated[str | None, _code("domestic system of this side: duitnow, raast, tips")] = None
    customer_kind: Annotated[
        str | None, _choice("the customer of this side", "person", "company")
    ] = None
    amount: Annotated[int | None, _money("what the act moves on this side")] = None
    account_class: Annotated[
        str | None,
        _choice(
            "class of the customer's account",
            *("bb_l0", "bb_l1", "bb_l2", "l1_hra", "asaan", "asaan_remittance", "freelancer"),
            *("merchant", "emoney", "emoney_eligible", "prepaid_anonymous", "bank"),
        ),
    ] = None
    balance_after: Annotated[int | None, _money("balance once the act is done")] = None
    sent_today: Annotated[int | None, _money("debits of the day, this act included")] = None
    sent_month: Annotated[int | None, _money("debits of the month, this act included")] = None
    sent_year: Annotated[int | None, _money("debits of the year, this act included")] = None
    received_month: Annotated[int | None, _money("credits of the month, this act included")] = None
    local_credit_month: Annotated[
        int | None, _money("credits of the month from inside the country, this act included")
    ] = None
    cash_amount: Annotated[int | None, _money("the part of this act paid or taken in cash")] = None
    cash_today: Annotated[int | None, _money("cash of the day, this act included")] = None
    cash_month: Annotated[int | None, _money("cash of the month, this act included")] = None
    funding: Annotated[
        str | None, _choice("what the act is paid from", "account", "cash", "e_money")
    ] = None
    channel: Annotated[
        str | None,
        _choice("how the customer acts", "branch", "agent", "online", "card_present"),
    ] = None
    trade: Annotated[
        str | None, _choice("the customer's trade", "cattle_market", "freelance", "other")
    ] = None
    # who the customer is, and how well that is known
    cdd: Annotated[
        str | None,
        _choice("due diligence done", "none", "simplified", "standard", "enhanced"),
    ] = None
    relationship: Annotated[
        bool | None, _flag("a business relationship, not an occasional act")
    ] = None
    biometric: Annotated[bool | None, _flag("identity verified by biometrics")] = None
    document: Annotated[bool | None, _flag("identity document checked")] = None
    liveness: Annotated[bool | None, _flag("a living person was detected")] = None
    false_acceptance: Annotated[int | None, _ratio("false acceptance rate of the check")] = None
    owner_share: Annotated[
        int | None, _ratio("largest share of an owner who is not identified")
    ] = None
    pep: Annotated[str | None, _choice("politically exposed", "none", "domestic", "foreign")] = None
    senior_approval: Annotated[bool | None, _flag("senior management approved")] = None
    wealth_known: Annotated[bool | None, _flag("source of wealth and funds established")] = None
    suspicion: Annotated[bool | None, _flag("there is a suspicion")] = None
    cash_report_days: Annotated[
        int | None, _time("working_days", "since the cash, with no report filed")
    ] = None
    suspicion_days: Annotated[
        int | None, _time("working_days", "since the suspicion stood, with no report filed")
    ] = None
    screening_days: Annotated[int | None, _time("days", "since customers were screened")] = None
    onboarding_days: Annotated[int | None, _time("days", "since the account was applied for")] = (
        None
    )
    retention_years: Annotated[
        int | None, _time("years", "that records are kept after the end")
    ] = None
    # payments
    payee_check: Annotated[
        str | None,
        _choice(
            "payee's name against the account",
            *("match", "close_match", "no_match", "unavailable", "not_done"),
        ),
    ] = None
    execution_seconds: Annotated[
        int | None, _time("seconds", "from acceptance to the payee's money")
    ] = None
    disclosed: Annotated[
        frozenset[str] | None,
        _codes(
            "what the payer was shown before agreeing",
            *("fee", "rate", "destination_fee", "total_cost", "markup_over_ecb", "arrival"),
        ),
    ] = None
    equal_charges: Annotated[
        bool | None, _flag("costs the payer the same as the comparable ordinary payment")
    ] = None
    # strong customer authentication
    instrument: Annotated[str | None, _choice("of the payment", "card", "transfer")] = None
    factors: Annotated[int | None, _count("independent factors proved")] = None
    dynamic_linking: Annotated[bool | None, _flag("the code binds amount and payee")] = None
    exemption: Annotated[
        str | None,
        _choice("claimed", "none", "remote_low_value", "contactless", "risk_analysis"),
    ] = None
    amount_since_sca: Annotated[int | None, _money("paid since the last authentication")] = None
    count_since_sca: Annotated[int | None, _count("payments since the last authentication")] = None
    days_since_sca: Annotated[
        int | None, _time("days", "since the last authentication for account information")
    ] = None
    fraud_rate: Annotated[int | None, _ratio("the provider's fraud rate of this instrument")] = None
    idle_minutes: Annotated[int | None, _time("minutes", "without an act of the user")] = None
    failed_attempts: Annotated[int | None, _count("failed authentications in a row")] = None
    # licences, issuers, virtual assets
    activity: Annotated[
        str | None,
        _choice(
            "carried on",
            *("e_money", "remittance", "payment_services", "exchange", "custody", "advice"),
            *("broking", "derivatives", "asset_issuance", "emt_issuance", "art_issuance"),
            *("asset_transfer", "asset_remittance", "trading_platform", "open_banking"),
        ),
    ] = None
    licensed: Annotated[bool | None, _flag("licence in force for the activity")] = None
    no_objection_only: Annotated[
        bool | None, _flag("a no-objection certificate, not yet a licence")
    ] = None
    prior_authorisation: Annotated[
        bool | None, _flag("the authority authorised this pilot or agreement before")
    ] = None
    issuer: Annotated[
        str | None, _choice("who issues", "credit_institution", "emoney_institution", "other")
    ] = None
    own_funds: Annotated[int | None, _money("own funds, or paid-up capital")] = None
    principal_dealing: Annotated[bool | None, _flag("deals on own account")] = None
    active_users: Annotated[int | None, _count("active users")] = None
    market_share: Annotated[int | None, _ratio("share of volume or outstanding")] = None
    outstanding: Annotated[int | None, _money("e-money outstanding")] = None
    safeguarded: Annotated[int | None, _ratio("customers' money kept apart")] = None
    safeguard_days: Annotated[
        int | None, _time("working_days", "until customers' money is kept apart")
    ] = None
    interest_paid: Annotated[bool | None, _flag("interest is paid to holders")] = None
    own_position: Annotated[bool | None, _flag("the bank itself holds the virtual asset")] = None
    redeemable_at_par: Annotated[bool | None, _flag("redeemed at par at any time")] = None
    significant: Annotated[bool | None, _flag("significant token")] = None
    reserve_deposits: Annotated[int | None, _ratio("reserve held as deposits")] = None
    token: Annotated[
        str | None, _choice("kind of token", "emt", "art", "crypto", "security_token")
    ] = None
    member_state_currency: Annotated[
        bool | None, _flag("token refers to a currency of a Member State")
    ] = None
    payments_per_day: Annotated[
        int | None, _count("payments a day as means of exchange, quarterly average")
    ] = None
    value_per_day: Annotated[
        int | None, _money("value a day as means of exchange, quarterly average")
    ] = None
    wallet: Annotated[str | None, _choice("of the other side", "hosted", "self_hosted")] = None
    wallet_control_proved: Annotated[
        bool | None, _flag("own customer proved to control the self-hosted wallet")
    ] = None
    counterparty_licensed: Annotated[
        bool | None, _flag("the other side's provider is licensed")
    ] = None
    originator_data: Annotated[
        frozenset[str] | None, _codes("told about the originator", *PERSONAL_DATA)
    ] = None
    beneficiary_data: Annotated[
        frozenset[str] | None, _codes("told about the beneficiary", *PERSONAL_DATA)
    ] = None
    # data
    transfer_to: Annotated[str | None, _code("country that personal data goes to")] = None
    transfer_basis: Annotated[
        str | None,
        _choice(
            "lawful basis of the transfer",
            *("adequacy", "standard_clauses", "similar_law", "consent", "contract", "none"),
        ),
    ] = None
    impact_assessed: Annotated[bool | None, _flag("transfer impact assessed")] = None
    critical_data: Annotated[bool | None, _flag("data the law calls critical")] = None
    breach_hours: Annotated[
        int | None, _time("hours", "since the breach was known, authority not told")
    ] = None
    breach_days: Annotated[
        int | None, _time("days", "since the authority was told, people not told")
    ] = None
    # sandboxes
    programme: Annotated[
        str | None,
        _choice(
            "sandbox programme",
            *("bnm_standard", "bnm_green_lane", "sc", "sbp", "secp", "pvara", "dlt_pilot"),
        ),
    ] = None
    test_months: Annotated[int | None, _time("months", "of testing")] = None
    shariah_attested: Annotated[bool | None, _flag("an adviser attested Shariah compliance")] = None
    custody_controls: Annotated[bool | None, _flag("custody controls in place")] = None
    caps_set: Annotated[bool | None, _flag("caps on users and transactions are set")] = None
    venue_value: Annotated[
        int | None, _money("market value recorded on the DLT infrastructure")
    ] = None
    issue_value: Annotated[int | None, _money("market capitalisation or size of the issue")] = None
    instrument_class: Annotated[
        str | None, _choice("DLT financial instrument", "share", "bond", "fund")
    ] = None


class Facts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a decision may look at. `via` is the network between two domestic systems; `elements`
    are the message elements that are filled. Purposes are ISO 20022 external codes.
    """

    act: Act
    sender: Party
    recipient: Party | None = None
    via: Annotated[
        str, _code("network between the domestic systems: nexus; empty where there is none")
    ] = ""
    purpose: Annotated[str | None, _code("ISO 20022 purpose code")] = None
    elements: Annotated[
        frozenset[str] | None,
        _codes("elements filled", "purposeCode", "categoryPurposeCode"),
    ] = None


DERIVED = {
    "crosses_border": _flag("the two sides stand in different countries"),
    "law_read": _flag("the law of this side's country stands in a book"),
}
"""Facts that follow from the others, so that nobody can state them wrongly."""

INDEX = ("way", "country", "other_country", "currency")
"""What may stand in brackets after a value's id: known when a pack is compiled (`MY-PK`)."""


def _facts_of(shape: type[Struct]) -> dict[str, Fact]:
    hints: dict[str, Any] = get_type_hints(shape, include_extras=True)
    found = {name: getattr(hint, "__metadata__", ()) for name, hint in hints.items()}
    return {name: data[0] for name, data in found.items() if data}


PARTY_FACTS = _facts_of(Party)
COMMON_FACTS = _facts_of(Facts)
FACTS = PARTY_FACTS | COMMON_FACTS | DERIVED
MONEY_FACTS = tuple(name for name, fact in PARTY_FACTS.items() if fact.type is FactType.MONEY)
