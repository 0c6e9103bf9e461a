"""What every door of one role works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from qantara.clock import Clock
from qantara.db import Batcher, Database
from qantara.edge.watch import Watch

Ask = Callable[[str, str], Awaitable[bytes]]
"""A GET at another role: (role, path with query) to the body of its answer.

Raises `Unavailable` if the role does not answer, another `QantaraError` if it answers a problem.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """`node` is the role's own configuration, as its flows take it."""

    role: str
    node: Any
    database: Database
    batcher: Batcher
    clock: Clock
    ask: Ask
    watch: Watch
