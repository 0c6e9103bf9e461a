"""SQL of certificates."""

from collections.abc import Collection
from datetime import datetime

from qantara.db import Tx
from qantara.db.arrays import texts
from qantara.ids import PrincipalId

_INSERT = """
INSERT INTO access.certificate (principal_id, thumbprint, bound_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING thumbprint
"""

_REVOKE = """
UPDATE access.certificate SET revoked_at = $3
WHERE principal_id = $1 AND thumbprint = $2 AND revoked_at IS NULL RETURNING thumbprint
"""

_BOUND = """
SELECT c.principal_id, c.thumbprint FROM access.certificate c
JOIN unnest($1::text::text[], $2::text::text[]) AS shown (principal_id, thumbprint)
    USING (principal_id, thumbprint)
WHERE c.revoked_at IS NULL
"""


async def insert(tx: Tx, principal_id: PrincipalId, thumbprint: str, now: datetime) -> bool:
    """Whether it is new; one that was revoked stays revoked."""
    return await tx.fetchval(_INSERT, principal_id, thumbprint, now) is not None


async def revoke(tx: Tx, principal_id: PrincipalId, thumbprint: str, now: datetime) -> bool:
    return await tx.fetchval(_REVOKE, principal_id, thumbprint, now) is not None


async def bound(tx: Tx, shown: Collection[tuple[PrincipalId, str]]) -> set[tuple[str, str]]:
    principals, thumbprints = zip(*shown, strict=True)
    rows = await tx.fetch(_BOUND, texts(principals), texts(thumbprints))
    return {(row["principal_id"], row["thumbprint"]) for row in rows}
