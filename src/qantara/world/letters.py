"""The messages between a world's roles, judged once more as they were stored."""

from collections.abc import AsyncIterator

from qantara.db import mail
from qantara.db.mail import Sent
from qantara.host.runtime import Runtime
from qantara.rails.model import MessageName, Profile

PAGE = 1000
_NAMES = frozenset(MessageName)


def is_standard(name: str) -> bool:
    """Whether it is ISO 20022; the notices between scheme roles are not."""
    return name.partition("/")[0] in _NAMES


def profile_of(runtime: Runtime, sender: str, message: Sent) -> Profile:
    """The guideline between two roles: that of the service its name tells, Nexus at the
    gateway, else that of the payment system for payments across borders.
    """
    service = message.name.partition("/")[2]
    if service:
        return Profile(service)
    kinds = {name: runtime.world.role(name).kind for name in (sender, message.recipient)}
    if "gateway" in kinds.values():
        return Profile.NEXUS
    system = next(name for name, kind in kinds.items() if kind == "ips")
    return Profile(runtime.world.role(system).take("profile", str))


async def about(runtime: Runtime, uetr: str) -> list[tuple[str, Sent]]:
    """Every ISO 20022 message about a payment with its sender, in the order they were sent."""
    found: list[tuple[str, Sent]] = []
    for name, role in runtime.roles.items():
        async with role.database.read() as tx:
            sent = await mail.sent_about(tx, uetr)
        found += [(name, message) for message in sent if is_standard(message.name)]
    return sorted(found, key=lambda each: each[1].recorded_at)


async def ever(runtime: Runtime) -> AsyncIterator[list[tuple[str, Sent]]]:
    """Every ISO 20022 message any role ever sent, with its sender, page by page."""
    for name, role in runtime.roles.items():
        last = 0
        while True:
            async with role.database.read() as tx:
                page = await mail.sent_after(tx, last, PAGE)
            if not page:
                break
            last = page[-1][0]
            yield [(name, message) for _, message in page if is_standard(message.name)]
