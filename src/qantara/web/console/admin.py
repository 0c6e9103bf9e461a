"""Who may do what here, what takes two, what runs by itself, and on which terms."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi.responses import Response

from qantara import __version__, settings
from qantara.access import roll
from qantara.access.model import ACTIONS, GUARDED_SCOPES, ROLE_SCOPES, Scope
from qantara.db import figures as engine
from qantara.db import jobs
from qantara.edge.readiness import Readiness
from qantara.policy import flow as policy
from qantara.policy.model import Fee, Tariff
from qantara.remittance.model import Corridor, Institution
from qantara.remittance.node import OwnFx
from qantara.web.sites import Page
from qantara.web.visits import Visit

PAGE = 100
_HIDDEN = "•••"
_ELSEWHERE = frozenset({"rulebook"})
_BY_NUMBER = frozenset({"correspondents"})
"""Terms that stand under numbers of accounts."""


class Line(NamedTuple):
    """A term of this institution: its name as configuration spells it."""

    name: str
    said: str


async def show_people(visit: Visit) -> Response:
    """Everybody and everything that can act, by id."""
    async with visit.door.database.read() as tx:
        found = await roll.principals(tx, visit.asked("after"), PAGE + 1)
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return visit.shown("people.html", tab="people", people=found[:PAGE], more=more)


async def show_roles(visit: Visit) -> Response:
    roles = {
        role.value: [each.value for each in sorted(scopes)] for role, scopes in ROLE_SCOPES.items()
    }
    acts = [(action.value, facts) for action, facts in ACTIONS.items()]
    guarded = {each.value for each in GUARDED_SCOPES}
    return visit.shown("roles.html", tab="roles", roles=roles, acts=acts, guarded=guarded)


async def show_health(visit: Visit) -> Response:
    """What `/readyz` answers, what waits, and when each job runs."""
    readiness: Readiness = visit.request.app.state.readiness
    ready, now = await readiness.told(), visit.caller.now
    async with visit.door.database.read() as tx:
        planned = await jobs.planned(tx, PAGE)
        queues = await engine.queues(tx)
        late = await engine.late_deadlines(tx, now)
    peers = sorted(visit.door.witness.peers.items())
    return visit.shown(
        "health.html",
        tab="health",
        ready=ready,
        planned=planned,
        queues=queues,
        late=late,
        peers=peers,
    )


async def show_settings(visit: Visit) -> Response:
    """On which terms this role runs; what is secret is not told."""
    node: Institution = visit.door.node
    version = node.rulebook.version
    async with visit.door.database.look() as tx:
        kept_at = await policy.rulebook_kept_at(tx, version)
    return visit.shown(
        "settings.html",
        tab="settings",
        rulebook=version,
        kept_at=kept_at,
        version=__version__,
        terms=list(_terms(node)),
        process=list(_process()),
    )


def _terms(node: Institution) -> Iterator[Line]:
    """The institution's own configuration, as it was read at the start."""
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if name not in _ELSEWHERE and value not in (None, {}):
            yield from _said(name, value)


def _said(name: str, value: object) -> Iterator[Line]:
    """One term in a line or several, account numbers but for their ends."""
    match value:
        case Fee() | OwnFx() | Tariff():
            yield from _parts(name, value)
        case Corridor():
            yield Line(name, " › ".join(value.rails))
        case Mapping() if name in _BY_NUMBER:
            for number, role in value.items():
                yield Line(f"{name}.{role}", f"…{number[-4:]}")
        case Mapping():
            for key, each in value.items():
                yield from _said(f"{name}.{key}", each)
        case frozenset() | tuple():
            yield Line(name, ", ".join(str(each) for each in sorted(value)))
        case bool():
            yield Line(name, str(value).lower())
        case _:
            yield Line(name, str(value))


def _parts(name: str, value: Fee | OwnFx | Tariff) -> Iterator[Line]:
    match value:
        case Fee():
            yield Line(f"{name}.nominal", str(value.nominal))
            yield Line(f"{name}.ratio", str(value.ratio))
        case Tariff():
            yield Line(f"{name}.per_thousand", str(value.per_thousand))
            yield Line(f"{name}.minimum", str(value.minimum))
        case OwnFx():
            yield Line(f"{name}.account", f"…{value.account[-4:]}")
            yield Line(f"{name}.countries", ", ".join(sorted(value.accounts)))


def _process() -> Iterator[Line]:
    """The settings of the process, its database's password left out."""
    chosen = settings.load()
    yield Line("QANTARA_LOG", chosen.log)
    yield Line("QANTARA_START_SECONDS", str(chosen.start_seconds))
    yield Line("QANTARA_TRACES", redacted(chosen.traces or ""))
    yield Line("QANTARA_TRACES_SHARE", str(chosen.traces_share))
    yield Line("QANTARA_DATABASE_URL", redacted(chosen.database_url or ""))


def redacted(url: str) -> str:
    """An address without what opens it."""
    parts = urlsplit(url)
    if not url or ("@" not in parts.netloc and not parts.query):
        return url
    place = parts.netloc.rpartition("@")[2]
    user = (parts.username or "") + ":" if parts.password is not None else ""
    netloc = f"{user}{_HIDDEN}@{place}" if "@" in parts.netloc else place
    query = _HIDDEN if parts.query else ""
    return parts._replace(netloc=netloc, query=query).geturl()


_READ = frozenset({Scope.KEYS_MANAGE, Scope.AUDIT_READ})
_HEALTH = frozenset({Scope.KEYS_MANAGE, Scope.AUDIT_READ, Scope.METRICS_READ})
PAGES = (
    Page("admin", "/admin", show_people, _READ, section="system"),
    Page("admin", "/admin/roles", show_roles, _READ),
    Page("health", "/admin/health", show_health, _HEALTH, section="system"),
    Page("health", "/admin/settings", show_settings, _HEALTH),
)
