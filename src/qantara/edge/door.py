"""What every door of one role works with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from qantara.access.credentials.model import Terms as Credentials
from qantara.clock import Clock
from qantara.db import Batcher, Database
from qantara.edge.limits import Rates
from qantara.edge.outward import Outward
from qantara.edge.watch import Watch
from qantara.onboarding.model import Terms as Onboarding
from qantara.scheme.triggers.model import Active
from qantara.telemetry import Witness

Ask = Callable[[str, str], Awaitable[bytes]]
"""A GET at another role: (role, path with query) to the body of its answer.

Raises `Unavailable` if the role does not answer, another `QantaraError` if it answers a problem.
"""


@dataclass(frozen=True, slots=True)
class Door:
    """`node` is the role's own configuration, as its flows take it. `triggers` are the faults its
    operator ordered, in memory; an institution never has any. `webhooks` is where and on what
    terms it calls its callers back. `credentials` and `onboarding` are the terms on which people
    sign in and become customers. `witness` notes what the role does; `packages` say what it
    is made of.
    """

    role: str
    node: Any
    database: Database
    batcher: Batcher
    clock: Clock
    ask: Ask
    watch: Watch
    triggers: Active = field(default_factory=Active)
    rates: Rates = field(default_factory=Rates)
    webhooks: Outward = field(default_factory=Outward)
    credentials: Credentials = field(default_factory=Credentials)
    onboarding: Onboarding = field(default_factory=Onboarding)
    witness: Witness = field(default_factory=lambda: Witness(""))
    packages: tuple[str, ...] = ()
