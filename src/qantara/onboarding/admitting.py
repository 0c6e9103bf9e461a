"""Who may come in: a credential that stands, of a customer whose relation does."""

from collections.abc import Collection, Sequence
from datetime import datetime

from qantara.access import flow as access
from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Used
from qantara.access.model import AuditEntry, Principal
from qantara.db import Tx
from qantara.errors import NotFound, Reason, Refused
from qantara.ids import CustomerId
from qantara.parties import flow as parties
from qantara.parties.model import CustomerState


async def standing(tx: Tx, credential_ids: Collection[str]) -> dict[str, Principal]:
    """Who holds these credentials and may still come in, by credential: to renew a session. Left
    out is a PIN that was changed, a passkey that was revoked, who is frozen, and who is a customer
    no more.
    """
    found = await credentials.holders(tx, list(credential_ids))
    active = await _active(tx, found.values())
    return {each: principal for each, principal in found.items() if principal.subject in active}


async def _active(tx: Tx, people: Collection[Principal]) -> set[str]:
    ids = [CustomerId(each.subject) for each in people if each.subject is not None]
    return {
        each.id
        for each in await parties.customers(tx, ids)
        if not isinstance(each, NotFound) and each.state is CustomerState.ACTIVE
    }


async def let_in(
    tx: Tx, _node: object, used: Sequence[Used], now: datetime
) -> list[Principal | Refused]:
    """Let in who has just proved a credential. Why somebody is not let in is not told."""
    proved = await credentials.prove(tx, used, now)
    active = await _active(tx, [each for each in proved if isinstance(each, Principal)])
    outcomes: list[Principal | Refused] = [
        Refused(Reason.SIGN_IN_FAILED, rule=credentials.SIGN_IN)
        if isinstance(each, Principal) and each.subject not in active
        else each
        for each in proved
    ]
    entries = [
        AuditEntry(each.id, "credential_proved", each.key_id or each.id)
        for each in outcomes
        if isinstance(each, Principal)
    ]
    await access.record(tx, entries, now)
    return outcomes
