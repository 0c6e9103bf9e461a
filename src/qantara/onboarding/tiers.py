"""The ladder of each country: what people show, and what an account may become by it."""

from enum import StrEnum

from msgspec import Struct

from qantara.parties.model import IdentityType


class Step(StrEnum):
    """What a person shows, in the order in which they are asked."""

    PHONE = "phone"
    PIN = "pin"
    PERSON = "person"
    HOME = "home"
    DOCUMENT = "document"
    PICTURE = "picture"
    FACE = "face"


class Tier(Struct, frozen=True):
    """What an account may become. `account_class` is the word of the rulebooks; `ceiling` and
    `figures` are ids of their values. A tier whose ceiling has no figure that day is not opened.
    """

    key: str
    account_class: str
    needs: tuple[Step, ...]
    ceiling: str = ""
    figures: tuple[str, ...] = ()
    cdd: str = "simplified"


_DECLARED = (Step.PHONE, Step.PIN, Step.PERSON, Step.HOME)
_SHOWN = (*_DECLARED, Step.DOCUMENT)


def _branchless(level: str) -> tuple[str, ...]:
    return tuple(f"pk.account.{level}.limit.{span}" for span in ("daily", "monthly", "yearly"))


LADDERS: dict[str, tuple[Tier, ...]] = {
    "MY": (
        Tier("emoney_small", "emoney", _DECLARED, "my.emoney.cdd_relief.maximum"),
        Tier(
            "emoney",
            "emoney",
            (*_SHOWN, Step.FACE),
            figures=("my.ekyc.document.required", "my.ekyc.biometric.required"),
            cdd="standard",
        ),
    ),
    "PK": (
        Tier("bb_l0", "bb_l0", _SHOWN, "pk.account.bb_l0.maximum.balance", _branchless("bb_l0")),
        Tier(
            "bb_l1",
            "bb_l1",
            (*_SHOWN, Step.FACE),
            "pk.account.bb_l1.maximum.balance",
            _branchless("bb_l1"),
        ),
        Tier(
            "asaan",
            "asaan",
            (*_SHOWN, Step.PICTURE, Step.FACE),
            "pk.account.asaan.maximum.balance",
            ("pk.account.asaan.limit.debit_monthly",),
        ),
    ),
    "FR": (
        Tier(
            "prepaid",
            "prepaid_anonymous",
            _DECLARED,
            "eu.account.prepaid_anonymous.maximum.balance",
            ("eu.account.prepaid_anonymous.limit.remote",),
            cdd="none",
        ),
        Tier("emoney", "emoney", (*_SHOWN, Step.FACE), cdd="standard"),
    ),
}
"""The programme of each country, lowest first: what is asked is this institution's choice as far
as the rulebooks leave one; they are asked every time.
"""

DOCUMENTS: dict[str, tuple[IdentityType, ...]] = {
    "MY": (IdentityType.NRIC, IdentityType.PASSPORT),
    "PK": (IdentityType.CNIC,),
    "FR": (IdentityType.PASSPORT,),
}
