"""Where money comes back: payments that arrive and give one of ours back."""

from collections.abc import Sequence
from datetime import datetime

from qantara.db import Tx, events
from qantara.remittance import case_store, store
from qantara.remittance.case_model import RETURNED, GivenBack
from qantara.remittance.model import Inbound, InboundState, State


async def link(tx: Tx, payments: Sequence[Inbound], now: datetime) -> None:
    """Tell the senders of payments that are credited back to the account they were sent from;
    the remittance itself stays completed.
    """
    backs = [
        (each.returns, each.account_id)
        for each in payments
        if each.returns and each.state is InboundState.CREDITED
    ]
    if not backs:
        return
    ours = await store.lock_by_uetr(tx, [uetr for uetr, _ in backs])
    told = [
        (ours[uetr].id, RETURNED)
        for uetr, account_id in backs
        if uetr in ours
        and ours[uetr].state is State.COMPLETED
        and ours[uetr].quote.request.account_id == account_id
    ]
    await events.add(tx, told, now)


async def given_back(tx: Tx, uetrs: Sequence[str]) -> dict[str, list[GivenBack]]:
    """What has come back of payments of ours, by their UETR; oldest first."""
    return await case_store.given_back(tx, uetrs) if uetrs else {}
