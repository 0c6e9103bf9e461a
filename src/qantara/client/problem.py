"""An answer that something cannot be done, as RFC 9457 words it."""

from typing import Any

import msgspec

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """`code` names the reason for programs, `detail` says it for people; `iso_code` is the code
    of ISO 20022 for it, `retryable` whether the same call may succeed later. `body` has the rest.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status, self.body = status, body
        self.code = str(body.get("code", "internal"))
        self.detail = str(body.get("detail", ""))
        self.iso_code = str(body.get("iso_code", "NARR"))
        self.retryable = body.get("retryable") is True
        super().__init__(f"{self.code}: {self.detail}")


def read(status: int, content: bytes) -> Problem:
    """The problem in an answer; one that is no problem document keeps its beginning as detail."""
    try:
        body = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        body = {"detail": content[:200].decode(errors="replace")}
    return Problem(status, body)
