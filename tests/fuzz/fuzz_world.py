"""The world whose doors are fuzzed: every kind of role, really running, and a key for each caller.

The limits of requests are out of the way: what they say is tested elsewhere, and a caller who is
only ever told to wait learns nothing about a door.
"""

import re
import socket
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from qantara.access.model import PrincipalKind, Role
from qantara.db import Server
from qantara.settings import Settings
from qantara.world import seeding, worlds

BANK = """
[roles.psp-my]
kind = "psp"
bic = "TIMUMYK0"
name = "Timur Contoh Bank (simulated participant)"
country = "MY"
currency = "MYR"
ips = "duitnow"
gateway = "nexus"
prefix = "77"
"""
_MANY = "[1000000, 1]"
_LIMITED = (*(each.value for each in Role), "messages", "sign_in_failures", "payee_checks")
RATES = ", ".join(f"{name} = {_MANY}" for name in _LIMITED)
ROLES = {
    "institution": "my",
    "gateway": "nexus",
    "ips": "duitnow",
    "sap": "sap-my",
    "fxp": "fxp",
    "psp": "psp-my",
}
"""Of each kind the role that is asked."""


@dataclass(frozen=True, slots=True)
class Served:
    """Where the doors are, and by role and caller the keys that open them."""

    addresses: Mapping[str, str]
    keys: Mapping[str, Mapping[str, str]]

    def key(self, kind: str, caller: str) -> str:
        return self.keys[ROLES[kind]][caller]

    def address(self, kind: str) -> str:
        return self.addresses[ROLES[kind]]


def written() -> str:
    """The demo's world with a simulated bank in it, on ports that nobody chose."""
    text = (files("qantara.world") / "demo.toml").read_text() + BANK
    text = re.sub(r"^port = \d+\n", "", text, flags=re.MULTILINE)
    free = iter(_free_ports(text.count("\nbic = ")))

    def served_at(found: re.Match[str]) -> str:
        return f"{found[0]}\nport = {next(free)}\nrates = {{ {RATES} }}"

    text = re.sub(r"^bic = .*$", served_at, text, flags=re.MULTILINE)
    return text.replace('kind = "institution"', 'kind = "institution"\ncheck_seconds = 1')


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@asynccontextmanager
async def served(server: Server, home: Path) -> AsyncIterator[Served]:
    settings = Settings(home, server.url, 18, 60)
    place = worlds.folder(settings, f"fuzz{uuid.uuid4().hex[:10]}")
    place.path.mkdir(parents=True)
    place.config.write_text(written())
    await server.prepare()
    try:
        async with worlds.started(server, place, lambda _: None) as runtime:
            keys = {role: dict(found) for role, found in place.read_keys().items()}
            for kind in ("administrator", "operations", "compliance"):
                held = (Role(kind), PrincipalKind.PERSON, f"{kind}-fuzz", f"{kind}-fuzz")
                keys["my"][kind] = await runtime.roles["my"].batcher.run(seeding.issue_key, held)
            yield Served(runtime.addresses, keys)
    finally:
        await worlds.erase(server, place)
