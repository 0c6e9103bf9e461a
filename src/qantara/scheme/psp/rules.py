"""Why a payment, or a question, is refused by this bank: pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from qantara.money import Money
from qantara.parties import flow as parties
from qantara.rails.model import CreditTransfer, Match, Party, Priority
from qantara.scheme.psp.model import Account, Condition, PspNode, Transfer


class Objection(NamedTuple):
    """An ISO 20022 code and what is behind it, in words."""

    code: str
    text: str


_STATES: Mapping[Condition, Objection] = {
    Condition.CLOSED: Objection("AC07", "the account was closed by its holder"),
    Condition.RENUMBERED: Objection("AC04", "the account number is closed on the books"),
    Condition.DECEASED: Objection("MD07", "the holder has died"),
    Condition.GONE: Objection("BE06", "the holder is no longer in the books"),
    Condition.BLOCKED: Objection("AC06", "the account is blocked"),
    Condition.SEIZED: Objection("AM07", "an authority has blocked such amounts"),
    Condition.SUSPECTED: Objection("FR01", "suspicion of fraud"),
    Condition.REFUSED_BY_HOLDER: Objection("MS02", "the holder takes no payments"),
    Condition.REFUSED_BY_BANK: Objection("MS03", "this bank takes no payments to the account"),
}
"""Conditions that refuse every payment, in the order in which they are told."""

_ENQUIRY_STATES: Mapping[Condition, str] = {
    Condition.CLOSED: "AC04",
    Condition.RENUMBERED: "AC04",
    Condition.DECEASED: "MD07",
    Condition.GONE: "AC01",
    Condition.BLOCKED: "AC06",
    Condition.SEIZED: "AC06",
    Condition.SUSPECTED: "FRAD",
    Condition.REFUSED_BY_BANK: "AB08",
}
NO_ACCOUNT, ANONYMOUS, ASKED_TWICE = "AC01", "RR01", "DUPL"
NOT_PROVIDED = "NOTPROVIDED"


def _incomplete(party: Party) -> bool:
    return not (party.name.strip() and party.country and party.town)


def _wrong_name(account: Account, record: Transfer) -> bool:
    return compare(record.creditor.name, account.holder.name) is Match.NMTC


_DEMANDS: Mapping[Condition, tuple[Objection, Callable[[Account, Transfer], bool]]] = {
    Condition.DOMESTIC_ONLY: (
        Objection("AG01", "the account takes no payments from abroad"),
        lambda _, record: isinstance(record, CreditTransfer),
    ),
    Condition.UNHURRIED: (
        Objection("AG03", "the account takes no payments of this priority"),
        lambda _, record: getattr(record, "priority", None) is Priority.HIGH,
    ),
    Condition.PAYERS_LISTED: (
        Objection("BE05", "the payer is not one the holder has named"),
        lambda account, record: record.debtor_account.number not in account.payers,
    ),
    Condition.PURPOSE_REQUIRED: (
        Objection("RR04", "the payment must say what it is for"),
        lambda _, record: not (record.purpose or record.category_purpose),
    ),
    Condition.PAYER_REPORTED: (
        Objection("RR02", "the payer's name and address are reported by law"),
        lambda _, record: _incomplete(record.debtor),
    ),
    Condition.PAYEE_REPORTED: (
        Objection("RR03", "the payee's name and address are reported by law"),
        lambda _, record: _incomplete(record.creditor),
    ),
    Condition.PAYER_ADDRESS_REQUIRED: (
        Objection("BE07", "the payer's address is missing"),
        lambda _, record: _incomplete(record.debtor),
    ),
    Condition.PAYEE_ADDRESS_REQUIRED: (
        Objection("BE04", "the payee's address is missing"),
        lambda _, record: _incomplete(record.creditor),
    ),
    Condition.NAME_CHECKED: (
        Objection("BE01", "the name is not that of the account's holder"),
        _wrong_name,
    ),
    Condition.ID_CHECKED: (
        Objection("CH11", "the identifier is not that of the account's holder"),
        lambda account, record: record.creditor.national_id != account.holder.national_id,
    ),
}
"""Conditions that refuse only payments of a kind, in the order in which they are told."""


def objection(node: PspNode, account: Account | None, record: Transfer) -> Objection | None:
    """Why this bank will not book a payment; None if it will."""
    if record.creditor_agent.bic != node.bic:
        return Objection("AGNT", "the creditor agent is another bank")
    number = record.creditor_account.number or ""
    if account is None:
        if node.keeps(number):
            return Objection("UCRD", "no customer has this account number")
        return Objection("AC14", "this is no account number of this bank")
    for condition, said in _STATES.items():
        if condition in account.conditions:
            return said
    for condition, (said, offends) in _DEMANDS.items():
        if condition in account.conditions and offends(account, record):
            return said
    return _measure(node, account, record)


def _measure(node: PspNode, account: Account, record: Transfer) -> Objection | None:
    amount = record.settlement_amount
    fee = fee_of(record)
    if amount.asset != node.asset:
        return Objection("CURR", f"the account is kept in {node.asset.code}")
    if account.minimum is not None and amount < account.minimum:
        return Objection("AM06", f"the least agreed with the holder is {account.minimum}")
    if account.maximum is not None and account.maximum < amount:
        return Objection("AM14", f"the most agreed with the holder is {account.maximum}")
    if fee is not None and fee.minor >= amount.minor:
        return Objection("AM06", "the fee leaves nothing to credit")
    return None


def fee_of(record: Transfer) -> Money | None:
    """What the message says this bank keeps; None where the rail knows no such fee."""
    return record.charges[1].amount if isinstance(record, CreditTransfer) else None


class Earlier(NamedTuple):
    """The names by which payments had before are known again: each with the payer's bank or
    account, as ids are unique only there.
    """

    ends: frozenset[tuple[str, str]]
    instructions: frozenset[tuple[str, str]]
    transactions: frozenset[tuple[str, str]]
    references: frozenset[tuple[str, str]]


def repetition(record: Transfer, earlier: Earlier) -> Objection | None:
    """What of a payment was there before, for an account whose payments must be unique."""
    bank, payer = record.debtor_agent.bic, record.debtor_account.number or ""
    if (bank, record.transaction_id) in earlier.transactions:
        return Objection("DUPL", "a payment of this transaction id was had before")
    if record.instruction_id and (bank, record.instruction_id) in earlier.instructions:
        return Objection("DU05", "the instruction id was used before")
    if record.end_to_end_id != NOT_PROVIDED and (payer, record.end_to_end_id) in earlier.ends:
        return Objection("DU04", "the end-to-end id was used before")
    if record.reference and (payer, record.reference) in earlier.references:
        return Objection("AM05", "this bill was paid before")
    return None


def enquiry_reason(account: Account | None, creator_id: str, *, again: bool) -> str | None:
    """Why nothing is said about an account; None where it is confirmed."""
    if again:
        return ASKED_TWICE
    if account is None:
        return NO_ACCOUNT
    for condition, code in _ENQUIRY_STATES.items():
        if condition in account.conditions:
            return code
    if Condition.UNASKABLE in account.conditions and creator_id == NOT_PROVIDED:
        return ANONYMOUS
    return None


def compare(asked: str, held: str) -> Match:
    """How a name that was asked with compares with the holder's."""
    return Match(parties.compare_names(asked, held).verdict.value)


def mask(name: str) -> str:
    """A display name its owner recognises and a stranger cannot read."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())
