"""Answers as ready bytes, and how each route documents them."""

from typing import Any

import msgspec
from fastapi.responses import Response

from qantara.edge.problems import MEDIA_TYPE, Problem

_encode = msgspec.json.Encoder().encode


def encoded(body: object) -> bytes:
    return _encode(body)


def json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_encode(body), status, headers, "application/json")


def created(body: object, location: str, status: int = 201) -> Response:
    return json(body, status, {"Location": location})


Documented = dict[int | str, dict[str, Any]]

_PROBLEM = {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
PROBLEMS: Documented = {
    "4XX": {"description": "The request cannot be done.", "content": {MEDIA_TYPE: _PROBLEM}},
    "5XX": {"description": "Not now; try again.", "content": {MEDIA_TYPE: _PROBLEM}},
}


def documented(shape: type, *, status: int = 200, also: dict[int, str] | None = None) -> Documented:
    """The `responses` of a route: its answer, other statuses with the same body, problems."""
    said: Documented = {status: {"model": shape}}
    for other, description in (also or {}).items():
        said[other] = {"model": shape, "description": description}
    return said | PROBLEMS
