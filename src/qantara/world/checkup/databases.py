"""Whether the database server keeps what it is given, and what each role's database says."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from qantara.clock import utc_now
from qantara.db import Server, Tx, migrate
from qantara.db.condition import Condition, condition
from qantara.db.faults import LOST, NO_DATABASE
from qantara.edge.figures import standing
from qantara.errors import QantaraError
from qantara.host.config import WorldSpec
from qantara.host.kinds import KINDS
from qantara.telemetry.measures import Labels, Point
from qantara.world.checkup.model import Check, State, graded, well

_CONNECTIONS = 8
"""How many a role uses at most, with some to spare."""
_DRIFT_WARN, _DRIFT_BAD = 0.5, 30.0


async def server(server: Server, roles: int) -> list[Check]:
    found = await condition(server)
    drift = abs((utc_now() - found.at).total_seconds())
    return [
        well("database", found.version),
        _durable(found),
        _room(found, roles),
        graded(
            "clock",
            f"{drift:.3f} s from the database's",
            "Let both be set by the same time service (NTP).",
            drift,
            _DRIFT_WARN,
            _DRIFT_BAD,
        ),
    ]


def _durable(found: Condition) -> Check:
    said = found.settings
    wrong = [f"{name} = off" for name in ("fsync", "full_page_writes") if said[name] != "on"]
    wrong += ["synchronous_commit = off"] if said["synchronous_commit"] == "off" else []
    if wrong:
        todo = "A crash would lose money: set them on and restart the server."
        return Check("durability", State.BAD, ", ".join(wrong), todo)
    weak = [f"{name} = off" for name in ("autovacuum", "data_checksums") if said[name] != "on"]
    if weak:
        todo = "Turn it on: tables would grow without end, or damage on disk would go unnoticed."
        return Check("durability", State.WARN, ", ".join(weak), todo)
    told = f"synchronous_commit = {said['synchronous_commit']}, wal_level = {said['wal_level']}"
    return well("durability", told)


def _room(found: Condition, roles: int) -> Check:
    most = int(found.settings["max_connections"])
    told = f"at most {most}, for {roles} roles"
    todo = f"Set max_connections to {_CONNECTIONS * roles} or more."
    return graded("connections", told, todo, _CONNECTIONS * roles, most + 1)


class Limit(NamedTuple):
    """A figure that should stay below its limits; those of `living` only count while it runs."""

    figure: str
    told: str
    todo: str
    warn: float
    bad: float | None = None
    living: bool = False


LIMITS = (
    Limit(
        "qantara_outbox_oldest_seconds",
        "the oldest message to {} waits {value:.0f} s",
        "See whether that role runs and is ready; messages wait as long as it takes.",
        60,
        3600,
        living=True,
    ),
    Limit(
        "qantara_outbox_messages",
        "{value:.0f} messages were refused by {}",
        "A peer refused them for good: read db.outbox.refused and call the peer.",
        1,
    ),
    Limit(
        "qantara_job_late_seconds",
        "job {} is late by {value:.0f} s, or failed",
        "Read the role's log for that job; its error is kept in db.job.",
        30,
        600,
        living=True,
    ),
    Limit(
        "qantara_deadlines_late",
        "{value:.0f} deadlines of {} were not looked after",
        "The job that looks after them does not run: see the jobs of this role.",
        1,
        1000,
        living=True,
    ),
    Limit(
        "qantara_holds_overdue",
        "{value:.0f} holds in {} are past their time",
        "They are released by the job `seal`: see the jobs of this role.",
        1,
        living=True,
    ),
    Limit(
        "qantara_rate_age_seconds",
        "the rate {} is {value:.0f} s old",
        "Its provider does not send rates: quotes would be measured against an old one.",
        900,
        86_400,
        living=True,
    ),
    Limit(
        "qantara_webhooks_oldest_seconds",
        "a webhook waits {value:.0f} s",
        "Its receiver does not answer; after the closing time the endpoint is closed.",
        3600,
        living=True,
    ),
)
_WELL = "nothing late, nothing refused, money in its place"


async def roles(server: Server, world: WorldSpec, running: Sequence[str]) -> list[Check]:
    checks: list[Check] = []
    for name, spec in world.roles.items():
        packages = KINDS[spec.kind].packages
        database = server.database(world.database(name))
        try:
            await database.open(readers=1)
            try:
                async with database.read() as tx:
                    checks += await _role(name, tx, packages, alive=name in running)
            finally:
                await database.close()
        except NO_DATABASE:
            checks.append(Check(name, State.WARN, "has no database yet", "Start the world once."))
        except (QantaraError, *LOST) as error:
            todo = "See the server's log."
            checks.append(Check(name, State.BAD, f"cannot be read: {error}", todo))
    return checks


async def _role(name: str, tx: Tx, packages: Sequence[str], *, alive: bool) -> list[Check]:
    strange = await migrate.strange(tx, packages)
    if strange:
        todo = "Start the role with the version that made them, or start it once to migrate."
        return [Check(name, State.BAD, f"migrations differ: {', '.join(strange)}", todo)]
    points = await standing(tx, packages, utc_now())
    return judged(name, points, alive=alive)


def judged(name: str, points: Sequence[Point], *, alive: bool) -> list[Check]:
    """What figures say about a role: each thing that is not well, or that all is."""
    checks = [check for check in _limits(name, points, alive=alive) if check.state is not State.OK]
    checks += _money(name, {(point.family, point.labels): point.value for point in points})
    return checks or [well(name, _WELL if alive else f"not running; {_WELL}")]


def _limits(name: str, points: Sequence[Point], *, alive: bool) -> list[Check]:
    checks = []
    for limit in LIMITS:
        for point in points:
            if point.family != limit.figure or (limit.living and not alive):
                continue
            if point.family == "qantara_outbox_messages" and point.labels[1] != "refused":
                continue
            found = limit.told.format(*point.labels[:1], value=point.value)
            checks.append(graded(name, found, limit.todo, point.value, limit.warn, limit.bad))
    return checks


def _money(name: str, found: Mapping[tuple[str, Labels], float]) -> list[Check]:
    checks = []
    for (family, labels), value in found.items():
        asset = labels[0] if labels else ""
        if family == "qantara_own_funds_minor" and value < 0:
            todo = "The institution owes more than it has: pay in own funds today."
            checks.append(Check(name, State.BAD, f"own funds {asset} {value:,.0f}", todo))
        if family == "qantara_e_money_minor":
            kept = found.get(("qantara_safeguarded_minor", (asset,)), 0)
            if kept != value:
                told = f"{asset}: e-money {value:,.0f}, kept apart {kept:,.0f}"
                todo = "Stop paying out and run `qantara verify`."
                checks.append(Check(name, State.BAD, told, todo))
    return checks
