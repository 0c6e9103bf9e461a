"""Certificates of counterparties: a key alone opens no door between institutions.

A thumbprint is the SHA-256 of a certificate's DER form, 64 hex digits (RFC 8705, section 3.1).
"""

from datetime import datetime

from qantara.access import certificate_store, store
from qantara.access.flow import record, require
from qantara.access.model import AuditEntry, Principal, Scope
from qantara.db import Tx
from qantara.errors import NotFound, Reason
from qantara.ids import PrincipalId


async def bind(
    tx: Tx, by: Principal, principal_id: PrincipalId, thumbprint: str, now: datetime
) -> None:
    """From now on this certificate speaks for the principal; bound twice is bound once."""
    require(by, Scope.KEYS_MANAGE)
    if principal_id not in await store.principals(tx, [principal_id]):
        raise NotFound(Reason.PRINCIPAL_NOT_FOUND, id=principal_id)
    if await certificate_store.insert(tx, principal_id, thumbprint, now):
        await record(tx, [_entry(by, "certificate_bound", principal_id, thumbprint)], now)


async def unbind(
    tx: Tx, by: Principal, principal_id: PrincipalId, thumbprint: str, now: datetime
) -> bool:
    """It never speaks for the principal again; False if it did not."""
    require(by, Scope.KEYS_MANAGE)
    revoked = await certificate_store.revoke(tx, principal_id, thumbprint, now)
    if revoked:
        await record(tx, [_entry(by, "certificate_unbound", principal_id, thumbprint)], now)
    return revoked


def _entry(by: Principal, act: str, principal_id: PrincipalId, thumbprint: str) -> AuditEntry:
    return AuditEntry(by.id, act, principal_id, {"thumbprint": thumbprint})
