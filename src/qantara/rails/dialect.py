"""What each usage guideline changes, as data.

Public sources say which header, account form, currency, version and success status a system
uses, not how its messages look element by element. So the cross-border dialects carry the very
elements of the Nexus message, the domestic ones as few as the standard lets them, and these are
choices of ours:

- the clearing system is named in its proprietary form on every rail;
- an account kept by an agent of the system's country has that country's form (Malaysia: a
  number that is no IBAN; Pakistan and France: an IBAN of 24 and 27 characters) while the far
  account keeps its own;
- statuses a system has no public word for keep their Nexus word;
- a reason outside Nexus's set becomes NARR with the code as its first sentence, everywhere but
  on Nexus, which refuses it; DuitNow's four U codes stand for one ISO reason each, both ways;
- an account that could not be verified for a reason outside Nexus's set is AB08 (its provider
  cannot answer);
- no fee is taken from a domestic payment (ChrgBr SLEV); only SCT Inst has public codes for its
  service (SEPA, INST);
- names are compared in SCT Inst (there the law) and OCT Inst: the question bears the name, the
  answer its match in the place of the reason; CMTC may tell the holder's name, and in SCT Inst
  NMTC and NOAP may not.

OCT Inst speaks the 2019 pacs.008, which has no AgrdRate and no field for a quote. There XchgRate
carries the FX provider's rate, its currencies are those of the two charges, and the quote travels
as `/QUOT/<uuid>` in InstrForNxtAgt/InstrInf, absent for own FX; the acceptance time stands where
2019 had it. The 2019 account has a number: an alias alone does not travel there, and the lines
of an address are shorter. SCT Inst speaks the 2019 pacs and, for lack of an older official file,
today's camt.056 and camt.029; its return is pacs.004.001.10.

A record names the message it refers to (`original_name`) by that message's newest version; a
dialect writes the version it speaks and reads it back to the newest.

Raast differs from Nexus only by this table; DuitNow has a header besides (`duitnow.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from qantara.rails.model import (
    CancellationRequest,
    CreditTransfer,
    DomesticTransfer,
    Initiation,
    InitiationReport,
    InvestigationResolution,
    Message,
    MessageName,
    Notification,
    PaymentRequest,
    PaymentRequestReport,
    PaymentReturn,
    PaymentStatus,
    Profile,
    ResolutionReport,
    ResolutionRequest,
    Status,
    StatusRequest,
)

SINGLE_CAP = 64 * 1024
FILE_CAP = 16 * 1024 * 1024
LARGE = frozenset({MessageName.INITIATION, MessageName.INITIATION_REPORT, MessageName.NOTIFICATION})
"""Messages of many payments, up to `FILE_CAP` bytes long."""
REASON_DEFAULT = "NARR"
REASONS = frozenset(
    """AB01 AB02 AB03 AB04 AB05 AB06 AB08 AB09 AB10 AC04 AC06 AC07 AC14 AG01 AG03 AG11 AGNT
    AM02 AM03 AM04 AM05 AM06 AM07 AM13 AM14 AM15 AM21 AM23 BE01 BE04 BE05 BE06 BE07 CH11 CH20
    CH21 CNOR CURR DU01 DU02 DU03 DU04 DU05 DUPL ED05 ED06 FF01 FF10 FR01 MD07 MS02 MS03 NARR
    RC04 RC07 RC10 RC11 RR02 RR03 RR04 TM01 UCRD""".split()  # noqa: SIM905  one line a code
)
"""The 61 reasons of a payment status on Nexus, and FF01, which its published table leaves out."""
VERIFICATION_DEFAULT = "AB08"
VERIFICATION_REASONS = frozenset(
    "AB08 AC01 AC04 AC06 AGNT BE23 DUPL FRAD MD07 RC06 RC07 RR01 RR02".split()  # noqa: SIM905
)

_ENQUIRIES: dict[type[Message], MessageName] = {
    ResolutionRequest: MessageName.RESOLUTION_REQUEST,
    ResolutionReport: MessageName.RESOLUTION_REPORT,
}
_CROSS_BORDER: dict[type[Message], MessageName] = {
    CreditTransfer: MessageName.CREDIT_TRANSFER,
    PaymentStatus: MessageName.PAYMENT_STATUS,
    **_ENQUIRIES,
}
_AFTERWARDS: dict[type[Message], MessageName] = {
    StatusRequest: MessageName.STATUS_REQUEST,
    PaymentReturn: MessageName.PAYMENT_RETURN,
    CancellationRequest: MessageName.CANCELLATION_REQUEST,
    InvestigationResolution: MessageName.INVESTIGATION_RESOLUTION,
}
_DOMESTIC: dict[type[Message], MessageName] = {
    DomesticTransfer: MessageName.CREDIT_TRANSFER,
    PaymentStatus: MessageName.PAYMENT_STATUS,
    PaymentRequest: MessageName.PAYMENT_REQUEST,
    PaymentRequestReport: MessageName.PAYMENT_REQUEST_REPORT,
    **_ENQUIRIES,
    **_AFTERWARDS,
}
_OF_2019: dict[MessageName, MessageName] = {
    MessageName.CREDIT_TRANSFER: MessageName.CREDIT_TRANSFER_2019,
    MessageName.PAYMENT_STATUS: MessageName.PAYMENT_STATUS_2019,
    MessageName.PAYMENT_RETURN: MessageName.PAYMENT_RETURN_2019,
    MessageName.STATUS_REQUEST: MessageName.STATUS_REQUEST_2019,
}
_NEWEST = {older: newest for newest, older in _OF_2019.items()}
NAMES_OF_2019 = frozenset(_NEWEST)


def newest(name: MessageName) -> MessageName:
    """The newest version of this message that is spoken anywhere here."""
    return _NEWEST.get(name, name)


def _none() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Dialect:
    """`messages` says which record is which message, each in its newest version; `of_2019` that
    the older one is spoken where there are two. `country` and `iban` say which account form
    agents of that country must use.
    """

    profile: Profile
    messages: Mapping[type[Message], MessageName]
    country: str | None = None
    iban: bool = True
    channel: str | None = None
    """Of DuitNow's header; None where there is no header."""
    of_2019: bool = False
    compares: bool = False
    """Whether payee enquiries bear a name and answers its match."""
    words: Mapping[str, str] = field(default_factory=_none)
    """Nexus status to the system's own, where it has one."""
    own_reasons: Mapping[str, str] = field(default_factory=_none)
    """ISO reason to the system's own code, where it has one: one to one, so both ways exact."""
    names: Mapping[MessageName, type[Message]] = field(init=False)
    """Which record a message of this name is."""
    _statuses: Mapping[str, Status] = field(init=False)
    _iso_reasons: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        spoken = {kind: self.version(name) for kind, name in self.messages.items()}
        for attribute, value in (
            ("messages", spoken),
            ("names", {name: kind for kind, name in spoken.items()}),
            ("_statuses", {self.word(status): status for status in Status}),
            ("_iso_reasons", {own: iso for iso, own in self.own_reasons.items()}),
        ):
            object.__setattr__(self, attribute, MappingProxyType(value))

    @property
    def enveloped(self) -> bool:
        return self.channel is not None

    def version(self, name: MessageName) -> MessageName:
        """The version of this message that the system speaks."""
        name = newest(name)
        return _OF_2019.get(name, name) if self.of_2019 else name

    def word(self, status: Status) -> str:
        return self.words.get(status, status.value)

    def status(self, word: str) -> Status:
        return self._statuses[word]

    def reason(self, code: str) -> str:
        """The ISO reason of our set for any code the system may send."""
        if code in REASONS:
            return code
        return self._iso_reasons.get(code, REASON_DEFAULT)

    def is_own(self, code: str) -> bool:
        """Whether this code of the system's stands for exactly one ISO reason."""
        return code in self._iso_reasons


_DUITNOW_WORDS = MappingProxyType({"ACCC": "ACSP"})
_DUITNOW_REASONS = MappingProxyType(
    {"NARR": "U110", "AM06": "U111", "AM02": "U112", "TM01": "U115"}
)
_SCT = {
    kind: name
    for kind, name in _DOMESTIC.items()
    if kind not in {PaymentRequest, PaymentRequestReport}
}

DIALECTS: dict[Profile, Dialect] = {
    dialect.profile: dialect
    for dialect in (
        Dialect(
            Profile.NEXUS,
            {**_CROSS_BORDER, **_AFTERWARDS, Notification: MessageName.NOTIFICATION},
        ),
        Dialect(
            Profile.DUITNOW,
            _CROSS_BORDER,
            country="MY",
            iban=False,
            channel="XB",
            words=_DUITNOW_WORDS,
            own_reasons=_DUITNOW_REASONS,
        ),
        Dialect(
            Profile.DUITNOW_DOMESTIC,
            _DOMESTIC,
            country="MY",
            iban=False,
            channel="DM",
            words=_DUITNOW_WORDS,
            own_reasons=_DUITNOW_REASONS,
        ),
        Dialect(Profile.RAAST, _CROSS_BORDER, country="PK"),
        Dialect(Profile.RAAST_DOMESTIC, _DOMESTIC, country="PK"),
        Dialect(Profile.OCT_INST, _CROSS_BORDER, country="FR", of_2019=True, compares=True),
        Dialect(Profile.SCT_INST, _SCT, country="FR", of_2019=True, compares=True),
        Dialect(
            Profile.CUSTOMER,
            {
                Initiation: MessageName.INITIATION,
                InitiationReport: MessageName.INITIATION_REPORT,
            },
        ),
    )
}


def name_of(record: Message | type[Message], profile: Profile) -> MessageName:
    """How a record (or its kind) is named in a profile; `TypeError` where it is not spoken."""
    kind = record if isinstance(record, type) else type(record)
    name = DIALECTS[profile].messages.get(kind)
    if name is None:
        raise TypeError(f"{kind.__name__} is not spoken on {profile.value}")
    return name


def reason_in(profile: Profile, code: str) -> str:
    """The ISO reason of our set that any code met in this profile stands for."""
    return DIALECTS[profile].reason(code)
