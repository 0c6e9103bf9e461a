"""An institution's own configuration: who it is, how it is connected, on what terms."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from qantara.money import Asset, Money
from qantara.policy.model import Fee, Rulebook, Tariff
from qantara.rails.model import Profile


class Required(StrEnum):
    """What a country wants to find in a payment that arrives in it."""

    PURPOSE = "purpose"
    PAYER_ADDRESS = "payer_address"


class Corridor(Struct, frozen=True):
    """Where an institution sends to. `notice` is what a person must be told (a scenario).

    `high`: the system there takes payments at a point of sale (priority HIGH). `law_read`: a
    rulebook holds the law of the country.
    """

    country: str
    currency: Asset
    rails: tuple[str, ...]
    notice: str = ""
    high: bool = False
    law_read: bool = True


class ForeignAccount(Struct, frozen=True):
    """An account of ours at a settlement access provider abroad; `number` is as it names it."""

    sap: str
    sap_bic: str
    number: str
    asset: Asset

    @property
    def code(self) -> str:
        """Its ledger account here: our claim on the provider."""
        return f"nostro/{self.sap}"


class OwnFx(Struct, frozen=True):
    """An institution that exchanges the money of its senders itself.

    `account` is the name under which its own book stands in pacs.008 as intermediary 1;
    `accounts` are those abroad, by country. Its rates are dated rows of its own.
    """

    account: str
    accounts: Mapping[str, ForeignAccount]
    validity_seconds: int = 600


RESEND_SECONDS = (60, 120, 300, 900, 3600)
"""Waits between one sending of an unanswered payment and the next (example); the last repeats."""


EXECUTION_SECONDS = 20
RECALL_DAYS = 15
"""Deadlines inside a system for which no rulebook has a figure: examples."""
SHARED_LEAST = 5
"""How many payments stand behind a figure that other jurisdictions may know: an example."""


CASH_CODE_SECONDS = 1_800
CASH_PICKUP_SECONDS = 30 * 86_400
CASH_ATTEMPTS = 3
"""How long a code to withdraw and an order to be picked up stand, and how many wrong codes lock
one: examples.
"""


class Institution(Struct, frozen=True):
    """An institution node's own configuration: who it is and how it is connected.

    `fee` is its price to senders, taken out of the debit (configuration, labelled `example`
    in the demo). `ips` is the role name of its instant payment system; `confirmed` says that
    this system confirms before the credit (5 steps) instead of after it (4 steps).

    An overdue payment is sent again after each of `resend_seconds`, or asked about by pacs.028
    where the system has `status_requests`. `correspondents` (account number to FX provider's
    role) make the institution its own settlement access provider, `own_fx` its own FX provider.
    Of what arrives, `required` names the elements its country wants, `checks_names` has the
    recipient's name compared, and NORM payments above `review_above` wait for staff.

    Of payments inside the system, `domestic_fee` is the price on top of the amount,
    `execution_seconds` the time for one where no rulebook names it, `recall_days` that for the
    answer to a recall, and `exceptions` switches recalls and returns on. `return_fee` is kept of
    what a recipient gives back because the sender's side erred, `case_seconds` how long a
    customer's complaint may wait for staff, and `review_seconds` how long a payment may wait for
    its review, and a clearance for its use (examples). A dispute is answered within
    `dispute_answer_days` and ended within `dispute_end_days`, in days of the calendar (examples).

    `neighbours` are the institutions of the other jurisdictions (role to country) with which it
    exchanges signed figures; `shared_least` is how many payments stand behind each of those.
    `bank` is its number in the account numbers and payment codes of its country, `banks` the
    directory of all: by country, the number there, and the BIC. A code that a customer shows for
    one amount holds for `code_seconds` (an example).

    Of cash at agents, `cash_prices` is what customers pay and `cash_commissions` what agents earn,
    by what is done (`deposit`, `withdrawal`, `pickup`); a code to withdraw stands for
    `cash_code_seconds`, an order to be picked up for `cash_pickup_seconds`, and `cash_attempts`
    wrong codes lock it (examples).
    """

    role: str
    bic: str
    name: str
    country: str
    asset: Asset
    profile: Profile
    ips: str
    ips_bic: str
    clearing_system: str
    gateway: str
    fee: Fee
    corridors: Mapping[str, Corridor]
    rulebook: Rulebook
    confirmed: bool = False
    overdue_seconds: int = 60
    check_seconds: int = 20
    check_age_seconds: int = 3600
    resend_seconds: tuple[int, ...] = RESEND_SECONDS
    status_requests: bool = False
    correspondents: Mapping[str, str] = field(default_factory=dict)
    own_fx: OwnFx | None = None
    required: frozenset[Required] = frozenset()
    checks_names: bool = False
    review_above: Money | None = None
    domestic_fee: Fee | None = None
    execution_seconds: int = EXECUTION_SECONDS
    recall_days: int = RECALL_DAYS
    exceptions: bool = False
    return_fee: Money | None = None
    case_seconds: int = 86_400
    review_seconds: int = 86_400
    neighbours: Mapping[str, str] = field(default_factory=dict)
    shared_least: int = SHARED_LEAST
    bank: str = ""
    banks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    code_seconds: int = 900
    dispute_answer_days: int = 15
    dispute_end_days: int = 35
    cash_prices: Mapping[str, Tariff] = field(default_factory=dict)
    cash_commissions: Mapping[str, Tariff] = field(default_factory=dict)
    cash_code_seconds: int = CASH_CODE_SECONDS
    cash_pickup_seconds: int = CASH_PICKUP_SECONDS
    cash_attempts: int = CASH_ATTEMPTS

    @property
    def claim(self) -> str:
        """The ledger account of customers' money kept at the payment system."""
        return f"claim/{self.ips}"

    @property
    def own(self) -> str:
        """The ledger account of the institution's own money there."""
        return f"own/{self.ips}"

    def correspondent(self, bic: str, number: str | None) -> str | None:
        """The ledger account that we keep for an FX provider, if this is one of those."""
        role = self.correspondents.get(number or "") if bic == self.bic else None
        return None if role is None else f"correspondent/{role}"
