"""When a call is made again, and after how long."""

import random
from dataclasses import dataclass

WORTH_REPEATING = frozenset({429, 502, 503, 504})
"""The server did not act on it, or an idempotency key makes the repeat harmless."""


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `attempts` in all; waits double from `first_seconds` to `longest_seconds`, each
    cut at random so that many clients do not come back in step.
    """

    attempts: int = 5
    first_seconds: float = 0.2
    longest_seconds: float = 10.0

    def wait_seconds(self, made: int, asked: str | None) -> float | None:
        """How long to wait after attempt number `made`; None to give up.

        `asked` is the server's `Retry-After` in seconds; a longer one than ours is obeyed up to
        `longest_seconds`, and given up on beyond.
        """
        if made >= self.attempts:
            return None
        own = min(self.first_seconds * 2.0 ** (made - 1), self.longest_seconds)
        wanted = int(asked) if asked and asked.isdigit() else 0
        if wanted > self.longest_seconds:
            return None
        return max(wanted, own * (0.5 + random.random() / 2))  # noqa: S311 - not a secret


NEVER = Retry(attempts=1)
