"""What was acknowledged: messages between roles, and answers given to customers."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from qantara.db import Tx
from qantara.world.audit.model import Finding, Told, Wrong

Letter = tuple[str, str, str]
"""Sender, recipient, key."""

_LEFT = """
SELECT s.recipient, s.key FROM db.sent s
WHERE NOT EXISTS (SELECT FROM db.outbox o WHERE o.sequence = s.sequence)
"""
_CAME = """
SELECT sender, key FROM db.inbox UNION SELECT sender, key FROM db.refusal
"""
_HELD = "SELECT peer, key FROM triggers.held UNION SELECT peer, key FROM triggers.strike"

# What a customer was told was made, by the address it was given.
_MADE = """
SELECT w.id AS subject, 'a customer was told of it, and it is not there' AS sentence
FROM (SELECT DISTINCT regexp_replace(location, '^.*/', '') AS id FROM edge.answer
    WHERE status BETWEEN 200 AND 299 AND location IS NOT NULL) AS w
WHERE w.id LIKE 'rem\\_%' AND NOT EXISTS (SELECT FROM remittance.remittance r WHERE r.id = w.id)
    OR w.id LIKE 'quo\\_%' AND NOT EXISTS (SELECT FROM remittance.quote q WHERE q.id = w.id)
    OR w.id LIKE 'pck\\_%' AND NOT EXISTS (SELECT FROM payees.payee_check p WHERE p.id = w.id)
    OR w.id LIKE 'trf\\_%' AND NOT EXISTS (SELECT FROM domestic.transfer t WHERE t.id = w.id)
"""


@dataclass(frozen=True, slots=True)
class Post:
    """What left a role and was acknowledged, what came in, what its operator kept or threw away,
    and what customers were told that is not there.
    """

    left: list[tuple[str, str]]
    came: frozenset[tuple[str, str]]
    kept: frozenset[tuple[str, str]]
    told: list[Told]


async def read(tx: Tx, role: str, kind: str) -> Post:
    is_institution = kind == "institution"
    made = await tx.fetch(_MADE) if is_institution else []
    kept = [] if is_institution else await tx.fetch(_HELD)
    return Post(
        [(row[0], row[1]) for row in await tx.fetch(_LEFT)],
        frozenset((row[0], row[1]) for row in await tx.fetch(_CAME)),
        frozenset((row[0], row[1]) for row in kept),
        [Told(Wrong.LOST, Finding(role, *row)) for row in made],
    )


def compared(posts: Mapping[str, Post], dropped: Collection[Letter]) -> Iterator[Told]:
    """Messages that their recipient acknowledged and does not have. `dropped` are those that
    roads threw away on purpose.
    """
    for sender, post in posts.items():
        for recipient, key in post.left:
            there = posts.get(recipient)
            if there is None or (sender, key) in there.came or (sender, key) in there.kept:
                continue
            if (recipient, key) not in post.kept and (sender, recipient, key) not in dropped:
                told = f"{recipient} acknowledged this message of {sender} and does not have it"
                yield Told(Wrong.LOST, Finding(recipient, key, told))
