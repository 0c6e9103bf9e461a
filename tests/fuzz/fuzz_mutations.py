"""Mutations that keep the structure of what they change, so that readers are met in their depths
and not only at the door. Everything follows from the dice that are handed in.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import msgspec
from lxml import etree

from qantara.rails.qr.tlv import crc

Mutate = Callable[[Random, bytes], bytes]

WORDS = (
    *("", " ", "0", "-0.00", "0.00", "-1.00", "1e3", "+5.00", "500", "500.001", "NaN", "Infinity"),
    *("9" * 18, "9" * 31, "9" * 400, "1E+999999", "1." + "0" * 40, "٥٠٠.٠٠", "١", "0x10", "1_0"),
    *("MYR", "ZZZ", "JPY", "XTS", "myr", "NORM", "HIGH", "ACCC", "RJCT", "PDNG", "NARR", "AC04"),
    *("2026-02-30", "0000-01-01", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00+14:00"),
    *("2026-03-02T08:00:00", "2026-03-02T25:00:00Z", "24:00:00", "2026-03-02+99:99", "-2026-01-01"),
    *("WAUEMYK0", "RAVIPKK0001", "waue", "PK36SCBL0000001123456702", "GB82WEST12345698765432"),
    *("+923001234567", "+", "/", "//", "/REC/x", "/QUOT/", "a" * 36, "a" * 141, "a" * 5000),
    *("true", "false", "1", "null", "%00", "\x7f", "\u200b", "\u202e", "ﷺ", "ß", "İ", "\U0001f54c"),
    *("3fa85f64-5717-4562-b3fc-2c963f66afa6", "3FA85F64-5717-4562-B3FC-2C963F66AFA6"),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**40, 0.1, -0.0, 1e308),
    *([], {}, [[]], [None], {"": None}, "\0", "\ud800", "a\udfffb", "\x85", "\r\n"),
)
_FEW = 4
_LONGEST = 64 * 1024


def any_bytes(dice: Random, raw: bytes) -> bytes:
    """Bytes changed without a look at what they mean."""
    made = bytearray(raw or b"\0")
    for _ in range(dice.randint(1, _FEW)):
        at = dice.randrange(len(made) + 1)
        upto = min(len(made), at + dice.choice((1, 1, 2, 8, 64)))
        match dice.randrange(4):
            case 0:
                made[at:upto] = dice.randbytes(upto - at)
            case 1:
                del made[at:upto]
            case 2:
                made[at:at] = made[at:upto] * dice.randint(1, 3)
            case _:
                made[at:at] = dice.choice(WORDS).encode()
    return bytes(made[:_LONGEST])


def xml(dice: Random, raw: bytes) -> bytes:
    """One to four changes in the tree of a message; bytes that are no XML are changed as such."""
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return any_bytes(dice, raw)
    for _ in range(dice.randint(1, _FEW)):
        _change_element(dice, root)
    made = etree.tostring(root)
    return made[:_LONGEST] if dice.random() < 0.95 else any_bytes(dice, made)


def _change_element(dice: Random, root: etree._Element) -> None:
    found = [each for each in root.iter() if isinstance(each.tag, str)]
    one, other = dice.choice(found), dice.choice(found)
    parent, copied = one.getparent(), deepcopy(other)
    match dice.randrange(9):
        case 0 if parent is not None:
            parent.remove(one)
        case 1 if parent is not None:
            parent.insert(dice.randrange(len(parent) + 1), deepcopy(one))
        case 2 if parent is not None:
            parent.replace(one, copied)
        case 3:
            one.append(copied)
        case 4:
            space = one.tag.rpartition("}")[0]
            one.tag = (space + "}" if space else "") + other.tag.rpartition("}")[2]
        case 5 if one.attrib:
            one.set(dice.choice(one.keys()), dice.choice(WORDS))
        case 6:
            one.set(dice.choice(("Ccy", "a", "Id")), dice.choice(WORDS))
        case 7:
            one.tail = dice.choice(WORDS)
        case _:
            leaves = [each for each in found if not len(each)]
            dice.choice(leaves or found).text = _text_like(dice, other.text or "")


def _text_like(dice: Random, text: str) -> str:
    if dice.random() < 0.5 or not text:
        return dice.choice(WORDS)
    at = dice.randrange(len(text))
    return text[:at] + dice.choice(WORDS)[:8] + text[at + 1 :]


def tree(dice: Random, value: Any) -> Any:
    """A JSON-like value with one of its parts changed."""
    places = list(_places(value))
    if not places or dice.random() < 0.05:
        return _other(dice, value)
    holder, key = dice.choice(places)
    match dice.randrange(5):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice((*WORDS, "\ud800"))] = holder[key]
        case 2 if isinstance(holder, list):
            holder.insert(key, holder[key])
        case 3:
            other, place = dice.choice(places)
            holder[key] = _copied(other[place])
        case _:
            holder[key] = _other(dice, holder[key])
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, dict | list):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        yield from _places(value[key])


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value)) if isinstance(value, dict | list) else value


def _other(dice: Random, value: Any) -> Any:
    if isinstance(value, str) and value and dice.random() < 0.4:
        at = dice.randrange(len(value))
        return value[:at] + str(dice.choice((*WORDS, *ODD))) + value[at + 1 :]
    return _copied(dice.choice((*WORDS, *ODD)))


def json_text(dice: Random, raw: bytes) -> bytes:
    """A JSON text with one to four parts changed, rarely one nested without end."""
    if dice.random() < 0.01:
        return dice.choice((b"[", b'{"a":')) * dice.choice((100, 3_000, 20_000))
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return any_bytes(dice, raw)
    for _ in range(dice.randint(1, _FEW)):
        value = tree(dice, value)
    made = json.dumps(value).encode()
    return made[:_LONGEST] if dice.random() < 0.9 else any_bytes(dice, made)


def packed(dice: Random, raw: bytes) -> bytes:
    """The same for MessagePack."""
    try:
        value = msgspec.msgpack.decode(raw)
        for _ in range(dice.randint(1, _FEW)):
            value = tree(dice, value)
        made = msgspec.msgpack.encode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError):
        return any_bytes(dice, raw)
    return made[:_LONGEST] if dice.random() < 0.8 else any_bytes(dice, made)


def lines(dice: Random, raw: bytes) -> bytes:
    """A text of `key = value` lines: lines lost, doubled, moved, and values changed."""
    found = raw.decode(errors="replace").splitlines() or [""]
    for _ in range(dice.randint(1, _FEW)):
        at, other = dice.randrange(len(found)), dice.randrange(len(found))
        key, equals, _ = found[at].partition("=")
        match dice.randrange(6):
            case 0 if len(found) > 1:
                del found[at]
            case 1:
                found.insert(other, found[at])
            case 2 if equals:
                odd = ("0", "-1", "1.5", "[]", "{}", "true", "1979-05-27", "inf", "[1]", '[""]')
                found[at] = f"{key}= {dice.choice(odd)}"
            case 3 if equals:
                found[at] = f"{key}= {json.dumps(dice.choice(WORDS))}"
            case 4 if equals:
                found[at] = f"{key}={found[other].partition('=')[2]}"
            case _:
                found[at] = any_bytes(dice, found[at].encode()).decode(errors="replace")
    return "\n".join(found).encode()[:_LONGEST]


def code(dice: Random, raw: bytes) -> bytes:
    """A payment code, now and then with a checksum that agrees again, or its record."""
    if raw.startswith(b"{"):
        return json_text(dice, raw)
    text = any_bytes(dice, raw).decode(errors="replace")
    for head in ("6304", "1004"):
        body, found, _ = text.rpartition(head)
        if found and dice.random() < RESEALED:
            return (body + head + crc(body + head)).encode()
    return text.encode()


RESEALED = 0.7
