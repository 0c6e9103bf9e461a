"""What a caller asked others for, and is asked for: found, or not there."""

from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.errors import NotFound, Reason
from qantara.wallet import flow
from qantara.wallet.request_model import MoneyRequest, Split


async def own_money_request(tx: Tx, call: Call, key: str) -> MoneyRequest:
    """The request, if the caller is one of its two sides."""
    found = (await flow.money_requests(tx, [key]))[0]
    if isinstance(found, NotFound) or not (
        call.sees(found.customer_id) or call.sees(found.payer_id)
    ):
        raise NotFound(Reason.MONEY_REQUEST_NOT_FOUND, id=key)
    return found


async def own_split(tx: Tx, call: Call, split_id: str) -> Split:
    """The bill, if the caller split it."""
    found = (await flow.splits(tx, [split_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise NotFound(Reason.SPLIT_NOT_FOUND, id=split_id)
    return found
