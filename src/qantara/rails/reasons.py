"""What a rejection means: ISO 20022 status reason codes, and our words for them, both ways."""

from collections.abc import Sequence

from qantara.errors import Reason
from qantara.reasons import REASONS

_WORDS = frozenset(reason.value for reason in Reason)

# The scheme's answer in the words of the person who sent the money; any other code means that
# the receiver did not take it. AB04 stands for a quote that does not hold, as gateways use it.
_REASON_OF_CODE = {
    "AB01": Reason.TIMED_OUT,
    "AB03": Reason.TIMED_OUT,
    "AB04": Reason.QUOTE_EXPIRED,
    "AB05": Reason.TIMED_OUT,
    "AB06": Reason.TIMED_OUT,
    "AB08": Reason.COUNTERPARTY_UNAVAILABLE,
    "AC04": Reason.PAYEE_CLOSED,
    "AC06": Reason.PAYEE_CLOSED,
    "AC07": Reason.PAYEE_CLOSED,
    "AC14": Reason.PAYEE_UNKNOWN,
    "AGNT": Reason.INSTITUTION_UNKNOWN,
    "AM02": Reason.AMOUNT_ABOVE_LIMIT,
    "AM04": Reason.LIQUIDITY_SHORT,
    "AM13": Reason.AMOUNT_ABOVE_LIMIT,
    "AM14": Reason.AMOUNT_ABOVE_LIMIT,
    "AM21": Reason.BALANCE_ABOVE_CEILING,
    "BE01": Reason.PAYEE_NOT_CONFIRMED,
    "BE06": Reason.PAYEE_UNKNOWN,
    "DU03": Reason.MESSAGE_DUPLICATE,
    "ED06": Reason.SETTLEMENT_CLOSED,
    "RC04": Reason.INSTITUTION_UNKNOWN,
    "RC07": Reason.INSTITUTION_UNKNOWN,
    "RC11": Reason.FX_ACCOUNT_FOREIGN,
    "TM01": Reason.MESSAGE_STALE,
}
# Said by somebody else, a reason about "the account" is not about the sender's.
_SAID_AFAR = {
    Reason.ACCOUNT_CLOSED: Reason.PAYEE_CLOSED,
    Reason.ACCOUNT_FROZEN: Reason.PAYEE_CLOSED,
    Reason.ACCOUNT_NOT_FOUND: Reason.PAYEE_UNKNOWN,
    Reason.INSUFFICIENT_FUNDS: Reason.LIQUIDITY_SHORT,
}
# Codes of our table that the scheme's list for pacs.002 leaves out.
_STATUS_CODE = {"BE23": "AC14"}


def status_code(reason: Reason) -> str:
    """The code by which pacs.002 carries a reason."""
    code = REASONS[reason].iso
    return _STATUS_CODE.get(code, code)


def reason_said(word: str) -> Reason:
    """What a reason in somebody else's mouth means for the sender of the money."""
    if word not in _WORDS:
        return Reason.REJECTED_BY_RECEIVER
    return _SAID_AFAR.get(Reason(word), Reason(word))


def reason_of(code: str | None, texts: Sequence[str] = ()) -> Reason:
    """Our reason for an ISO 20022 status reason code; the code itself is kept beside it.

    Who shares our words sends the reason's own as the first of a text; it is believed where it
    is one that the code stands for.
    """
    for text in texts:
        word = text.partition(",")[0]
        if word in _WORDS and status_code(Reason(word)) == code:
            return reason_said(word)
    return _REASON_OF_CODE.get(code or "", Reason.REJECTED_BY_RECEIVER)
