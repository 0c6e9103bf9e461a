"""What an authority looks at, and the trail that its looking leaves."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace

from qantara.access import flow as access
from qantara.access.model import AuditEntry, AuditRecord
from qantara.db import Tx
from qantara.db.figures import CaseStanding
from qantara.policy.model import Rulebook, Value
from qantara.supervision import adding, document_store, gathering, rules, store
from qantara.supervision.model import Complaints, Day, Document, Figures, Look, Overview, Target

TARGET, CEILING = "un.remittance.cost.target", "un.remittance.cost.ceiling"
_NEWEST = 2**63 - 1


def target(authority: str) -> str:
    """Under what an authority's look-ups stand in the audit trail."""
    return f"authority/{authority}"


async def look(tx: Tx, _node: object, looks: Sequence[Look], now: datetime) -> list[None]:
    """Write down what an authority asks for, before it is answered."""
    await access.record(
        tx,
        [
            AuditEntry(
                each.principal_id,
                "supervision_looked" if each.is_allowed else "supervision_refused",
                target(each.authority),
                {"asked": each.asked},
            )
            for each in looks
        ],
        now,
    )
    return [None] * len(looks)


async def access_log(
    tx: Tx, authorities: Sequence[str], before: int | None = None, limit: int = access.PAGE
) -> list[AuditRecord]:
    """What these authorities looked at, newest first."""
    return await access.audit_of(
        tx, [target(each) for each in authorities], before or _NEWEST, limit
    )


async def corridors(tx: Tx, first: date, last: date) -> list[Figures]:
    """Each corridor from one day to another."""
    return await adding.corridors(tx, first, last)


async def days(tx: Tx, first: date, last: date) -> list[Day]:
    """Each corridor's each day."""
    return await adding.days(tx, first, last)


async def overview(tx: Tx, first: date, last: date, now: datetime) -> Overview:
    """Everything from one day to another in a few figures."""
    found = await adding.corridors(tx, first, last)
    cases = await complaints(tx, first, last, now)
    half, most = rules.times(await adding.sending_times(tx, first, last))
    return Overview(
        first,
        last,
        rules.totals(found),
        rules.endings(found),
        half,
        most,
        sum(each.open for each in cases),
        sum(each.overdue for each in cases),
    )


async def complaints(tx: Tx, first: date, last: date, now: datetime) -> list[Complaints]:
    """Complaints by kind: opened and ended in these days, open and overdue now."""
    found: dict[tuple[str, str], Complaints] = {}
    for _, each in await store.complaints(tx, first, last):
        before = found.get((each.kind, each.origin)) or Complaints(each.kind, each.origin, 0, 0)
        found[each.kind, each.origin] = replace(
            before, opened=before.opened + each.opened, closed=before.closed + each.closed
        )
    for now_open in await gathering.standing(tx, now):
        _stand(found, now_open)
    return [found[key] for key in sorted(found)]


def _stand(found: dict[tuple[str, str], Complaints], each: CaseStanding) -> None:
    key = (each.kind, each.origin)
    before = found.get(key) or Complaints(*key, 0, 0)
    found[key] = replace(
        before, open=before.open + each.open, overdue=before.overdue + each.overdue
    )


async def documents(tx: Tx, first: date, last: date) -> list[Document]:
    """The newest revision of every institution's every day, the newest day first."""
    return await document_store.latest(tx, first, last)


async def revisions(tx: Tx, issuer: str, day: date) -> list[Document]:
    """Every revision of one day, the newest first; none where nothing was told."""
    return await document_store.revisions(tx, issuer, day)


def targets(law: Rulebook, on: date) -> dict[str, Target]:
    """What payments abroad shall cost at most, as far as a rulebook says so."""
    found = {}
    for value_id in (TARGET, CEILING):
        value = law.find(value_id, on)
        if value is not None and value.value is not None:
            found[value_id] = _target(value)
    return found


def _target(value: Value) -> Target:
    if not isinstance(value.value, Decimal):
        raise TypeError(f"{value.id} is no share")
    return Target(
        value.id,
        value.value,
        value.citation.instrument,
        value.citation.provision,
        value.confidence,
        value.status.value,
    )
