"""A picture as codes: what a camera or a file shows.

Pictures come from strangers: only three kinds are opened, none larger than a phone's, and the
size is looked at before a pixel is unpacked.
"""

from io import BytesIO

import zxingcpp
from PIL import Image, UnidentifiedImageError

from qantara.errors import Malformed, Reason

KINDS = ("JPEG", "PNG", "WEBP")
LARGEST_BYTES = 8 * 1024 * 1024
LARGEST_PIXELS = 50_000_000
_BROKEN = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    OSError,
    ValueError,
    SyntaxError,
)
_READ_AT = 2_000
"""Pixels of the longer side at which a code is looked for: more only takes longer."""


def texts(raw: bytes) -> list[str]:
    """The texts of the QR codes in a picture; `Malformed` where it is none, or shows no code."""
    try:
        with Image.open(BytesIO(raw), formats=KINDS) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                raise _unreadable(f"{picture.width} x {picture.height}")
            picture.draft("L", (_READ_AT, _READ_AT))
            grey = picture.convert("L")
    except _BROKEN as error:
        raise _unreadable(", ".join(KINDS)) from error
    grey.thumbnail((_READ_AT, _READ_AT))
    found = zxingcpp.read_barcodes(
        grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    )
    told = [each.text for each in found if each.valid and each.text]
    if not told:
        raise Malformed(Reason.QR_NOT_FOUND)
    return told


def _unreadable(detail: str) -> Malformed:
    return Malformed(Reason.QR_PICTURE_UNREADABLE, detail=detail)
