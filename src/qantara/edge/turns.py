"""Requests with one idempotency key wait for each other."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock for each key in use: of two requests that come together, the second finds the
    first one's answer, so that a key never does two different things.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def of(self, principal_id: str, key: str) -> asyncio.Lock:
        """Hold on to the lock: who comes meanwhile gets the same one."""
        return self._locks.setdefault((principal_id, key), asyncio.Lock())
