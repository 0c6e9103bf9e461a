"""SQL of certificates."""

from datetime import datetime

from qantara.db import Tx
from qantara.ids import PrincipalId

_INSERT = """
INSERT INTO access.certificate (principal_id, thumbprint, bound_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING thumbprint
"""

_REVOKE = """
UPDATE access.certificate SET revoked_at = $3
WHERE principal_id = $1 AND thumbprint = $2 AND revoked_at IS NULL RETURNING thumbprint
"""


async def insert(tx: Tx, principal_id: PrincipalId, thumbprint: str, now: datetime) -> bool:
    """Whether it is new; one that was revoked stays revoked."""
    return await tx.fetchval(_INSERT, principal_id, thumbprint, now) is not None


async def revoke(tx: Tx, principal_id: PrincipalId, thumbprint: str, now: datetime) -> bool:
    return await tx.fetchval(_REVOKE, principal_id, thumbprint, now) is not None
