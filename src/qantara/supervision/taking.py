"""Days of other institutions as they arrive: verified, or not kept."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.db import Tx
from qantara.db.mail import Received, take
from qantara.errors import Conflict, QantaraError, Reason
from qantara.ids import PrincipalId
from qantara.remittance.model import Institution
from qantara.supervision import document_store, signing
from qantara.supervision.model import Document, IssuerKey, Offered

_SYSTEM = PrincipalId("prn_system")
_Key = tuple[str, date, int]


async def learn_keys(
    tx: Tx, _node: object, commands: Sequence[Sequence[IssuerKey]], now: datetime
) -> list[None]:
    """Know the keys by which institutions sign, as the world is wired."""
    await document_store.learn(tx, [key for keys in commands for key in keys], now)
    return [None] * len(commands)


async def take_aggregates(
    tx: Tx, node: Institution, received: Sequence[Received[Offered]], now: datetime
) -> list[QantaraError | None]:
    """Keep signed days of other institutions.

    Refused is what its issuer did not sign, what somebody else brings, what is about a day that
    has not begun, and another text under a revision that is kept. The same again changes nothing.
    """
    offers = [each.record for each in received]
    keys = await document_store.keys(tx, [(o.aggregate.issuer, o.key_id) for o in offers])
    held = await document_store.known(tx, [_place(each) for each in offers])
    fresh: dict[_Key, Document] = {}
    outcomes: list[QantaraError | None] = []
    for each, offer in zip(received, offers, strict=True):
        wrong = _wrong(node, each.message.sender, offer, keys, now)
        before = held.get(_place(offer)) or fresh.get(_place(offer))
        if wrong is None and before is not None and before.body != offer.body:
            wrong = Conflict(Reason.ID_REUSED, id=offer.message_id)
        if wrong is None and before is None:
            fresh[_place(offer)] = Document(
                offer.aggregate, offer.key_id, offer.signature, offer.body, now
            )
        outcomes.append(wrong)
    await take(tx, [each.message for each in received], now)
    if fresh:
        await document_store.insert(tx, list(fresh.values()))
    await _note(tx, received, outcomes, now)
    return outcomes


def _place(offer: Offered) -> _Key:
    told = offer.aggregate
    return told.issuer, told.day, told.revision


def _wrong(
    node: Institution,
    sender: str,
    offer: Offered,
    keys: dict[tuple[str, str], IssuerKey],
    now: datetime,
) -> Conflict | None:
    told = offer.aggregate
    if sender != told.issuer or node.neighbours.get(sender) != told.jurisdiction:
        return Conflict(Reason.MESSAGE_WRONG_PARTY, sender=sender)
    key = keys.get((told.issuer, offer.key_id))
    if key is None or not signing.verified(key.public_key, offer.signature, offer.body):
        return Conflict(Reason.SIGNATURE_INVALID, issuer=told.issuer)
    if told.day > now.date() + timedelta(days=1):
        return Conflict(Reason.TIME_MALFORMED, param="day", value=told.day.isoformat())
    return None


async def _note(
    tx: Tx,
    received: Sequence[Received[Offered]],
    outcomes: Sequence[QantaraError | None],
    now: datetime,
) -> None:
    """Tell the audit trail what was not believed."""
    entries = [
        AuditEntry(
            _SYSTEM,
            "aggregate_refused",
            f"aggregate/{each.message.sender}",
            {"day": each.record.aggregate.day.isoformat(), "reason": said.reason.value},
        )
        for each, said in zip(received, outcomes, strict=True)
        if said is not None
    ]
    await access.record(tx, entries, now)
