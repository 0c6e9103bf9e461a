"""BER-TLV as EMV uses it: tags of up to three bytes, lengths in their shortest form."""

from collections.abc import Iterable

from qantara.rails.qr.defects import Defect, Fault, Path
from qantara.rails.qr.model import Element

DEEPEST = 4
LONGEST = 512
"""More than fits into a code of 512 characters."""
_CONSTRUCTED, _MORE_TAG, _MORE = 0x20, 0x1F, 0x80
_TAG_LONGEST = 3
_ONE_BYTE, _TWO_BYTES = 0x81, 0x82


def read(raw: bytes, path: Path = (), start: int = 0) -> tuple[Element, ...]:
    """The objects; `start` is where they stand in the whole."""
    if len(path) >= DEEPEST:
        raise Fault(Defect.TOO_DEEP, path, start)
    found = []
    at, end = 0, len(raw)
    while at < end:
        began = at
        tag, at = _tag(raw, at, path, start)
        length, at = _length(raw, at, (*path, tag), start)
        if at + length > end:
            raise Fault(Defect.BEYOND_END, (*path, tag), start + began)
        if not length:
            raise Fault(Defect.VALUE_EMPTY, (*path, tag), start + began)
        value = raw[at : at + length]
        if raw[began] & _CONSTRUCTED:
            found.append(Element(tag, inside=read(value, (*path, tag), start + at)))
        else:
            found.append(Element(tag, value))
        at += length
    return tuple(found)


def _tag(raw: bytes, at: int, path: Path, start: int) -> tuple[str, int]:
    began = at
    many = raw[at] & _MORE_TAG == _MORE_TAG
    at += 1
    while many:
        if at >= len(raw):
            raise Fault(Defect.TRUNCATED, path, start + began)
        many = bool(raw[at] & _MORE)
        at += 1
        if at - began > _TAG_LONGEST:
            raise Fault(Defect.BER_TAG, path, start + began)
    return raw[began:at].hex().upper(), at


def _length(raw: bytes, at: int, path: Path, start: int) -> tuple[int, int]:
    if at >= len(raw):
        raise Fault(Defect.TRUNCATED, path, start + at)
    first = raw[at]
    if first < _MORE:
        return first, at + 1
    size = {_ONE_BYTE: 1, _TWO_BYTES: 2}.get(first)
    if size is None:
        raise Fault(Defect.BER_LENGTH, path, start + at)
    told = raw[at + 1 : at + 1 + size]
    if len(told) < size:
        raise Fault(Defect.TRUNCATED, path, start + at)
    length = int.from_bytes(told)
    if length < (_MORE if size == 1 else 0x100):
        raise Fault(Defect.BER_LENGTH, path, start + at)
    return length, at + 1 + size


def write(elements: Iterable[Element], path: Path = ()) -> bytes:
    """The objects as bytes; only what could be read again."""
    if len(path) >= DEEPEST:
        raise Fault(Defect.TOO_DEEP, path, 0)
    parts = []
    for each in elements:
        try:
            tag = bytes.fromhex(each.tag)
        except ValueError:
            raise Fault(Defect.BER_TAG, path, 0) from None
        value = each.value if each.inside is None else write(each.inside, (*path, each.tag))
        if len(value) > LONGEST:
            raise Fault(Defect.FIELD_LONG, (*path, each.tag), 0)
        parts.append(tag + _size(len(value)) + value)
    return b"".join(parts)


def _size(length: int) -> bytes:
    if length < _MORE:
        return bytes([length])
    wide = length.to_bytes(1 if length <= 0xFF else 2)  # noqa: PLR2004 - what a byte holds
    return bytes([_MORE + len(wide)]) + wide
