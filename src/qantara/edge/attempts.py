"""The payments an institution's own customers asked for, as rules are tried on them."""

from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.policy import flow as policy
from qantara.policy.model import Payment
from qantara.remittance import flow as remittance

MOST = 200_000
"""Payments of one trial; the facts of so many fit in memory."""
NOBODY = "unknown"
"""Whose a payment was that was refused before it was a quote."""


async def asked(tx: Tx, country: str, limit: int = MOST) -> list[Payment]:
    """Each with its day, its facts as last decided, and its customer."""
    found = await policy.payments_asked(tx, country, limit)
    ids = [subject for subject, _, _ in found]
    whose = {**await remittance.customers(tx, ids), **await domestic.customers(tx, ids)}
    return [Payment(subject, on, whose.get(subject, NOBODY), facts) for subject, on, facts in found]
