"""What a page sends: fields of a form and at most one file, within caps."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from qantara.errors import Malformed, Reason

CAP_BYTES = 64 * 1024
MEGABYTE = 1024 * 1024
FILE_BYTES = 8 * MEGABYTE
"""What a form with a file may be: a phone's photograph."""
LET_GO_BYTES = 64 * MEGABYTE
"""What is read of a larger one, so that its sender can be told."""
_FIELDS_MOST = 100
_KIND, _WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"


class Form(dict[str, str]):
    """The fields; of a name said twice the last. `files` are the bytes of what was uploaded. Of a
    form that was cut, as its file is too large, the fields before the file are there.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        files: Mapping[str, bytes] | None = None,
        *,
        is_cut: bool = False,
    ) -> None:
        super().__init__(fields)
        self.files: Mapping[str, bytes] = files or {}
        self._is_cut = is_cut

    def file(self, name: str) -> bytes:
        """What was uploaded, empty where nothing was; `Malformed` where it was too large."""
        if self._is_cut:
            raise Malformed(Reason.FILE_TOO_LARGE, limit=f"{FILE_BYTES // MEGABYTE} MB")
        return self.files.get(name, b"")


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


class _Stream:
    """A body up to a cap. The rest is read and let go: who answers sooner is not heard, as a
    browser that is still sending takes that for a broken connection.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self.is_cut = False

    async def parts(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for part in self._request.stream():
            size += len(part)
            if size > LET_GO_BYTES:
                raise Malformed(Reason.BODY_TOO_LARGE, limit=f"{LET_GO_BYTES} bytes")
            self.is_cut = size > FILE_BYTES
            if not self.is_cut:
                yield part
        if self.is_cut:
            raise MultiPartException("cut")


async def _with_file(request: Request) -> Form:
    stream = _Stream(request)
    parser = MultiPartParser(
        request.headers,
        stream.parts(),
        max_files=1,
        max_fields=_FIELDS_MOST,
        max_part_size=CAP_BYTES,
    )
    try:
        told = (await parser.parse()).multi_items()
    except (MultiPartException, KeyError) as error:
        if not stream.is_cut:
            raise Malformed(Reason.BODY_MALFORMED, detail=_WITH_FILE) from error
        told = parser.items
    fields = [(name, value) for name, value in told if isinstance(value, str)]
    files = [(name, value) for name, value in told if isinstance(value, UploadFile)]
    try:
        contents = {name: await value.read() for name, value in files}
    finally:
        for _, value in files:
            await value.close()
    return Form(_plain(fields), contents, is_cut=stream.is_cut)


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
