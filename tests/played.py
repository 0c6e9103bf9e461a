"""How machines of rules are played on a real database: a loop of their own, and every play in a
transaction that is undone.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, ClassVar, Self, TypeVar

import asyncpg
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from qantara.db import Server

T = TypeVar("T")
MINUTES = os.environ.get("QANTARA_FUZZ_MINUTES")
SEED = int(os.environ.get("QANTARA_FUZZ_SEED", "20260302"))


class Stage:
    """A database of these packages, and a loop in which its connection lives."""

    def __init__(self, server: Server, name: str, packages: Sequence[str]) -> None:
        self._server, self._name, self._packages = server, name, packages
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self.tx = self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._runner.close()

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(act)

    async def _open(self) -> asyncpg.Connection:
        await self._server.prepare()
        database = await self._server.create(self._name, self._packages)
        return await database.writer()

    async def _close(self) -> None:
        await self.tx.close()
        await self._server.drop(self._name)


class Played(RuleBasedStateMachine):
    """A machine whose every play begins with the same stage and leaves nothing on it."""

    stage: ClassVar[Stage]
    met: ClassVar[Counter[object]]
    """What all plays together have met."""

    def __init__(self) -> None:
        super().__init__()
        self._undo = self.stage.tx.transaction()
        self.do(self._undo.start())

    def do(self, act: Coroutine[Any, Any, T]) -> T:
        return self.stage.run(act)

    def teardown(self) -> None:
        self.do(self._undo.rollback())


SERIES_MOST = 6


def play(machine: type[Played], stage: Stage, plays: int, steps: int, meet: set[object]) -> None:
    """So many plays of so many steps from the seed, and more of them until all was met that is to
    be met: a series that never gets there shows nothing. In a long run, as many series as there
    is time for, each from a seed of its own.
    """
    terms = settings(
        max_examples=plays,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    machine.stage, machine.met = stage, Counter()
    ends = time.monotonic() + float(MINUTES or 0) * 60
    number = SEED
    while True:
        run_state_machine_as_test(_seeded(machine, number), settings=terms)
        number += 1
        enough = meet <= machine.met.keys() or number == SEED + SERIES_MOST
        if enough and time.monotonic() >= ends:
            break
    assert meet <= machine.met.keys(), meet - machine.met.keys()


def _seeded(machine: type[Played], number: int) -> Callable[[], Played]:
    def made() -> Played:
        return machine()

    seeded: Callable[[], Played] = seed(number)(made)
    return seeded
