"""What each usage guideline changes, as data.

Public sources say which header, account form, currency and success status a domestic system
uses, not how its cross-border message looks element by element. So both dialects here carry
the very elements of the Nexus message, and these are choices of ours:

- the clearing system is named in its proprietary form on every rail;
- an account kept by an agent of the system's country has that country's form (Malaysia: a
  number that is no IBAN; Pakistan: an IBAN of 24 characters) while the far account keeps its own;
- statuses a system has no public word for keep their Nexus word;
- DuitNow's U codes are read into ISO reasons but never written: we write the ISO reason.

Raast differs from Nexus only by this table; DuitNow has a header besides (`duitnow.py`).
"""

from dataclasses import dataclass, field
from types import MappingProxyType

from qantara.rails.model import MessageName, Profile, Status

INTERBANK = frozenset(
    {
        MessageName.CREDIT_TRANSFER,
        MessageName.PAYMENT_STATUS,
        MessageName.RESOLUTION_REQUEST,
        MessageName.RESOLUTION_REPORT,
    }
)
SINGLE_CAP = 64 * 1024
FILE_CAP = 16 * 1024 * 1024


def _none() -> MappingProxyType[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Dialect:
    """`country` and `iban` say which account form agents of that country must use."""

    profile: Profile
    names: frozenset[MessageName] = INTERBANK
    cap_bytes: int = SINGLE_CAP
    country: str | None = None
    iban: bool = True
    enveloped: bool = False
    words: MappingProxyType[str, str] = field(default_factory=_none)
    """Nexus status to the system's own, where it has one."""
    reasons: MappingProxyType[str, str] = field(default_factory=_none)
    """The system's own reason code to the ISO one; any other becomes NARR."""

    def word(self, status: Status) -> str:
        return self.words.get(status, status.value)

    def status(self, word: str) -> Status:
        for status, own in self.words.items():
            if own == word:
                return Status(status)
        return Status(word)


DIALECTS: dict[Profile, Dialect] = {
    Profile.NEXUS: Dialect(Profile.NEXUS),
    Profile.DUITNOW: Dialect(
        Profile.DUITNOW,
        country="MY",
        iban=False,
        enveloped=True,
        words=MappingProxyType({"ACCC": "ACSP"}),
        reasons=MappingProxyType({"U111": "AM06", "U112": "AM02", "U115": "TM01"}),
    ),
    Profile.RAAST: Dialect(Profile.RAAST, country="PK"),
    Profile.CUSTOMER: Dialect(
        Profile.CUSTOMER,
        names=frozenset({MessageName.INITIATION, MessageName.INITIATION_REPORT}),
        cap_bytes=FILE_CAP,
    ),
}
