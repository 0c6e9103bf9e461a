"""Runs a world's roles: in one process or in several, each where its file says."""

import asyncio
import gc
import hashlib
import logging
import os
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from qantara.clock import Clock
from qantara.db import Server
from qantara.db.turns import Turns
from qantara.errors import Malformed, Reason, Unavailable
from qantara.host import signing, tls
from qantara.host.config import WorldSpec
from qantara.host.hatch import RemoteBatcher
from qantara.host.kinds import KINDS, endpoints, keep_renewed, peers
from qantara.host.links import HttpLink, LocalLink
from qantara.host.peer_protocol import PeerProtocol
from qantara.host.role import Role, stop_all
from qantara.host.tls import Identity
from qantara.later import Later
from qantara.telemetry import logs
from qantara.worker import Link

if TYPE_CHECKING:
    from qantara.host import posting
else:
    posting = Later("qantara.host.posting")

log = logging.getLogger(__name__)
HOST = "127.0.0.1"
KEEP_ALIVE_SECONDS = 75
GRACE_SECONDS = 5
_BACKLOG = 1024
GC_THRESHOLDS = (20_000, 20, 100)
_SOCKET_PATH_MAX = 90
Elsewhere = Callable[[], Mapping[str, str]]


class _Server(uvicorn.Server):
    """Signals belong to the command that runs us, not to each server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(slots=True)
class Runtime:
    """The roles of one process and the sockets they answer on.

    `addresses` are the doors for people and their apps; `peer_addresses` those for roles of
    other processes, where both ends show a certificate of `identities`.
    """

    world: WorldSpec
    identities: Callable[[str], Identity]
    roles: dict[str, Role] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    peer_addresses: dict[str, str] = field(default_factory=dict)
    turns: Turns = field(default_factory=Turns)
    _links: "list[HttpLink | posting.PostingLink]" = field(default_factory=list)
    _servers: list[_Server] = field(default_factory=list)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def prepare(
        self, server: Server, names: Sequence[str], clock: Clock, *, standby: bool = False
    ) -> None:
        """Make the roles' databases and start their writers; as a standby, wait for each, and
        decide by the law as it was when it took over and not as it was when it began to wait.
        """
        for name in names:
            spec = self.world.role(name)
            with logs.acting(name):
                self.roles[name] = await Role.prepare(
                    self.world, spec, server, clock, standby=standby, turns=self.turns
                )
        if standby:
            try:
                await self.renew_rulebook()
            except Malformed as error:
                log.warning("the rulebooks stay as they were: %s", error)

    async def open_hatches(self, folder: Path) -> None:
        """Let doors in other processes of this machine join the institutions' writers."""
        for name, role in self.roles.items():
            if role.spec.kind == "institution":
                await role.open_hatch(hatch(folder, name))

    async def stand_beside(self, server: Server, name: str, clock: Clock, folder: Path) -> None:
        """Have the doors of a role here, and leave the writing to the process that does it."""
        spec = self.world.role(name)
        with logs.acting(name):
            path = hatch(folder, name)
            self.roles[name] = await Role.beside(self.world, spec, server, clock, path)

    async def listen_beside(self, name: str, port: int | None) -> None:
        """Open a door for people and their apps, on this port or any free one."""
        self.addresses[name] = f"http://{HOST}:{self._serve(self.roles[name], port or 0)}"

    async def sign(self) -> None:
        """Give the institutions here their keys for signing, made if they are missing, and the
        public keys of all.
        """
        names = [each.name for each in self.world.of_kind("institution")]
        signing.issue(self.identities, [name for name in names if name in self.roles])
        known = signing.issuers(self.identities, names)
        for name in names:
            if name in self.roles:
                await self.roles[name].sign_with(signing.signer(self.identities, name), known)

    async def connect(
        self, keys: Mapping[str, Mapping[str, str]], elsewhere: Elsewhere = dict
    ) -> None:
        """Join the roles to their peers; `keys[peer][role]` opens the peer's door to the role.

        `elsewhere` says where roles of other processes answer now.
        """
        for role in self.roles.values():
            with logs.acting(role.spec.name):
                await role.connect(self.links(role, keys, elsewhere))

    def links(
        self, role: Role, keys: Mapping[str, Mapping[str, str]], elsewhere: Elsewhere = dict
    ) -> dict[str, Link]:
        """The ways from one role to all whom it speaks to."""
        links: dict[str, Link] = {}
        for peer in peers(self.world, role.spec):
            links[peer] = self._link(role.spec.name, peer, keys.get(peer, {}), elsewhere)
        for address in endpoints(role.node):
            # HTTP to anybody is a large library, loaded where somebody has registered an address.
            link = posting.PostingLink(address)
            self._links.append(link)
            links[address] = link
        return links

    def _link(self, role: str, peer: str, keys: Mapping[str, str], elsewhere: Elsewhere) -> Link:
        key = keys.get(role, "")
        if peer in self.roles:
            return LocalLink(role, lambda: self.roles[peer], key)
        port = self.world.role(peer).peer_port
        written = f"https://{HOST}:{port}" if port is not None else ""

        def address() -> str:
            found = elsewhere().get(peer, written)
            if not found:
                told = "it does not run, and its file names no peer_port"
                raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=peer, detail=told)
            return found

        link = HttpLink(peer, address, key, tls.for_client(self.identities(role)))
        self._links.append(link)
        return link

    async def listen(self) -> None:
        """Open the doors of every role that has a port; a taken port gives another one.

        Where every role of the world is in this process nobody else can call, and the doors for
        peers stay closed.
        """
        alone = set(self.roles) == set(self.world.roles)
        for name, role in self.roles.items():
            if role.spec.port is not None:
                self.addresses[name] = f"http://{HOST}:{self._serve(role, role.spec.port)}"
            if not alone:
                port = self._serve(role, role.spec.peer_port or 0, self.identities(name))
                self.peer_addresses[name] = f"https://{HOST}:{port}"

    def _serve(self, role: Role, port: int, identity: Identity | None = None) -> int:
        """Answer on a port; the port that was to be had. An identity asks callers for theirs."""
        bound = _bind(port)
        config = uvicorn.Config(
            role.app,
            log_config=None,
            log_level="warning",
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            http=PeerProtocol if identity else "auto",
        )
        config.load()
        config.ssl = tls.for_server(identity) if identity else None
        server = _Server(config)
        self._servers.append(server)
        self._tasks.append(asyncio.create_task(server.serve(sockets=[bound])))
        return int(bound.getsockname()[1])

    async def renew_rulebook(self) -> str:
        """Read the rulebooks again and decide by them from now on; the version in force.

        `Malformed` names what is wrong with them, and the old ones go on: a broken book never
        takes the place of a good one. Figures that a simulated scheme reads when it starts stay
        until it starts again.
        """
        fresh = await asyncio.to_thread(self.world.rulebook_now)
        lost = sorted({*self.world.rulebook.value_ids} - {*fresh.value_ids})
        if lost:
            problem = "stands in no book any more; what is withdrawn needs a new start"
            raise Malformed(
                Reason.RULEBOOK_INVALID, file=str(self.world.books), entry=lost[0], problem=problem
            )
        for role in self.roles.values():
            writes = not isinstance(role.batcher, RemoteBatcher)
            if writes and "policy" in KINDS[role.spec.kind].packages:
                await role.batcher.run(keep_renewed, fresh)
        self.world.rulebook.renew(fresh)
        return fresh.version

    async def stop(self) -> None:
        for role in self.roles.values():  # open event streams end, so that servers can close
            await role.watch.stop()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await stop_all(self.roles)
        for link in self._links:
            await link.close()


def hatch(folder: Path, role: str) -> Path:
    """Where a role's writer answers its doors: a path short enough for a socket."""
    wanted = folder / f"{role}.hatch"
    if len(os.fsencode(wanted)) <= _SOCKET_PATH_MAX:
        return wanted
    short = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"qantara-{os.geteuid()}-doors" / short


def settle_memory() -> None:
    """Tell the collector of reference cycles that what is loaded stays: schemas, apps and texts are
    a hundred thousand objects, and looking at them again and again took a sixth of the time. What
    comes later it looks at less often; nearly all of that is freed by counting alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _bind(port: int) -> socket.socket:
    """The wanted port, or any free one where it is taken (another world may be running)."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit it; without it an answer in two writes waits for an ACK, 40 ms.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.bind((HOST, 0))
    bound.listen(_BACKLOG)  # from here on connections wait, however long the server takes to start
    return bound
