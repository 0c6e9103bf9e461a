"""Files that never change under their name: the name carries the hash of the content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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
_ADDRESS = re.compile(r'url\("([a-z0-9.-]+)"\)')


@dataclass(frozen=True, slots=True)
class File:
    name: str
    media_type: str
    body: bytes
    packed: bytes | None


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
        packed = gzip.compress(body, mtime=0) if kind in _PACKED else None
        found[each.name] = File(name, _TYPES[kind], body, packed)
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
    body = file.body
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = file.packed, "gzip"
    return Response(body, 200, headers, file.media_type)
