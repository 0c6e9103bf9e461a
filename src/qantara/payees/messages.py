"""acmt.023 and acmt.024 as records."""

import hashlib
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.parties.model import Holding
from qantara.payees import rules
from qantara.payees.model import VERIFYING, Asker, PayeeCheck
from qantara.rails.holders import milliseconds
from qantara.rails.model import (
    AccountRef,
    Agent,
    Match,
    Party,
    Profile,
    ResolutionReport,
    ResolutionRequest,
)

NO_ACCOUNT = "AC01"
"""We keep no such account."""
CLOSED = "AC04"
NO_ANSWER = "AB08"
"""We keep it, and cannot answer for it."""


def request(asker: Asker, check: PayeeCheck, profile: Profile, now: datetime) -> ResolutionRequest:
    """acmt.023. The asking person travels as a hash: enough to limit a scraper, not to name it.

    The name that the sender said travels only where the payee's side verifies it; across a
    border Nexus has no place for it.
    """
    hashed = hashlib.sha256(f"{asker.bic}/{check.customer_id}".encode()).hexdigest()[:32]
    return ResolutionRequest(
        message_id=check.message_id,
        created_at=milliseconds(now),
        creator_id=hashed,
        first_agent=Agent(asker.bic),
        assigner=Agent(asker.bic),
        assignee=Agent(asker.ips_bic),
        destination_country=check.country,
        request_id=check.message_id,
        account=rules.account_ref(check.address_type, check.address),
        agent=Agent(check.agent_bic) if check.agent_bic else None,
        name=check.name if profile is Profile.SCT_INST else None,
    )


def denial(asker: Asker, asked: ResolutionRequest, reason: str, now: datetime) -> ResolutionReport:
    """acmt.024: why nothing can be said of the account that was asked about."""
    return ResolutionReport(
        message_id=ids.new_message_id(),
        created_at=milliseconds(now),
        first_agent=asked.first_agent,
        assigner=Agent(asker.bic),
        assignee=Agent(asker.ips_bic),
        original_message_id=asked.message_id,
        original_created_at=asked.created_at,
        original_request_id=asked.request_id,
        original_account=asked.account,
        original_agent=asked.agent,
        verified=False,
        reason=reason,
    )


def report(
    asker: Asker, asked: ResolutionRequest, found: Holding, profile: Profile, now: datetime
) -> ResolutionReport:
    """acmt.024 about one of our accounts, in the custom of the system that asks.

    Verification of payee answers the name that was asked, and tells the holder's only where it
    is close; elsewhere the answer is the legal name, for screening, and one that may be shown.
    """
    answer = replace(denial(asker, asked, "", now), verified=True, reason=None)
    verifies = asked.name is not None and profile in VERIFYING
    if not verifies and profile is not Profile.SCT_INST:
        return _named(answer, asker, found, found.shown_name)
    match = Match.NOAP if asked.name is None else rules.verified(asked.name, found.customer)
    answer = replace(answer, match=match)
    if match is not Match.CMTC:
        return answer
    return _named(answer, asker, found, found.customer.rails_name)


def _named(answer: ResolutionReport, asker: Asker, of: Holding, shown: str) -> ResolutionReport:
    """The answer with the holder's name, the account and who keeps it."""
    account = _account(of, shown)
    return replace(answer, payee=_payee(of), account=account, agent=Agent(asker.bic))


def _payee(holding: Holding) -> Party:
    customer = holding.customer
    town = customer.address.rails_town
    return Party(name=customer.rails_name, country=customer.country, town=town)


def _account(holding: Holding, name: str) -> AccountRef:
    number = holding.account.number
    if number[:2].isalpha():
        return AccountRef(iban=number, name=name)
    return AccountRef(other=number, name=name)
