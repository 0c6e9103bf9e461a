"""What a page sends: fields of a form, within a cap."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from qantara.errors import Malformed, Reason

CAP_BYTES = 64 * 1024
_FIELDS_MOST = 100
_KIND = "application/x-www-form-urlencoded"


async def read(request: Request, cap_bytes: int = CAP_BYTES) -> dict[str, str]:
    """The fields; of a name said twice the last."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise Malformed(Reason.BODY_MALFORMED, detail=_KIND)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > cap_bytes:
            raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{cap_bytes} bytes")
        parts.append(part)
    try:
        told = parse_qsl(
            b"".join(parts).decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_FIELDS_MOST,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=_KIND) from error
    if any("\0" in name or "\0" in value for name, value in told):
        raise Malformed(Reason.BODY_MALFORMED, detail="NUL")
    return {name: value.replace("\r\n", "\n").strip() for name, value in told}


def said(form: Mapping[str, str], name: str, longest: int) -> str:
    """A field that must be filled, of so many characters at most."""
    value = form.get(name, "")
    if not value:
        raise Malformed(Reason.FIELD_MISSING, param=name)
    if len(value) > longest:
        raise Malformed(Reason.FIELD_INVALID, param=name, value=value)
    return value
