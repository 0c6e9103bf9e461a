"""Two nodes that tell each other days: Kuala Lumpur's and Lahore's, each with a key of its own."""

from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from door_nodes import institution
from door_world import Hand, Place, opened, place
from msgspec.structs import replace

from qantara.access.model import Role
from qantara.db import Tx
from qantara.db.figures import CaseMoved, Outcome
from qantara.edge import Envelope
from qantara.supervision import flow, store
from qantara.supervision.flow import Reporter, Signer
from qantara.supervision.model import AGGREGATE, IssuerKey

MY = replace(institution(), neighbours={"pk": "PK"})
PK = replace(institution(), role="pk", bic="RAVIPKK0", country="PK", neighbours={"my": "MY"})


def signer(byte: int) -> Signer:
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes([byte]) * 32))


MINE, THEIRS, STRANGERS = signer(1), signer(2), signer(3)
KEYS = [
    IssuerKey("my", MINE.key_id, MINE.public_key),
    IssuerKey("pk", THEIRS.key_id, THEIRS.public_key),
]


@dataclass
class Pair:
    """`my` with its customers and authorities, and the node `pk` beside it."""

    my: Any
    pk: Place
    clock: Hand

    async def told(self, reporter: Reporter, day: date | None = None) -> int:
        """Have `my` tell a day; how many documents that made."""
        command = None if day is None else {"day": day.isoformat()}
        return int(await self.my.my.do(reporter.report, command))

    async def sent(self) -> list[Envelope]:
        """What `my` told, as it goes to `pk`, oldest first."""
        raws = await self.my.my.sent(AGGREGATE)
        return [Envelope(key_of(raw), AGGREGATE, None, raw) for raw in raws]

    async def taken(self, *envelopes: Envelope, sender: str = "my") -> list[str | None]:
        """What `pk` says to them: None for what it took."""
        acks = await self.pk.intake.take(sender, list(envelopes))
        return [None if each.accepted else each.reason for each in acks]

    async def kept(self, at: Place, day: date) -> list[Any]:
        async with at.door.database.read() as tx:
            return await flow.documents(tx, day, day)


def key_of(raw: bytes) -> str:
    return str(msgspec.json.decode(raw)["message_id"])


@asynccontextmanager
async def pair(server: Any) -> Any:
    async with opened(server, MY) as my:

        async def nobody(_role: str, _path: str) -> bytes:
            raise AssertionError("nobody is asked")

        async with place(server, "institution", PK, nobody, my.clock) as pk:
            for each in (my.my, pk):
                await each.do(flow.learn_keys, KEYS)
            for name, authority in (("bnm", "BNM"), ("sc", "SC"), ("sbp", "SBP")):
                my.keys[name] = await my.my.key(name, Role.SUPERVISOR, authority)
            yield Pair(my, pk, my.clock)


def outcome(day: date, count: int, ending: str = "completed", **other: Any) -> Outcome:
    """So many payments from Kuala Lumpur to Lahore of MYR 100.00, one of it cost."""
    done = count if ending == "completed" else 0
    said: dict[str, Any] = {
        "day": day,
        "way": "out",
        "source": "MY",
        "destination": "PK",
        "source_currency": "MYR",
        "destination_currency": "PKR",
        "rail": "nexus",
        "outcome": ending,
        "bucket": 100 if done else None,
        "count": count,
        "sent": 100_00 * done,
        "received": 6_200_00 * done,
        "fees": 60 * done,
        "margin": 40 * done,
    }
    return Outcome(**(said | other))


async def add(tx: Tx, _node: object, found: Sequence[Any], _now: datetime) -> list[None]:
    """As if so many payments had ended so. A verb."""
    await store.add(tx, [each for each in found if isinstance(each, Outcome)])
    await store.add_complaints(tx, [each for each in found if isinstance(each, CaseMoved)])
    return [None] * len(found)
