"""SEPA credit transfer codes: EPC069-12, lines instead of data objects.

Source: EPC069-12 v2.1, "Quick Response Code: Guidelines to Enable the Data Capture for the
Initiation of a SEPA Credit Transfer". Version 001 asks for the BIC, 002 does not.
"""

import re

from qantara.money import EUR, Money
from qantara.rails.qr.defects import Defect, Fault
from qantara.rails.qr.iban import is_iban, is_reference
from qantara.rails.qr.model import Account, Code, Kind, Labels, Pairs, Scheme
from qantara.rails.qr.tlv import seen

HEAD = "BCD"
LONGEST_BYTES = 331
CHARSETS = {
    "1": "utf-8",
    "2": "iso8859-1",
    "3": "iso8859-2",
    "4": "iso8859-4",
    "5": "iso8859-5",
    "6": "iso8859-7",
    "7": "iso8859-10",
    "8": "iso8859-15",
}
_LINES = (
    *("tag", "version", "charset", "identification", "bic", "name", "iban", "amount"),
    *("purpose", "reference", "text", "note"),
)
_FEWEST = 7
"""Up to the IBAN; empty lines at the end may be left out."""
_LONGEST = {"name": 70, "text": 140, "note": 70}
_BIC = re.compile("[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?").fullmatch
_AMOUNT = re.compile(r"EUR[0-9]{1,9}(?:\.[0-9]{1,2})?").fullmatch
_PURPOSE = re.compile("[A-Z0-9]{1,4}").fullmatch
_FREE_REFERENCE = re.compile("[!-~](?:[ -~]{0,33}[!-~])?").fullmatch
_RF = "RF"
NEWLINES = ("\r\n", "\n")


def read(text: str) -> Code:
    newline = NEWLINES[0] if NEWLINES[0] in text else NEWLINES[1]
    lines = text.split(newline)
    for number, line in enumerate(lines):
        try:
            seen(line)
        except Fault as fault:
            at = _place(lines, number, newline) + (fault.at or 0)
            raise Fault(fault.defect, (_name(number),), at) from None
    if not _FEWEST <= len(lines) <= len(_LINES) + 1 or lines[len(_LINES) :] not in ([], [""]):
        raise Fault(Defect.LINES, ("",), len(text))
    try:
        return _facts(lines, newline)
    except Fault as fault:
        number = _LINES.index(fault.path[0])
        raise Fault(fault.defect, fault.path, _place(lines, number, newline)) from None


def _name(number: int) -> str:
    return _LINES[number] if number < len(_LINES) else ""


def _place(lines: list[str], number: int, newline: str) -> int:
    return sum(len(line) + len(newline) for line in lines[:number])


def _facts(lines: list[str], newline: str) -> Code:
    said = dict.fromkeys(_LINES, "") | dict(zip(_LINES, lines, strict=False))
    _head(said, newline.join(lines))
    for name, longest in _LONGEST.items():
        if len(said[name]) > longest:
            raise Fault(Defect.FIELD_LONG, (name,))
    if not said["name"]:
        raise Fault(Defect.MISSING, ("name",))
    if not is_iban(said["iban"]):
        raise Fault(Defect.IBAN, ("iban",))
    if said["purpose"] and not _PURPOSE(said["purpose"]):
        raise Fault(Defect.PURPOSE, ("purpose",))
    _reference(said["reference"], said["text"])
    purpose, reference, text, note = (line or None for line in _ends(said))
    labels = Labels(purpose=purpose, reference=reference, text=text, note=note)
    return Code(
        scheme=Scheme.EPC,
        accounts=(
            Account(Scheme.EPC, kind=Kind.IBAN, value=said["iban"], acquirer=said["bic"] or None),
        ),
        name=said["name"],
        country=said["iban"][:2],
        currency=EUR.code,
        amount=_amount(said["amount"]),
        labels=labels if any(_ends(said)) else None,
        version=said["version"],
        charset=said["charset"],
        kept=(("newline", newline), ("lines", newline.join(lines))),
    )


def _ends(said: dict[str, str]) -> list[str]:
    return [said[name] for name in _LINES[-4:]]


def _head(said: dict[str, str], text: str) -> None:
    """The first five lines, and that the whole fits its bytes."""
    if said["tag"] != HEAD or said["identification"] != "SCT":
        raise Fault(Defect.LINES, ("tag" if said["tag"] != HEAD else "identification",))
    if said["version"] not in {"001", "002"}:
        raise Fault(Defect.VERSION, ("version",))
    codec = CHARSETS.get(said["charset"])
    if codec is None:
        raise Fault(Defect.CHARSET, ("charset",))
    try:
        raw = text.encode(codec)
    except UnicodeEncodeError:
        raise Fault(Defect.CHARSET, ("charset",)) from None
    if len(raw) > LONGEST_BYTES:
        raise Fault(Defect.BYTES_LONG, ("tag",))
    if said["version"] == "001" and not said["bic"]:
        raise Fault(Defect.MISSING, ("bic",))
    if said["bic"] and not _BIC(said["bic"]):
        raise Fault(Defect.BIC, ("bic",))


def _reference(reference: str, text: str) -> None:
    if not reference:
        return
    if text:
        raise Fault(Defect.BOTH_REFERENCES, ("text",))
    good = is_reference(reference) if reference[:2] == _RF else _FREE_REFERENCE(reference)
    if not good:
        raise Fault(Defect.REFERENCE, ("reference",))


def _amount(text: str) -> Money | None:
    """EUR0.01 to EUR999999999.99, or an empty line."""
    if not text:
        return None
    if not _AMOUNT(text):
        long = re.fullmatch(r"EUR[0-9]{10,}(?:\.[0-9]*)?", text)
        raise Fault(Defect.AMOUNT_LARGE if long else Defect.AMOUNT, ("amount",))
    whole, _, cents = text[3:].partition(".")
    minor = int(whole + cents.ljust(EUR.scale, "0"))
    if not minor:
        raise Fault(Defect.AMOUNT_ZERO, ("amount",))
    return Money(minor, EUR)


def write(code: Code) -> str:
    after = _lines(code)
    kept = dict(code.kept)
    newline = kept.get("newline", "\n")
    if newline not in NEWLINES:
        raise Fault(Defect.LINES, ("tag",), 0)
    if "lines" not in kept:
        return newline.join(after).rstrip("\n")
    old = kept["lines"].split(newline)
    before = _lines(_facts(old, newline))
    ends = max([len(old), *(n + 1 for n, line in enumerate(after) if line != before[n])])
    old += [""] * (ends - len(old))
    return newline.join(
        line if n >= len(after) or before[n] == after[n] else after[n] for n, line in enumerate(old)
    )


def _lines(code: Code) -> list[str]:
    payee = code.payee
    if payee is None or payee.kind is not Kind.IBAN or len(code.accounts) != 1:
        raise Fault(Defect.NO_ACCOUNT, ("iban",), 0)
    labels = code.labels or Labels()
    amount = code.amount
    if amount is not None and amount.asset != EUR:
        raise Fault(Defect.CURRENCY_FOREIGN, ("amount",), 0)
    if code.city or code.category or code.tip or code.language or code.rest or code.expires_at:
        raise Fault(Defect.FIELD_FORMAT, ("",), 0)
    said: Pairs = (
        ("tag", HEAD),
        ("version", code.version if code.version in {"001", "002"} else "002"),
        ("charset", code.charset or "1"),
        ("identification", "SCT"),
        ("bic", payee.acquirer or ""),
        ("name", code.name or ""),
        ("iban", payee.value or ""),
        ("amount", "" if amount is None else f"EUR{amount}"),
        ("purpose", labels.purpose or ""),
        ("reference", labels.reference or ""),
        ("text", labels.text or ""),
        ("note", labels.note or ""),
    )
    return [line for _, line in said]
