"""Pure rules of parties: what a number must look like, and what of a name may be shown.

Every reader returns the normal form and raises `Malformed` with the field's own reason. The
value is never repeated in the error: identity numbers do not belong in logs.
"""

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace
from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import lei as stdnum_lei
from stdnum.exceptions import ValidationError
from stdnum.fr import siren as stdnum_siren
from stdnum.my import nric as stdnum_nric

from qantara.errors import Conflict, Malformed, Reason, Refused
from qantara.later import Later
from qantara.parties.model import (
    TRANSITIONS,
    Account,
    AccountEvent,
    AccountState,
    AliasType,
    Customer,
    CustomerKind,
    Identity,
    IdentityType,
    Institution,
)

if TYPE_CHECKING:
    import phonenumbers
else:
    phonenumbers = Later("phonenumbers")

IBAN_COUNTRIES = frozenset({"PK", "FR"})
AGE_IMPOSSIBLE_YEARS = 120
_ACCOUNT_DIGITS = re.compile(r"[0-9]{10,17}", re.ASCII)
_CNIC = re.compile(r"[1-8][0-9]{12}", re.ASCII)
_PASSPORT = re.compile(r"[A-Z]{2}[A-Z0-9]{6,12}", re.ASCII)
_REGISTRATION = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
_FICTION = re.compile(r"\+3363998[0-9]{4}", re.ASCII)
"""Mobile numbers that the French numbering plan keeps for film and fiction: nobody has one, no
directory calls it valid, and people who are invented must have some number.
"""
_NAME_LONGEST = 140
_RAILS = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
# Letters that Unicode does not take apart, and the marks a keyboard makes of plain ones.
_SINGLE = str.maketrans("øØđĐðÐłŁı‘’ʼ–—‐", "oOdDdDlLi'''---")
_JOINED = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH"}
_LATIN = _SINGLE | str.maketrans(_JOINED)


def iban(text: str, country: str) -> str:
    """A valid IBAN of the country, compact; the French one with its RIB key checked, too."""
    try:
        number = IBAN(text, validate_bban=True)
    except SchwiftyException:
        raise Malformed(Reason.IBAN_INVALID, param="number") from None
    if number.country_code != country:
        raise Malformed(Reason.IBAN_INVALID, param="number", country=country)
    return str(number.compact)


def make_iban(country: str, bank: str, account: str, branch: str = "") -> str:
    """The IBAN of an account, check digits (and for FR the RIB key) computed."""
    try:
        made = IBAN.generate(country, bank_code=bank, branch_code=branch, account_code=account)
    except SchwiftyException:
        raise Malformed(Reason.IBAN_INVALID, param="number", country=country) from None
    return str(made.compact)


def account_number(text: str, country: str) -> str:
    """The number the outside addresses: an IBAN in PK and FR, 10 to 17 digits in MY."""
    if country in IBAN_COUNTRIES:
        return iban(text, country)
    digits = _compact(text)
    if country != "MY" or not _ACCOUNT_DIGITS.fullmatch(digits):
        raise Malformed(Reason.ACCOUNT_NUMBER_INVALID, param="number", country=country)
    return digits


def bic(text: str, country: str) -> str:
    """A BIC (8 or 11 characters) of the country; not looked up in any register."""
    try:
        code = BIC(text)
    except SchwiftyException:
        raise Malformed(Reason.BIC_INVALID, param="bic") from None
    if code.country_code != country:
        raise Malformed(Reason.BIC_INVALID, param="bic", country=country)
    return str(code.compact)


def lei(text: str) -> str:
    try:
        return str(stdnum_lei.validate(text))
    except ValidationError:
        raise Malformed(Reason.LEI_INVALID, param="lei") from None


def phone(text: str, country: str | None) -> str:
    """A mobile number of the country as E.164; without a country only the `+` form is read."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise Malformed(Reason.PHONE_INVALID, param="phone") from None
    region = phonenumbers.region_code_for_number(number)
    told = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    kind, kinds = phonenumbers.number_type(number), phonenumbers.PhoneNumberType
    mobile = kind in {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE}
    valid = mobile and phonenumbers.is_valid_number(number)
    if not (valid or _FICTION.fullmatch(told)) or country not in {None, region}:
        raise Malformed(Reason.PHONE_INVALID, param="phone")
    return told


def email(text: str) -> str:
    """Trimmed, in lower case; that it exists is shown only by a message to it."""
    plain = text.strip().lower()
    if not _EMAIL.fullmatch(plain):
        raise Malformed(Reason.FIELD_INVALID, param="email")
    return plain


def nric_birth_date(number: str, on: date, declared: date | None = None) -> date | None:
    """The birth date in a MyKad number, as far as it can be known on a day.

    The number holds two digits of the year, so a date from a document decides. Without one,
    a century is inferred only when the other is impossible (not yet come, or an age of
    120 and more); where both are possible the answer is None. An age limit for
    minors must rest on a document, not on this inference.
    """
    digits = _compact(number)
    possible = [
        born
        for century in (1900, 2000)
        if (born := _date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6])))
        and born <= on < _years_after(born, AGE_IMPOSSIBLE_YEARS)
    ]
    if declared is not None:
        return declared if declared in possible else None
    return possible[0] if len(possible) == 1 else None


def nric(text: str) -> str:
    """A MyKad number of 12 digits with a date and a place that exist."""
    digits = _compact(text)
    try:
        stdnum_nric.validate(digits)
    except ValidationError:
        raise Malformed(Reason.IDENTITY_INVALID, param="identity") from None
    return digits


def cnic(text: str) -> str:
    """A Pakistani CNIC of 13 digits, written 5-7-1.

    The first digit is the province, 1 to 7, or 8 for Azad Jammu and Kashmir; the last is odd
    for men and even, 0 included, for women. python-stdnum refuses both the 8 and the 0, so
    it is not asked. There is no check digit.
    """
    digits = _compact(text)
    if not _CNIC.fullmatch(digits):
        raise Malformed(Reason.IDENTITY_INVALID, param="identity")
    return digits


def identity(given: Identity, on: date, born_on: date | None) -> Identity:
    """The identity document in normal form, checked as far as its kind allows; a MyKad number
    must agree with the birth date.
    """
    match given.type:
        case IdentityType.NRIC:
            value = nric(given.value)
            if born_on is not None and nric_birth_date(value, on, born_on) is None:
                raise Malformed(Reason.IDENTITY_INVALID, param="identity")
        case IdentityType.CNIC:
            value = cnic(given.value)
        case IdentityType.LEI:
            value = lei(given.value)
        case IdentityType.SIREN:
            value = _siren(given.value)
        case IdentityType.PASSPORT:
            value = _shaped(given.value, _PASSPORT)
        case IdentityType.REGISTRATION:
            value = _shaped(given.value, _REGISTRATION)
    return Identity(given.type, value)


_OF_A_PERSON = frozenset({IdentityType.NRIC, IdentityType.CNIC, IdentityType.PASSPORT})


def customer(given: Customer, on: date) -> Customer:
    """A customer in normal form; `Malformed` names the field that is wrong."""
    person = given.kind is CustomerKind.PERSON
    for field, text in (
        ("legal_name", given.legal_name),
        ("display_name", given.display_name),
        ("street", given.address.street),
        ("town", given.address.town),
    ):
        _text(field, text)
    if person and (given.born_on is None or given.born_on > on):
        raise Malformed(Reason.FIELD_INVALID, param="born_on")
    if not person and given.born_on is not None:
        raise Malformed(Reason.FIELD_INVALID, param="born_on")
    known = given.identity
    if known is not None and (known.type in _OF_A_PERSON) is not person:
        raise Malformed(Reason.IDENTITY_INVALID, param="identity")
    street, town = given.address.street, given.address.town
    return replace(
        given,
        address=replace(
            given.address,
            rails_street=_rails("rails_street", given.address.rails_street, street),
            rails_town=_rails("rails_town", given.address.rails_town, town),
        ),
        rails_name=_rails("rails_name", given.rails_name, given.legal_name),
        identity=None if known is None else identity(known, on, given.born_on),
        phone=None if given.phone is None else phone(given.phone, given.country),
        email=None if given.email is None else email(given.email),
    )


def latin(text: str) -> str | None:
    """A text in the letters that every rail takes, or None where it has others.

    Accents and other marks fall away (é, ç, ž), joined letters come apart (œ, ß), spaces become
    single ones; nothing is guessed of a letter that is not Latin.
    """
    apart = unicodedata.normalize("NFKD", text.translate(_LATIN))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    joined = " ".join(plain.split())
    return joined if _RAILS.fullmatch(joined) else None


def _rails(field: str, given: str, text: str) -> str:
    """What the rails carry: the form that was given, else one made by `latin`; required where
    the text is in another script.
    """
    if given:
        if not _RAILS.fullmatch(given) or len(given) > _NAME_LONGEST:
            raise Malformed(Reason.FIELD_INVALID, param=field)
        return given
    made = latin(text)
    if made is None:
        raise Malformed(Reason.FIELD_MISSING, param=field)
    if len(made) > _NAME_LONGEST:
        raise Malformed(Reason.FIELD_INVALID, param=field)
    return made


def institution(given: Institution) -> Institution:
    _text("name", given.name)
    return replace(
        given,
        bic=bic(given.bic, given.country),
        lei=None if given.lei is None else lei(given.lei),
    )


def account(given: Account) -> Account:
    _text("ledger_code", given.ledger_code)
    return replace(given, number=account_number(given.number, given.country))


def ledger_code(account_id: str) -> str:
    """The code of a customer's account in the book."""
    return f"customer/{account_id}"


def alias_value(type_: AliasType, text: str, country: str | None) -> str:
    """The one spelling under which an alias is claimed and found."""
    match type_:
        case AliasType.MBNO:
            return phone(text, country)
        case AliasType.EMAL:
            return email(text)
        case AliasType.CCPT:
            return _shaped(text, _PASSPORT)
        case AliasType.NIDN:
            return _national_id(text, country)


def _national_id(text: str, country: str | None) -> str:
    """A NRIC has 12 digits and a CNIC 13, so the number itself tells which it is."""
    digits = _compact(text)
    if len(digits) == len("YYMMDDPBNNNG") and country in {None, "MY"}:
        return nric(digits)
    if country in {None, "PK"}:
        return cnic(digits)
    raise Malformed(Reason.IDENTITY_INVALID, param="identity")


def advance(given: Account, event: AccountEvent) -> AccountState | Conflict:
    after = TRANSITIONS.get((given.state, event))
    if after is None:
        return Conflict(Reason.STATE_CONFLICT, id=given.id, state=given.state.value)
    return after


def may_claim(given: Account) -> Refused | None:
    """Only an open account can be found by an alias."""
    if given.state is AccountState.OPEN:
        return None
    return Refused(Reason.ACCOUNT_CLOSED, rule="alias.open_account", facts={"account": given.id})


def mask(name: str) -> str:
    """What a stranger is shown of a person's name, so that only who knows it recognises it.

    The first word stays, of each later word only the first letter: `Aisha Binti Khan` is
    `AISHA B**** K***`. A name of one word keeps its first half (`SUK****`). Letters are
    counted as a reader counts them: a combining mark is not a letter of its own.
    """
    words = [_letters(word) for word in name.upper().split()]
    if not words:
        return ""
    kept = [len(words[0]) if len(words) > 1 else len(words[0]) // 2, *[1] * (len(words) - 1)]
    return " ".join(
        "".join(letters[:keep]) + "*" * (len(letters) - keep)
        for letters, keep in zip(words, kept, strict=True)
    )


def shown_name(given: Customer) -> str:
    """A company's name is public and shown whole, a person's is masked; in Latin letters, as
    strangers are told it by the rails.
    """
    name = latin(given.display_name) or given.rails_name
    return mask(name) if given.kind is CustomerKind.PERSON else name.upper()


def _letters(word: str) -> list[str]:
    letters: list[str] = []
    for character in word:
        if letters and unicodedata.combining(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def _siren(text: str) -> str:
    try:
        return str(stdnum_siren.validate(text))
    except ValidationError:
        raise Malformed(Reason.IDENTITY_INVALID, param="identity") from None


def _shaped(text: str, shape: re.Pattern[str]) -> str:
    plain = _compact(text).upper()
    if not shape.fullmatch(plain):
        raise Malformed(Reason.IDENTITY_INVALID, param="identity")
    return plain


def _compact(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _text(field: str, text: str) -> None:
    if not text.strip():
        raise Malformed(Reason.FIELD_MISSING, param=field)
    if len(text) > _NAME_LONGEST or not text.isprintable():
        raise Malformed(Reason.FIELD_INVALID, param=field)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March where there is none."""
    return _date(day.year + years, day.month, day.day) or date(day.year + years, 3, 1)
