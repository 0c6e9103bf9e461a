"""What an answer means, what the sender must be told, and until when it counts: pure functions."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.errors import Conflict, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import Customer
from qantara.payees.model import (
    TRANSITIONS,
    Asker,
    CheckEvent,
    CheckPayee,
    CheckState,
    PayeeCheck,
    Source,
)
from qantara.rails.model import AccountRef, Match, Profile, Proxy, ResolutionReport

NUMBERS = ("IBAN", "ACCT")
"""Address types that name an account; any other is a proxy."""
_MASK = "*"
_PARTY_LENGTH = 8
"""A BIC of eight names a party; three more only its branch."""
_OF_PROFILE = {
    Profile.DUITNOW_DOMESTIC: Source.DUITNOW,
    Profile.RAAST_DOMESTIC: Source.RAAST,
    Profile.SCT_INST: Source.VOP,
}
# The codes of acmt.024 by which the sender is told more than that nobody was found.
_WARNING_OF_CODE = {
    "AB08": Reason.COUNTERPARTY_UNAVAILABLE,
    "AC04": Reason.PAYEE_CLOSED,
    "AC06": Reason.PAYEE_CLOSED,
    "AGNT": Reason.INSTITUTION_UNKNOWN,
    "BE23": Reason.ALIAS_UNKNOWN,
    "RC06": Reason.INSTITUTION_UNKNOWN,
    "RC07": Reason.INSTITUTION_UNKNOWN,
}
_WARNING_OF_MATCH = {
    Match.NMTC: Reason.PAYEE_NAME_MISMATCH,
    Match.CMTC: Reason.PAYEE_NAME_CLOSE,
    Match.NOAP: Reason.PAYEE_NAME_UNCHECKED,
}


def profile_for(asker: Asker, country: str) -> Profile:
    """The guideline of a question about a payee there: our system's own where it stays inside."""
    return asker.profile.inside if country == asker.country else asker.profile


def source_for(asker: Asker, country: str) -> Source:
    return _OF_PROFILE.get(profile_for(asker, country), Source.NEXUS)


def account_ref(address_type: str, address: str) -> AccountRef:
    if address_type == "IBAN":
        return AccountRef(iban=address)
    if address_type == "ACCT":
        return AccountRef(other=address)
    return AccountRef(proxy=Proxy(address_type, address))


def opened(asker: Asker, asked: CheckPayee, message_id: str) -> PayeeCheck:
    """The check as it begins, carried by this message."""
    return PayeeCheck(
        id=asked.id,
        customer_id=asked.customer_id,
        state=CheckState.ASKED,
        country=asked.country,
        address_type=asked.address_type,
        address=asked.address,
        agent_bic=asked.agent_bic,
        name=asked.name,
        source=source_for(asker, asked.country),
        message_id=message_id,
    )


def same_question(asked: CheckPayee, kept: PayeeCheck) -> bool:
    question = CheckPayee(
        kept.id,
        kept.customer_id,
        kept.country,
        kept.address_type,
        kept.address,
        kept.agent_bic,
        kept.name,
    )
    return asked == question


def advance(check: PayeeCheck, event: CheckEvent) -> PayeeCheck | Conflict:
    after = TRANSITIONS.get((check.state, event))
    if after is None:
        return Conflict(Reason.STATE_CONFLICT, id=check.id, state=check.state, event=event)
    return replace(check, state=after)


def is_about(check: PayeeCheck, report: ResolutionReport) -> bool:
    """Whether an answer is about what was asked: the same account or alias, at the same bank.

    An alias may lead to any account, an account number only to itself.
    """
    asked = account_ref(check.address_type, check.address)
    quoted = report.original_account
    if (quoted.iban, quoted.other, quoted.proxy) != (asked.iban, asked.other, asked.proxy):
        return False
    found = report.account
    if found is None:
        return True
    if asked.number is not None and (found.iban, found.other) != (asked.iban, asked.other):
        return False
    if asked.proxy is not None and found.proxy not in {None, asked.proxy}:
        return False
    return _same_party(check.agent_bic, report.agent.bic if report.agent else None)


def account_found(report: ResolutionReport) -> AccountRef | None:
    """The account to pay, None where there is none. Beside a match an answer may leave out the
    account: then it is the one that was asked about.
    """
    found = report.account or (report.original_account if report.match is not None else None)
    return found if report.verified and found is not None and found.number is not None else None


def _same_party(asked: str | None, answered: str | None) -> bool:
    if asked is None or answered is None:
        return True
    return asked[:_PARTY_LENGTH] == answered[:_PARTY_LENGTH]


def denied(check: PayeeCheck, report: ResolutionReport) -> PayeeCheck:
    """Nobody was found, or somebody who was not asked about: then no code is believed."""
    about = is_about(check, report)
    code = (report.reason or "AC01") if about else None
    warning = _WARNING_OF_CODE.get(code, Reason.PAYEE_UNKNOWN) if code else _FOREIGN
    return replace(check, reason=code, warning=warning, answer_id=report.message_id)


_FOREIGN = Reason.PAYEE_ANSWER_FOREIGN


def unanswered(check: PayeeCheck) -> PayeeCheck:
    return replace(check, warning=Reason.TIMED_OUT)


def confirmed(
    check: PayeeCheck, report: ResolutionReport, account: AccountRef, valid_until: datetime
) -> PayeeCheck:
    """What an answer tells of the payee, the sender's name for it compared."""
    said = report.display_name
    legal = report.payee.name if report.payee else None
    match = _match(check, report, legal, said)
    answered = replace(
        check,
        match=match,
        display_name=_verified_name(check, match, said or legal)
        if check.source is Source.VOP
        else said,
        legal_name=legal,
        town=report.payee.town if report.payee else None,
        account_number=account.number,
        account_is_iban=account.iban is not None,
        account_agent_bic=report.agent.bic if report.agent else check.agent_bic,
        answer_id=report.message_id,
        valid_until=valid_until,
    )
    return warned(answered)


def warned(check: PayeeCheck) -> PayeeCheck:
    """The check with what its sender must be told before going on."""
    return replace(check, warning=_warning(check))


def _match(
    check: PayeeCheck, report: ResolutionReport, legal: str | None, shown: str | None
) -> Match | None:
    """The payee's side says where it verifies; elsewhere we compare what name we were given."""
    if check.source is Source.VOP:
        return report.match or Match.NOAP
    if check.name is None:
        return None
    if report.match is not None:
        return report.match
    held = legal or (shown if shown and _MASK not in shown else None)
    return Match.NOAP if held is None else compared(check.name, held)


def compared(said: str, held: str) -> Match:
    """The answer of verification of payee about a name and an account holder's."""
    return Match(parties.compare_names(said, held).verdict.value)


def verified(said: str, holder: Customer) -> Match:
    """What we answer about a customer of ours: a firm may also be known by its trade name."""
    names = dict.fromkeys((holder.legal_name, holder.rails_name, holder.display_name))
    answers = [compared(said, name) for name in names]
    return min(answers, key=_BEST_FIRST.index)


_BEST_FIRST = (Match.MTCH, Match.CMTC, Match.NMTC)


def _verified_name(check: PayeeCheck, match: Match | None, told: str | None) -> str | None:
    """In the Union a sender is shown the own words where they are right, the holder's name
    where they are close, and no name otherwise.
    """
    if match is Match.MTCH:
        return check.name
    return told if match is Match.CMTC else None


def _warning(check: PayeeCheck) -> Reason | None:
    if check.match in _WARNING_OF_MATCH:
        return _WARNING_OF_MATCH[check.match]
    is_named = check.match is Match.MTCH or check.display_name is not None
    return None if is_named else Reason.PAYEE_NOT_CONFIRMED


def held_until(asker: Asker, now: datetime) -> datetime:
    return now + timedelta(seconds=asker.check_age_seconds)


def objection(check: PayeeCheck, now: datetime) -> Refused | None:
    """Why nothing may be paid on this check; None if it may. A name that differs is the
    sender's to decide on: it was told.
    """
    if check.state is not CheckState.CONFIRMED or check.account_agent_bic is None:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    if check.valid_until is None or now >= check.valid_until:
        return Refused(Reason.PAYEE_CHECK_EXPIRED, rule="payee.check_age")
    return None


def payee_name(check: PayeeCheck, said: str | None = None) -> str | None:
    """The best name we have (FATF R.16 wants one): the holder's as its bank tells it, else as
    the sender says it, else what was shown.
    """
    told = check.display_name if check.source is Source.VOP else None
    return check.legal_name or told or said or check.name or check.display_name


def creditor_account(check: PayeeCheck) -> AccountRef:
    """The account to pay, as a payment's message names it."""
    number = check.account_number or check.address
    return AccountRef(iban=number) if check.account_is_iban else AccountRef(other=number)
