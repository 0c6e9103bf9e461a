"""The face of payment codes: `decode` and `encode` any kind, `svg` draws it, `expired` judges it.

Whatever is wrong with a code is `Malformed` with `qr_unreadable`: the facts are the `defect` in
words, the `object` where it is one's, and the `position`, counted from 1 in characters (in the
bytes of a consumer-presented code).
"""

from typing import TYPE_CHECKING

from qantara.later import Later
from qantara.rails.qr import consumer, emvco, emvco_write, epc, raast
from qantara.rails.qr.defects import Defect, Fault, malformed
from qantara.rails.qr.model import Code, ConsumerCode, Scheme
from qantara.rails.qr.record import from_record, to_record
from qantara.rails.qr.rules import expired
from qantara.rails.qr.tlv import LONGEST, place, seen

if TYPE_CHECKING:
    from qantara.rails.qr import draw
else:
    draw = Later("qantara.rails.qr.draw")

__all__ = ["decode", "encode", "expired", "from_record", "svg", "to_record"]


def decode(text: str) -> Code | ConsumerCode:
    """What a code says, of whatever kind it is."""
    if not text:
        raise malformed(Defect.EMPTY, (), 0)
    if len(text) > LONGEST:
        raise malformed(Defect.TOO_LONG, (), LONGEST)
    try:
        return _read(text)
    except Fault as fault:
        if _is_plain(text):
            raise malformed(fault.defect, fault.path, fault.at or 0) from None
        where = place(text, fault.path, fault.at)
        raise malformed(fault.defect, fault.path, where) from None


def _is_plain(text: str) -> bool:
    """Whether faults in it know their place: lines and bytes, not digits of EMVCo."""
    return text.startswith((epc.HEAD, consumer.HEAD))


def _read(text: str) -> Code | ConsumerCode:
    if text.startswith(epc.HEAD):
        return epc.read(text)
    seen(text)
    if text.startswith(emvco.HEAD):
        return raast.read(text) if raast.is_raast(text) else emvco.read(text)
    if text.startswith(consumer.HEAD):
        return consumer.read(text)
    if text[:2].isascii() and text[:2].isdigit():
        raise Fault(Defect.FIRST_OBJECT, (emvco.HEAD,), 0)
    raise Fault(Defect.UNKNOWN_KIND, ("",), 0)


def encode(code: Code | ConsumerCode) -> str:
    """The code as text, which `decode` then reads as the same."""
    try:
        text = _write(code)
    except Fault as fault:
        raise malformed(fault.defect, fault.path, 0) from None
    read = decode(text)
    if isinstance(read, Code) and isinstance(code, Code) and read.scheme is not code.scheme:
        raise malformed(Defect.SCHEME, (), 0)
    return text


def _write(code: Code | ConsumerCode) -> str:
    if isinstance(code, ConsumerCode):
        return consumer.write(code)
    if code.scheme is Scheme.RAAST:
        return raast.write(code)
    if code.scheme is Scheme.EPC:
        return epc.write(code)
    return emvco_write.write(code)


def svg(code: Code | ConsumerCode) -> str:
    """The picture of a code; what draws it is loaded for the first one."""
    charset = code.charset if isinstance(code, Code) else None
    return draw.svg(encode(code), epc.CHARSETS[charset or "1"])
