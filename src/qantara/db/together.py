"""One look for all who ask at the same moment.

Questions that come while a look is being made wait and go together with the next one: an answer
is never older than its question, and many callers cost one statement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

from qantara.db.database import Database, Tx

KeyT = TypeVar("KeyT")
AnswerT = TypeVar("AnswerT")


class Together(Generic[KeyT, AnswerT]):
    """`ask` finds the answers to many questions in one statement; what it leaves out has none."""

    def __init__(
        self,
        database: Database,
        ask: Callable[[Tx, Collection[KeyT]], Awaitable[Mapping[KeyT, AnswerT]]],
    ) -> None:
        self._database, self._ask = database, ask
        self._one_at_a_time = asyncio.Lock()
        self._keys: set[KeyT] = set()
        self._next: asyncio.Task[Mapping[KeyT, AnswerT]] | None = None

    async def find(self, key: KeyT) -> AnswerT | None:
        """Its answer in a look that begins after now; raises what that look raises."""
        if self._next is None:
            self._keys = set()
            self._next = asyncio.create_task(self._look())
        self._keys.add(key)
        found = await asyncio.shield(self._next)  # one who gives up must not end it for the others
        return found.get(key)

    async def _look(self) -> Mapping[KeyT, AnswerT]:
        async with self._one_at_a_time:
            keys, self._next = self._keys, None
            async with self._database.look() as tx:
                return await self._ask(tx, keys)
