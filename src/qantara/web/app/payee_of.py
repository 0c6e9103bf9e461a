"""A payee check as its asker sees it: who it is, and how far that is certain."""

from typing import NamedTuple

from qantara.payees.model import CheckState, PayeeCheck
from qantara.rails.model import Match

_RESULTS = {
    Match.MTCH: "matches",
    Match.CMTC: "close",
    Match.NMTC: "differs",
    Match.NOAP: "unchecked",
}
_TONES = {
    **dict.fromkeys(("matches", "named"), "leaf"),
    **dict.fromkeys(("close", "unchecked", "timed_out", "asked"), "brass"),
    **dict.fromkeys(("differs", "not_found"), "clay"),
}
_INITIALS = 2


class Payee(NamedTuple):
    """`result` names what the check found, in the catalogue; `can_be_paid` says that it found an
    account at all.
    """

    check_id: str
    name: str
    initials: str
    address: str
    country: str
    result: str
    tone: str
    can_be_paid: bool
    needs_name: bool


def payee_of(check: PayeeCheck) -> Payee:
    name = check.display_name or check.name or ""
    result = _result(check)
    return Payee(
        check.id,
        name,
        initials(name),
        check.address,
        check.country,
        result,
        _TONES[result],
        check.state is CheckState.CONFIRMED,
        not name and check.legal_name is None,
    )


def plainly(name: str, address: str, country: str) -> Payee:
    """Somebody whom no check was needed to find."""
    return Payee(
        *("", name, initials(name), address, country, "named", "leaf"),
        can_be_paid=True,
        needs_name=False,
    )


def _result(check: PayeeCheck) -> str:
    if check.state is not CheckState.CONFIRMED:
        return check.state.value
    if check.match is None:
        return "named" if check.display_name else "unchecked"
    return _RESULTS[check.match]


def initials(name: str) -> str:
    """The first letters of the first words, as an avatar shows them."""
    firsts = [word[0] for word in name.split() if word[0].isalpha()]
    return "".join(firsts[:_INITIALS]).upper() or "·"
