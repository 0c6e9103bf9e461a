"""The forms that words of a request must have, as the description tells them.

They are told and not enforced: a door that meets another form says so with a reason of its own
(`amount_scale`, `currency_unknown`, `time_malformed`), which a pattern could not.
"""

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from qantara.money import ASSETS

_WHOLE, _CENTS = "[1-9][0-9]{0,17}", "[0-9]{2}"
_TEXT = r"^[!-~]([ -~]*[!-~])?$"
_WORDS = r"[0-9A-Za-z?:().,'+ \-]+"
AMOUNT: JsonDict = {"pattern": rf"^(0\.(0[1-9]|[1-9][0-9])|{_WHOLE}(\.{_CENTS})?)$"}
CURRENCY: JsonDict = {"enum": list(ASSETS)}
DECIMAL: JsonDict = {"pattern": r"^[0-9]{1,9}(\.[0-9]{1,9})?$"}
DAY: JsonDict = {"format": "date"}
MOMENT: JsonDict = {"format": "date-time"}
TEXT: JsonDict = {"pattern": _TEXT}
REFERENCE: JsonDict = {"pattern": f"^{_WORDS}(/{_WORDS})*$"}

SentAmount = Annotated[
    str,
    Field(
        max_length=40,
        description="Above zero, with exactly the currency's decimals.",
        json_schema_extra=AMOUNT,
    ),
]
SentCurrency = Annotated[str, Field(max_length=12, json_schema_extra=CURRENCY)]
Note = Annotated[
    str,
    Field(
        max_length=140,
        description="Words that payment rails carry: printable ASCII, no space at an end.",
        json_schema_extra=TEXT,
    ),
]
Reference = Annotated[str, Field(max_length=35, json_schema_extra=REFERENCE)]
Name = Annotated[str, Field(max_length=140, json_schema_extra=TEXT)]
SpokenName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=140,
        description="Printable ASCII; white space around it says nothing.",
        json_schema_extra={"pattern": r"^\s*[!-~]([ -~]*[!-~])?\s*$"},
    ),
]
ConfirmationId = Annotated[
    str | None,
    Field(
        max_length=64,
        description="A proved confirmation of this very payment, used up with it.",
    ),
]
