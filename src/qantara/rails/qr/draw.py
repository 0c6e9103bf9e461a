"""A code as a picture: SVG, drawn on the server.

Error correction M, which is what EPC069-12 prescribes and a screen or a printed sheet needs. The
picture has no script, no style and no reference to anything outside it.
"""

from io import BytesIO

import segno

from qantara.rails.qr.defects import Defect, malformed

BORDER = 4
"""Modules of quiet zone, ISO/IEC 18004."""


def svg(text: str, encoding: str) -> str:
    """The picture, which takes the size of its box; letters beyond ASCII in the encoding."""
    letters = None if text.isascii() else encoding
    try:
        drawn = segno.make_qr(text, error="m", boost_error=False, encoding=letters)
    except (segno.DataOverflowError, UnicodeEncodeError):
        raise malformed(Defect.TOO_LONG, (), 0) from None
    picture = BytesIO()
    drawn.save(picture, kind="svg", border=BORDER, xmldecl=False, omitsize=True, light="#fff")
    return picture.getvalue().decode().strip()
