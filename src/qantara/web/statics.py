"""Files that never change under their name: the name carries the hash of the content."""

import asyncio
import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files

import brotli
from starlette.requests import Request
from starlette.responses import Response

from qantara import texts

PREFIX = "/static/"
_YEAR = "public, max-age=31536000, immutable"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}
_PACKED = frozenset({"css", "js", "svg", "txt"})
_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "gzip": partial(gzip.compress, mtime=0),
}
"""How a file may be packed, the smallest first."""
_ZERO = re.compile(r"0(\.0*)?")
_ADDRESS = re.compile(r'url\("([a-z0-9.-]+)"\)')


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    body: bytes
    packs: bool


@cache
def _all() -> dict[str, File]:
    """Every file by its plain name; style sheets name the others, so they come last."""
    folders = (files(__name__.rpartition(".")[0]) / "static", files(texts) / "fonts")
    there = [each for folder in folders for each in folder.iterdir()]
    plain = [each for each in there if each.name.rpartition(".")[2] in _TYPES]
    found: dict[str, File] = {}
    for each in sorted(plain, key=lambda file: (file.name.endswith(".css"), file.name)):
        stem, _, kind = each.name.rpartition(".")
        body = each.read_bytes()
        if kind == "css":
            body = _ADDRESS.sub(lambda match: _linked(match, found), body.decode()).encode()
        name = f"{stem}.{hashlib.sha256(body).hexdigest()[:12]}.{kind}"
        found[each.name] = File(name, _TYPES[kind], body, kind in _PACKED)
    return found


def _linked(match: re.Match[str], known: dict[str, File]) -> str:
    return f'url("{known[match[1]].name}")'


def address(name: str) -> str:
    """Where a file is served."""
    return PREFIX + _all()[name].name


def content(name: str) -> bytes:
    """A file under its plain name, for an address that must not change."""
    return _all()[name].body


async def serve(request: Request) -> Response:
    asked = request.path_params["name"]
    file = next((each for each in _all().values() if each.name == asked), None)
    if file is None:
        return Response(status_code=404)
    headers = {
        "Cache-Control": _YEAR,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }
    body, taken = file.body, _taken(request)
    coding = next((each for each in _CODINGS if each in taken), None) if file.packs else None
    if coding is not None:
        headers["Content-Encoding"] = coding
        body = await asyncio.to_thread(_packed, file, coding)
    return Response(body, 200, headers, file.media_type)


def _taken(request: Request) -> set[str]:
    """The codings that the asker takes; one of weight zero is none of them."""
    said = request.headers.get("accept-encoding", "").lower().replace(" ", "").split(",")
    parts = (each.partition(";q=") for each in said)
    return {name for name, _, weight in parts if not _ZERO.fullmatch(weight)}


@cache
def _packed(file: File, coding: str) -> bytes:
    """Packed once, when it is first asked for; packing well takes a tenth of a second."""
    return _CODINGS[coding](file.body)
