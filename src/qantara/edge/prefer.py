"""`Prefer: wait=20`: a caller that would rather wait for the end than ask again (RFC 7240)."""

import re

from fastapi import Request
from fastapi.responses import Response

WAIT_LONGEST_SECONDS = 60
_WAIT = re.compile(r"(?:^|[,;\s])wait=([0-9]{1,4})(?:$|[,;\s])")


def wait_seconds(request: Request) -> int:
    """For how long an answer may be kept waiting; 0 for one who does not ask for it."""
    wanted = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(wanted[1]), WAIT_LONGEST_SECONDS) if wanted else 0


def applied(answer: Response, seconds: int) -> Response:
    if seconds:
        answer.headers["Preference-Applied"] = f"wait={seconds}"
    return answer
