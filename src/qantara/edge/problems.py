"""Failures in the words of RFC 9457, told in the caller's language."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from qantara import texts
from qantara.errors import Conflict, Malformed, QantaraError, Reason, Refused, Unavailable
from qantara.reasons import REASONS

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:qantara:reason:"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code` is stable and meant for programs, `detail` for people.

    `param` names the field at fault; `rule` and `citation` say which rule refused and where it
    is written; `iso_code` is the ISO 20022 reason; `retryable` says whether the same request
    may succeed later as it is.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    iso_code: str
    retryable: bool
    request_id: str
    param: str | None = None
    rule: str | None = None
    citation: str | None = None


_encode = msgspec.json.Encoder().encode


def problem(request: Request, error: QantaraError | Refused) -> Response:
    reason, meant, spoken = error.reason, REASONS[error.reason], language(request)
    facts = {name: str(value) for name, value in error.facts.items()}
    body = Problem(
        type=f"{TYPE}{reason}",
        title=texts.title(reason, spoken),
        status=meant.http,
        detail=texts.sentence(reason, spoken, facts),
        code=reason,
        iso_code=meant.iso,
        retryable=meant.retryable,
        request_id=request_id(request),
        param=facts.get("param"),
        rule=(error.rule or None) if isinstance(error, Refused) else None,
        citation=(error.citation or None) if isinstance(error, Refused) else None,
    )
    headers = _headers(spoken, meant.http)
    if meant.http == HTTPStatus.TOO_MANY_REQUESTS and "seconds" in facts:
        headers["Retry-After"] = facts["seconds"]
    return Response(_encode(body), meant.http, headers, MEDIA_TYPE)


def _headers(spoken: str, status: int) -> dict[str, str]:
    headers = {"Content-Language": spoken}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "1"
    return headers


def request_id(request: Request) -> str:
    return str(request.scope["state"]["request_id"])


def language(request: Request) -> str:
    """The best of our languages that the caller accepts."""
    return texts.best_language(request.headers.get("accept-language", ""))


def of_answer(status: int, body: bytes) -> QantaraError:
    """What another role's door refused, as our own door may say it again.

    `Unavailable` for its troubles (5xx, a key it does not know, too many requests of ours) and
    for what is no problem.
    """
    try:
        told = msgspec.json.decode(body, type=Problem)
        reason = Reason(told.code)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, detail=f"status {status}")
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR or told.status in _NOT_LET_IN:
        return Unavailable(
            reason if _is_trouble(reason) else Reason.COUNTERPARTY_UNAVAILABLE,
            detail=told.detail,
        )
    return Conflict(reason, **({"param": told.param} if told.param else {}))


_NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


def _is_trouble(reason: Reason) -> bool:
    """Whether the other role's own words may be said again: it cannot now, but may later."""
    facts = REASONS[reason]
    return facts.retryable and facts.http >= HTTPStatus.INTERNAL_SERVER_ERROR


def of_http(error: HTTPException) -> QantaraError:
    """What the router itself has to say."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return Malformed(Reason.ROUTE_NOT_FOUND)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return Malformed(Reason.METHOD_NOT_ALLOWED)
    return Malformed(Reason.BODY_MALFORMED, detail=str(error.detail))


def of_validation(error: RequestValidationError) -> Malformed:
    """The first thing wrong with a body, a query or a path."""
    first: Mapping[str, Any] = error.errors()[0]
    place, kind = first["loc"], str(first["type"])
    names = [_short(part) for part in place[1:]]
    if kind == "json_invalid" or (place[0] == "body" and not names):
        return Malformed(Reason.BODY_MALFORMED, detail=str(first["msg"]))
    param = ".".join(names)
    if kind == "missing":
        return Malformed(Reason.FIELD_MISSING, param=param)
    if param == "starting_after":
        return Malformed(Reason.CURSOR_MALFORMED, param=param)
    if param == "amount" and kind in _NOT_TEXT:
        return Malformed(Reason.AMOUNT_MALFORMED, param=param, value=_short(first["input"]))
    return Malformed(Reason.FIELD_INVALID, param=param, value=_short(first.get("input")))


_NOT_TEXT: Sequence[str] = ("string_type", "string_pattern_mismatch", "string_too_long")
_SHOWN = 40


def _short(value: object) -> str:
    """As much of what was sent as helps to find it. JSON can name halves of characters, which
    no answer can carry.
    """
    text = str(value).encode(errors="replace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
