"""A code as a picture: SVG, drawn on the server.

Error correction M, which is what EPC069-12 prescribes and a screen or a printed sheet needs. The
picture has no script, no style and no reference to anything outside it.
"""

import segno

from qantara.rails.qr.defects import Defect, malformed

BORDER = 4
"""Modules of quiet zone, ISO/IEC 18004."""


def svg(text: str, *, encoding: str = "utf-8", module: int = 4) -> str:
    """The picture; `module` is the size of a module in pixels, the whole scales with its box."""
    if not text:
        raise malformed(Defect.EMPTY, (), 0)
    try:
        drawn = segno.make_qr(
            text, error="m", boost_error=False, encoding=_encoding(encoding, text)
        )
    except (segno.DataOverflowError, UnicodeEncodeError):
        raise malformed(Defect.TOO_LONG, (), 0) from None
    return drawn.svg_inline(scale=module, border=BORDER, xmldecl=False, omitsize=False)


def _encoding(encoding: str, text: str) -> str | None:
    """None where every character is ASCII: the densest mode is chosen then."""
    return None if text.isascii() else encoding
