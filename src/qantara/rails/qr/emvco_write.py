"""EMVCo merchant-presented codes, written. What has not changed since it was read stays."""

from collections.abc import Iterable

from qantara.money import Money
from qantara.rails.qr import accounts, emvco, values
from qantara.rails.qr.currencies import NUMBERS
from qantara.rails.qr.defects import Defect, Fault
from qantara.rails.qr.model import Code, Labels, Language, Scheme, Tip, TipKind
from qantara.rails.qr.tlv import crc, join, merged, seen, split

_INITIATION = {made: said for said, made in emvco.INITIATION.items()}
_TIPS = {TipKind.ASKED: "01", TipKind.FIXED: "02", TipKind.PERCENT: "03"}
_NO_CATEGORY = "0000"


def write(code: Code) -> str:
    found: Iterable[tuple[str, str]] = code.kept
    read = emvco.facts(dict(code.kept), keep=True) if code.kept else None
    if read != code:
        after = objects(code)
        found = merged(code.kept, objects(read) if read else {}, after)
    text = join(found) + emvco.CRC_HEAD
    seen(text)
    return text + crc(text)


def objects(code: Code) -> dict[str, str]:
    """The objects of the root without the checksum, in the order of their ids."""
    found = {"00": code.version}
    if code.dynamic is not None:
        found["01"] = _INITIATION[code.dynamic]
    for account in code.accounts:
        name = accounts.template(account)
        if name in found:
            raise Fault(Defect.DUPLICATE, (name,), 0)
        found[name] = accounts.write(account, code.expires_at)
    if code.currency is not None:
        if code.currency not in NUMBERS:
            raise Fault(Defect.CURRENCY_UNKNOWN, ("53",), 0)
        found["53"] = NUMBERS[code.currency]
    said = (
        ("52", code.category),
        ("54", _amount(code.amount, code.currency, "54")),
        ("58", code.country),
        ("59", code.name),
        ("60", code.city),
        ("61", code.postcode),
        ("62", _labels(code.labels) if code.labels else None),
        ("64", _language(code.language) if code.language else None),
    )
    found |= {name: value for name, value in said if value is not None}
    if code.tip is not None:
        found |= _tip(code.tip, code.currency)
    found |= dict(code.rest)
    if code.scheme is Scheme.KHQR and code.expires_at is not None:
        found[emvco.KHQR_TIMES] = _khqr_times(code, found.get(emvco.KHQR_TIMES, ""))
    return dict(sorted(found.items()))


def _amount(amount: Money | None, currency: str | None, name: str) -> str | None:
    if amount is None:
        return None
    if amount.asset.code != currency:
        raise Fault(Defect.CURRENCY_FOREIGN, (name,), 0)
    return str(amount)


def _tip(tip: Tip, currency: str | None) -> dict[str, str]:
    found = {"55": _TIPS[tip.kind]}
    fixed = _amount(tip.fixed, currency, "56")
    if fixed is not None:
        found["56"] = fixed
    if tip.percent is not None:
        found["57"] = str(tip.percent)
    return found


def _labels(labels: Labels) -> str:
    found = dict(labels.rest)
    for name, (attr, _, _) in emvco.LABELS.items():
        value = getattr(labels, attr)
        if value is not None:
            found[name] = value
    if labels.text is not None or labels.note is not None:
        raise Fault(Defect.FIELD_FORMAT, ("62",), 0)
    return join(sorted(found.items()), ("62",))


def _language(language: Language) -> str:
    found = {"00": language.language, "01": language.name}
    if language.city is not None:
        found["02"] = language.city
    return join([*found.items(), *language.rest], ("64",))


def _khqr_times(code: Code, text: str) -> str:
    found = split(text)
    if code.expires_at is not None:
        found[emvco.KHQR_EXPIRY] = values.khqr_text(code.expires_at)
    return join(sorted(found.items()), (emvco.KHQR_TIMES,))
