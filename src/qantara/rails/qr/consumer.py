"""EMVCo consumer-presented codes: base64 of BER-TLV (EMV QRCPS-CPM v1.1).

| tag | what it says | bytes |
|---|---|---|
| 85 | payload format indicator, CPV01, first | 5 |
| 61 | application template, one or more | |
| 62 | common data template, for all applications | |
| 63, 64 | transparent templates inside 61 and 62: whatever the scheme wants | |
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from qantara.rails.qr import ber
from qantara.rails.qr.defects import Defect, Fault, Path
from qantara.rails.qr.model import Application, ConsumerCode, Element

HEAD = "hQ"
"""How base64 writes tag 85 and the length below 16 that must follow it."""
_INDICATOR, _APPLICATION, _COMMON = "85", "61", "62"
_CPV = b"CPV01"
_TRANSPARENT = {_APPLICATION: "63", _COMMON: "64"}


class _Data(NamedTuple):
    """An object of a template: its attribute, how many bytes it may have, its form as told."""

    attr: str
    least: int
    most: int
    shape: Callable[[str], object] | None = None
    is_text: bool = False


def _shape(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


_PRINTABLE = _shape("[ -~]+")
_DATA = {
    "4F": _Data("adf_name", 5, 16),
    "50": _Data("label", 1, 16, _PRINTABLE, is_text=True),
    "57": _Data("track_2", 1, 19, _shape("[0-9]{1,19}D[0-9]*F?")),
    "5A": _Data("pan", 1, 10, _shape("[0-9]{1,19}F?")),
    "5F20": _Data("cardholder", 2, 26, _PRINTABLE, is_text=True),
    "5F2D": _Data("languages", 2, 8, _shape("(?:[A-Za-z]{2}){1,4}"), is_text=True),
    "5F50": _Data("issuer_url", 1, 255, _PRINTABLE, is_text=True),
    "9F08": _Data("version", 2, 2),
    "9F19": _Data("token_requestor", 6, 6, _shape("[0-9]{11}[0-9F]")),
    "9F24": _Data("account_reference", 29, 29, _shape("[A-Z0-9]{29}"), is_text=True),
    "9F25": _Data("last_digits", 2, 2, _shape("[0-9]{4}")),
}
"""EMV QRCPS-CPM v1.1, tables 4.1 to 4.5."""


def read(text: str) -> ConsumerCode:
    elements = ber.read(_raw(text))
    code = facts(elements)
    return replace(code, kept=elements)


def _raw(text: str) -> bytes:
    """Base64 in the one form it has: padded, without stray bits."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Fault(Defect.BASE64, ("",), 0) from None
    if base64.b64encode(raw).decode() != text:
        raise Fault(Defect.BASE64, ("",), 0)
    return raw


def facts(elements: tuple[Element, ...]) -> ConsumerCode:
    """What the objects say."""
    if not elements or elements[0].tag != _INDICATOR:
        raise Fault(Defect.FIRST_OBJECT, (_INDICATOR,), 0)
    if elements[0].value != _CPV:
        raise Fault(Defect.VERSION, (_INDICATOR,), 0)
    applications, rest = [], []
    common: Application | None = None
    at = len(ber.write(elements[:1]))
    for each in elements[1:]:
        if each.tag == _APPLICATION:
            applications.append(_application(each, at))
        elif each.tag in {_COMMON, _INDICATOR}:
            if each.tag == _INDICATOR or common is not None:
                raise Fault(Defect.DUPLICATE, (each.tag,), at)
            common = _application(each, at)
        else:
            rest.append(each)
        at += len(ber.write([each]))
    if not applications:
        raise Fault(Defect.MISSING, (_APPLICATION,), at)
    return ConsumerCode(tuple(applications), common, tuple(rest))


def _application(template: Element, at: int) -> Application:
    path: Path = (template.tag,)
    told: dict[str, str] = {}
    transparent: tuple[Element, ...] = ()
    rest: list[Element] = []
    seen: set[str] = set()
    for each in template.inside or ():
        if each.tag in seen:
            raise Fault(Defect.DUPLICATE, (*path, each.tag), at)
        seen.add(each.tag)
        known = _DATA.get(each.tag)
        if known is not None:
            told[known.attr] = _told(known, each, (*path, each.tag), at)
        elif each.tag == _TRANSPARENT[template.tag]:
            transparent = each.inside or ()
        else:
            rest.append(each)
    if template.tag == _APPLICATION and "adf_name" not in told:
        raise Fault(Defect.MISSING, (*path, "4F"), at)
    return Application(**told, transparent=transparent, rest=tuple(rest))


def _told(known: _Data, element: Element, path: Path, at: int) -> str:
    """Text as text; anything else in hexadecimal, which shows packed digits as they are."""
    value = element.value
    if len(value) > known.most:
        raise Fault(Defect.FIELD_LONG, path, at)
    text = value.decode("latin-1") if known.is_text else value.hex().upper()
    if len(value) < known.least or not (known.shape is None or known.shape(text)):
        raise Fault(Defect.FIELD_FORMAT, path, at)
    return text


def write(code: ConsumerCode) -> str:
    """A code that did not change since it was read is written as it was."""
    elements = code.kept
    if not elements or facts(elements) != replace(code, kept=()):
        elements = _elements(code)
    return base64.b64encode(ber.write(elements)).decode()


def _elements(code: ConsumerCode) -> tuple[Element, ...]:
    found = [Element(_INDICATOR, _CPV)]
    found += [_template(_APPLICATION, each) for each in code.applications]
    if code.common is not None:
        found.append(_template(_COMMON, code.common))
    return (*found, *code.rest)


def _template(tag: str, application: Application) -> Element:
    inside = []
    for name, known in _DATA.items():
        text = getattr(application, known.attr)
        if text is None:
            continue
        try:
            value = text.encode("latin-1") if known.is_text else bytes.fromhex(text)
        except ValueError:
            raise Fault(Defect.FIELD_FORMAT, (tag, name), 0) from None
        inside.append(Element(name, value))
    if application.transparent:
        inside.append(Element(_TRANSPARENT[tag], inside=application.transparent))
    return Element(tag, inside=(*inside, *application.rest))
