"""The alias directory: what stands behind an alias, and how an alias moves to another bank."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, QantaraError, Reason
from qantara.scheme.ips import directory_store as store
from qantara.scheme.ips.model import Alias, AliasRemoval, IpsNode, ParticipantKind


async def register_aliases(
    tx: Tx, node: IpsNode, aliases: Sequence[Alias], now: datetime
) -> list[QantaraError | None]:
    """Aliases of accounts at participants.

    One that stands for something else already is a Conflict: it must be given up there first.
    One of a bank that takes no part is NotFound, one of a kind that this system does not
    register Malformed.
    """
    wrong = [_wrong(node, alias) for alias in aliases]
    await store.insert_aliases(
        tx, [alias for alias, fault in zip(aliases, wrong, strict=True) if fault is None], now
    )
    there = await store.aliases(tx, [alias.proxy for alias in aliases])
    return [
        fault or (None if there[alias.proxy] == alias else _taken(alias))
        for alias, fault in zip(aliases, wrong, strict=True)
    ]


def _wrong(node: IpsNode, alias: Alias) -> QantaraError | None:
    if alias.proxy.type not in node.alias_types:
        return Malformed(Reason.FIELD_INVALID, param="proxy_type", value=alias.proxy.type)
    if node.agent(alias.agent, ParticipantKind.PSP) is None:
        return NotFound(Reason.INSTITUTION_UNKNOWN, agent=alias.agent)
    return None


def _taken(alias: Alias) -> Conflict:
    return Conflict(Reason.ALIAS_EXISTS, alias=alias.proxy.value)


async def deregister_aliases(
    tx: Tx, _node: IpsNode, removals: Sequence[AliasRemoval], now: datetime
) -> list[QantaraError | None]:
    """Give aliases up, each by the bank that registered it; another bank's is a Conflict."""
    there = await store.aliases(tx, [removal.proxy for removal in removals])
    outcomes: list[QantaraError | None] = []
    gone: list[Alias] = []
    for removal in removals:
        alias = there.get(removal.proxy)
        if alias is None:
            outcomes.append(NotFound(Reason.ALIAS_UNKNOWN, alias=removal.proxy.value))
        elif alias.agent != removal.agent:
            outcomes.append(Conflict(Reason.MESSAGE_WRONG_PARTY, agent=removal.agent))
        else:
            outcomes.append(None)
            gone.append(there.pop(removal.proxy))
    await store.delete_aliases(tx, gone, now)
    return outcomes
