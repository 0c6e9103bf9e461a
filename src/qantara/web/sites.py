"""A site: the pages of one kind of people at one institution, below a path of their own."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from qantara.access.model import Principal, Scope
from qantara.db import Tx
from qantara.edge.door import Door
from qantara.web.forms import CAP_BYTES
from qantara.web.model import Session, Terms

if TYPE_CHECKING:
    from qantara.web.visits import Visit

Show = Callable[["Visit"], Awaitable[Response]]
Answer = Callable[[Request, "Site"], Awaitable[Response]]
Holders = Callable[[Tx, Sequence[Session], datetime], Awaitable[Mapping[bytes, Principal]]]
Keys = Callable[[Tx, "Visit", str], Awaitable[Collection[str]]]
Look = Callable[[Tx, "Site", Collection[str]], Awaitable[Mapping[str, Hashable]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a site. Who holds one of the scopes sees it, with none everybody who is
    signed in; with a `section` it stands in the menu. Its form may have `cap_bytes`; its scripts
    may ask the browser for `permissions`, where those of its site are not enough.
    """

    name: str
    path: str
    show: Show
    scopes: frozenset[Scope] = frozenset()
    section: str = ""
    act: Show | None = None
    cap_bytes: int = CAP_BYTES
    permissions: str = ""

    def is_for(self, principal: Principal) -> bool:
        return not self.scopes or not self.scopes.isdisjoint(principal.scopes)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A route that needs nobody to be signed in: signing in itself, and what leads there."""

    path: str
    method: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that a page may follow while it is open, asked for as `name` or `name:what`.

    `keys` says which things `what` means, and raises as a page would where this person may not
    see them. Without `look` they are subjects of events, told as they happen. With it they are
    looked at after commits, once for everybody who follows them, and told when they differ.
    """

    name: str
    keys: Keys
    look: Look | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes a site this site: its path, its pages, who comes in and how.

    `holders` says, by digest, who sessions stand for now; one whose credential opens no more is
    left out. `doors` are the routes that need no session; `/sign-in` is among them. `permissions`
    is what scripts of these pages may ask the browser for (Permissions-Policy).
    """

    name: str
    pages: tuple[Page, ...]
    doors: tuple[Entrance, ...]
    holders: Holders
    permissions: str = "camera=(), geolocation=(), microphone=(), payment=()"
    topics: tuple[Topic, ...] = ()

    @property
    def path(self) -> str:
        return f"/{self.name}"


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of one kind at one institution share."""

    kind: Kind
    door: Door
    terms: Terms
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def path(self) -> str:
        return self.kind.path

    def menu(self, principal: Principal) -> dict[str, list[Entry]]:
        """The pages this person may see, by section."""
        found: dict[str, list[Entry]] = {}
        for page in self.kind.pages:
            if page.section and page.is_for(principal):
                found.setdefault(page.section, []).append(Entry(page.name, self.path + page.path))
        return found

    def inside(self, wanted: str) -> str:
        """A place of this site to go on to; its first page for anything else."""
        plain = wanted.isascii() and wanted.isprintable() and not set(wanted) & set('\\"<>')
        known = wanted == self.path or wanted.startswith((f"{self.path}/", f"{self.path}?"))
        return wanted if plain and known and "//" not in wanted.partition("?")[0] else self.path
