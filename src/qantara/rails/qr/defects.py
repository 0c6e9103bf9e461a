"""Everything that can be wrong with a payment code, in words.

Readers raise `Fault`, which knows the object; the door of the package makes it `Malformed` with
the place in the text. No word of the code itself is repeated: it may be hostile.
"""

import re
from enum import StrEnum

from qantara.errors import Malformed, Reason


class Defect(StrEnum):
    """The value is the sentence part that follows "the code cannot be read:"."""

    EMPTY = "it is empty"
    UNKNOWN_KIND = "it is no payment code of a known kind"
    TOO_LONG = "it is longer than 512 characters"
    BYTES_LONG = "it is longer than 331 bytes"
    CONTROL = "it holds a control character"
    BIDI = "it holds a character that turns the direction of writing"
    INVISIBLE = "it holds a character that cannot be seen"
    TRUNCATED = "it ends inside the head of a data object"
    BEYOND_END = "the length of a data object goes beyond the end"
    ID_FORMAT = "a data object does not begin with two digits"
    LENGTH_FORMAT = "the length of a data object is not two digits"
    VALUE_EMPTY = "a data object is empty"
    DUPLICATE = "a data object comes twice"
    FIRST_OBJECT = "the payload format indicator is not the first data object"
    MISSING = "a mandatory data object is missing"
    VERSION = "the payload format is not known"
    INITIATION = "it is neither static (11) nor dynamic (12)"
    CRC_MISSING = "the checksum is missing"
    CRC_FORMAT = "the checksum is not four upper-case hexadecimal digits"
    CRC_WRONG = "the checksum does not agree"
    CRC_NOT_LAST = "data objects follow the checksum"
    STRAY = "characters follow the checksum"
    FIELD_LONG = "a field is too long"
    FIELD_FORMAT = "a field does not have the form its scheme asks for"
    CATEGORY = "the merchant category is not four digits"
    CURRENCY = "the currency is not three digits of ISO 4217"
    CURRENCY_UNKNOWN = "the currency is not known"
    CURRENCY_FOREIGN = "the currency is not the one of its scheme"
    COUNTRY = "the country is not two capital letters"
    COUNTRY_FOREIGN = "the country is not the one of its scheme"
    AMOUNT = "the amount is not a number with at most one point"
    AMOUNT_ZERO = "the amount is zero"
    AMOUNT_SCALE = "the amount has more decimals than its currency"
    AMOUNT_LARGE = "the amount is larger than its scheme allows"
    TIP = "tip and fee contradict each other"
    SCHEME = "its accounts are not of the scheme it names"
    NO_ACCOUNT = "nothing says whom it pays"
    IBAN = "the IBAN is wrong"
    BIC = "the BIC is wrong"
    EXPIRY = "the expiry is not a date and time"
    EXPIRY_MISSING = "a code with an amount must say when it expires"
    TOO_DEEP = "data objects are nested too deep"
    BASE64 = "it is not base64 in its one form"
    BER_LENGTH = "the length of a data object is not in its shortest form"
    BER_TAG = "the tag of a data object is broken"
    CHARSET = "a character is not in the character set it names"
    LINES = "it does not have the lines of a SEPA credit transfer code"
    PURPOSE = "the purpose is not one to four capital letters or digits"
    REFERENCE = "the creditor reference is wrong"
    BOTH_REFERENCES = "it has both a structured reference and a text"


Path = tuple[str, ...]
_NAME = re.compile("[0-9A-Za-z.]{1,40}", re.ASCII).fullmatch


class Fault(ValueError):
    """A defect at an object. `at`, where known, counts from the start of what holds the object."""

    def __init__(self, defect: Defect, path: Path = (), at: int | None = None) -> None:
        super().__init__(defect.value)
        self.defect = defect
        self.path = path
        self.at = at


def malformed(defect: Defect, path: Path, place: int) -> Malformed:
    """`place` counts characters (bytes in BER, where two digits are one) from 0, as told from 1."""
    facts = {"defect": defect.value, "position": str(place + 1)}
    named = ".".join(filter(None, path))
    if _NAME(named):
        facts["object"] = named
    return Malformed(Reason.QR_UNREADABLE, **facts)
