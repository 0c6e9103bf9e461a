"""The verbs of a confirmed payment: the confirmation is used up by the very payment it allows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Consume
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.records import Send, Transfer
from qantara.errors import Conflict, NotFound, Refused
from qantara.remittance import flow as remittance
from qantara.remittance.model import Accept, Remittance, State, remittance_id

UNSENT = frozenset({State.QUOTED, State.EXPIRED, State.REFUSED})


class Inside(NamedTuple):
    proof: Consume
    send: Send


class Abroad(NamedTuple):
    proof: Consume
    accept: Accept


async def send(
    tx: Tx, node: Any, asked: Sequence[Inside], now: datetime
) -> list[Transfer | Refused | Conflict | NotFound]:
    """Transfers inside the country; one that was sent before is told again and asks no proof."""
    found = await domestic.transfers(tx, [each.send.id for each in asked])
    told: dict[str, Transfer | Refused | Conflict | NotFound] = {
        each.id: each for each in found if isinstance(each, Transfer)
    }
    wanted = [each for each in asked if each.send.id not in told]
    proofs = await credentials.consume(tx, node, [each.proof for each in wanted], now)
    allowed = []
    for each, proof in zip(wanted, proofs, strict=True):
        if isinstance(proof, Refused):
            told.setdefault(each.send.id, proof)
        else:
            allowed.append(each.send)
    made = await domestic.send(tx, node, allowed, now)
    told |= {each.id: outcome for each, outcome in zip(allowed, made, strict=True)}
    return [told[each.send.id] for each in asked]


async def accept(
    tx: Tx, node: Any, asked: Sequence[Abroad], now: datetime
) -> list[Remittance | Refused | Conflict | NotFound]:
    """Remittances of their quotes; one that was accepted before is told again."""
    found = await remittance.remittances(
        tx, [remittance_id(each.accept.quote_id) for each in asked]
    )
    told: dict[str, Remittance | Refused | Conflict | NotFound] = {
        each.quote.id: each
        for each in found
        if isinstance(each, Remittance) and each.state not in UNSENT
    }
    wanted = [each for each in asked if each.accept.quote_id not in told]
    proofs = await credentials.consume(tx, node, [each.proof for each in wanted], now)
    allowed = []
    for each, proof in zip(wanted, proofs, strict=True):
        if isinstance(proof, Refused):
            told.setdefault(each.accept.quote_id, proof)
        else:
            allowed.append(each.accept)
    made = await remittance.accept(tx, node, allowed, now)
    told |= {each.quote_id: outcome for each, outcome in zip(allowed, made, strict=True)}
    return [told[each.accept.quote_id] for each in asked]
