"""Data objects of EMVCo merchant-presented codes: two digits, two digits of length, the value.

Lengths count characters; the checksum runs over the UTF-8 bytes of everything before its value
(EMV QRCPS-MPM v1.1, sections 3 and 4.7.3): CRC-16 with polynomial 1021 and FFFF to begin with,
which is exactly what `binascii.crc_hqx` computes.
"""

import unicodedata
from binascii import crc_hqx
from collections.abc import Iterable

from qantara.rails.qr.defects import Defect, Fault, Path
from qantara.rails.qr.model import Pairs

LONGEST = 512
"""Characters of a whole code, EMV QRCPS-MPM v1.1 section 4.1."""
LONGEST_VALUE = 99
_HEAD = 4
_IDS = {f"{number:02}": number for number in range(100)}
_HEADS = {
    f"{name}{length:02}": (name, length) for name in _IDS for length in range(1, LONGEST_VALUE + 1)
}
"""Every head an object can have: one look instead of three for each object of every code."""
_CRC_START = 0xFFFF
_JOINERS = "\u200c\u200d"
"""Without width, and part of how Urdu is written."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSEEN = frozenset({"Cf", "Cn", "Co"})


def crc(text: str) -> str:
    """The checksum of everything up to and with the id and length of the checksum itself."""
    return f"{crc_hqx(text.encode(), _CRC_START):04X}"


def split(text: str, path: Path = ()) -> dict[str, str]:
    """The objects by id, in their order; each may stand there once."""
    found: dict[str, str] = {}
    at, end = 0, len(text)
    heads = _HEADS
    while at < end:
        start = at + _HEAD
        head = heads.get(text[at:start])
        if head is None:
            raise _broken(text, at, path)
        name, length = head
        if name in found:
            raise Fault(Defect.DUPLICATE, (*path, name), at)
        at, began = start + length, at
        if at > end:
            raise _broken(text, began, path)
        found[name] = text[start:at]
    return found


def _broken(text: str, at: int, path: Path) -> Fault:
    """Why no object can be read at this place."""
    name, length = text[at : at + 2], text[at + 2 : at + _HEAD]
    inside = (*path, name if name in _IDS else "")
    if len(text) - at < _HEAD:
        defect = Defect.TRUNCATED if name in _IDS or len(name) < len("00") else Defect.ID_FORMAT
    elif name not in _IDS:
        defect = Defect.ID_FORMAT
    elif length not in _IDS:
        defect = Defect.LENGTH_FORMAT
    else:
        defect = Defect.BEYOND_END if _IDS[length] else Defect.VALUE_EMPTY
    return Fault(defect, inside, at)


def join(objects: Iterable[tuple[str, str]], path: Path = ()) -> str:
    """Objects as text; a value that has no length or too much of it is a fault."""
    parts = []
    for name, value in objects:
        length = len(value)
        if length > LONGEST_VALUE:
            raise Fault(Defect.FIELD_LONG, (*path, name), 0)
        if not length:
            raise Fault(Defect.VALUE_EMPTY, (*path, name), 0)
        parts.append(f"{name}{length:02}{value}")
    return "".join(parts)


def place(text: str, path: Path, within: int | None) -> int:
    """Where in the text the object of a path begins; as far as the path leads."""
    start, end = 0, len(text)
    for name in path if within is None else path[:-1]:
        at = start
        while at + _HEAD <= end and text[at : at + 2] != name:
            at += _HEAD + _IDS.get(text[at + 2 : at + _HEAD], LONGEST)
        if at + _HEAD > end:
            return start
        if within is None and name is path[-1]:
            return at
        start, end = at + _HEAD, min(end, at + _HEAD + _IDS.get(text[at + 2 : at + _HEAD], 0))
    return start + (within or 0)


def seen(text: str) -> None:
    """Every character can be seen for what it is, or a fault: no control, no change of the
    direction of writing, nothing without width but the joiners of Urdu.
    """
    if text.isprintable():
        return
    for at, character in enumerate(text):
        if character.isprintable() or character in _JOINERS:
            continue
        if character in _BIDI:
            raise Fault(Defect.BIDI, ("",), at)
        unseen = unicodedata.category(character) in _UNSEEN
        raise Fault(Defect.INVISIBLE if unseen else Defect.CONTROL, ("",), at)


def merged(kept: Pairs, before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    """What was read, with what has changed since: objects whose canonical form did not change
    stay as they were, to the character; new ones go where their id belongs.
    """
    found: list[tuple[str, str]] = []
    for name, value in kept:
        if before.get(name) == after.get(name):
            found.append((name, value))
        elif name in after:
            found.append((name, after[name]))
    here = {name for name, _ in found}
    for name, value in after.items():
        if name not in here:
            places = [at for at, (other, _) in enumerate(found) if other > name]
            found.insert(places[0] if places else len(found), (name, value))
    return found
