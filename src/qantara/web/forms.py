"""What a page sends: fields of a form and at most one file, within caps."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from qantara.errors import Malformed, Reason

CAP_BYTES = 64 * 1024
FILE_BYTES = 8 * 1024 * 1024
"""What a form with a file may be: a phone's photograph."""
_FIELDS_MOST = 100
_KIND, _WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"


class Form(dict[str, str]):
    """The fields; of a name said twice the last. `files` are the bytes of what was uploaded."""

    def __init__(self, fields: Mapping[str, str], files: Mapping[str, bytes] | None = None) -> None:
        super().__init__(fields)
        self.files: Mapping[str, bytes] = files or {}


async def read(request: Request, cap_bytes: int = CAP_BYTES) -> Form:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _WITH_FILE:
        return await _with_file(request)
    if kind != _KIND:
        raise Malformed(Reason.BODY_MALFORMED, detail=_KIND)
    body = b"".join([part async for part in _capped(request, cap_bytes)])
    try:
        told = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=_FIELDS_MOST,
            errors="strict",
        )
    except ValueError as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=_KIND) from error
    return Form(_plain(told))


async def _capped(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{most} bytes")
        yield part


async def _with_file(request: Request) -> Form:
    parser = MultiPartParser(
        request.headers,
        _capped(request, FILE_BYTES),
        max_files=1,
        max_fields=_FIELDS_MOST,
        max_part_size=CAP_BYTES,
    )
    try:
        sent = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise Malformed(Reason.BODY_MALFORMED, detail=_WITH_FILE) from error
    try:
        told = sent.multi_items()
        fields = [(name, value) for name, value in told if isinstance(value, str)]
        files = {n: await value.read() for n, value in told if isinstance(value, UploadFile)}
    finally:
        await sent.close()
    return Form(_plain(fields), files)


def _plain(told: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields = dict(told)
    if any("\0" in name or "\0" in value for name, value in fields.items()):
        raise Malformed(Reason.BODY_MALFORMED, detail="NUL")
    return {name: value.replace("\r\n", "\n").strip() for name, value in fields.items()}


def said(form: Mapping[str, str], name: str, longest: int) -> str:
    """A field that must be filled, of so many characters at most."""
    value = form.get(name, "")
    if not value:
        raise Malformed(Reason.FIELD_MISSING, param=name)
    if len(value) > longest:
        raise Malformed(Reason.FIELD_INVALID, param=name, value=value)
    return value
