"""Whose turn it is in a process: what is under way goes before what would begin.

A payment is many small transactions at several roles. Were new ones begun as they come, payments
would spread over all the steps, and every transaction would carry few of them; begun together,
once those before them have passed, they stay together, and every transaction carries them all.
What begins waits for nothing where nothing is under way, and never longer than the patience.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

Verb = Callable[..., Any]
Go = Callable[[], None]
VerbT = TypeVar("VerbT", bound=Verb)
PATIENCE_SECONDS = 0.5
QUIET_TURNS = 3
"""So many turns of the event loop stay free before something begins: whoever was just answered
may go on first."""
_STEPS: dict[Verb, int] = {}


def begins(step: int) -> Callable[[VerbT], VerbT]:
    """Marks a verb that somebody outside begins with, or goes on with; of two steps that wait,
    the higher one goes first.
    """

    def marked(verb: VerbT) -> VerbT:
        _STEPS[verb] = step
        return verb

    return marked


def step_of(verb: Verb) -> int | None:
    """None for a verb that nobody begins with: it goes at once."""
    return _STEPS.get(verb)


class Turns:
    """The turns of one process. What is under way is counted in with `began` and out with
    `ended`, as often.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._under_way = 0
        self._waiting: dict[int, list[Go]] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._looking = False

    def began(self, count: int) -> None:
        self._under_way += count

    def ended(self, count: int) -> None:
        self._under_way -= count
        self._look()

    def admit(self, step: int, go: Go) -> None:
        """Have `go` called when it is this step's turn: at once where nothing is under way."""
        if not self._under_way and not self._waiting:
            go()
            return
        if step not in self._waiting:
            loop = asyncio.get_running_loop()
            self._timers[step] = loop.call_later(self._patience, self._release, step)
        self._waiting.setdefault(step, []).append(go)
        self._look()

    def _look(self) -> None:
        if self._waiting and not self._under_way and not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._quiet, QUIET_TURNS)

    def _quiet(self, turns: int) -> None:
        if turns and not self._under_way:
            asyncio.get_running_loop().call_soon(self._quiet, turns - 1)
            return
        self._looking = False
        if self._waiting and not self._under_way:
            self._release(max(self._waiting))

    def _release(self, step: int) -> None:
        """All who wait for this step go together."""
        self._timers.pop(step).cancel()
        for go in self._waiting.pop(step):
            go()
        self._look()
