"""What staff and authorities look at one by one: a customer, an account, a transfer, a message, a
key, an endpoint, a day as another institution told it.
"""

import asyncio
from collections.abc import Mapping

from qantara.access import roll
from qantara.clock import utc_now
from qantara.db import letters
from qantara.errors import NotFound, Reason, Unavailable
from qantara.host.runtime import Runtime
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.supervision import flow as supervision
from qantara.world.staged_calls import Line

_LOOKS, _LOOK_SECONDS = 100, 0.1
_TELLS = "pk"
"""The institution whose day is shown."""
_WISH = {
    "url": "http://127.0.0.1:9/salaries",
    "event_types": ["remittance.*"],
    "description": "Payroll",
}
"""Nobody listens there: what is told waits, and is told again."""
Keys = Mapping[str, Mapping[str, str]]


async def stage(runtime: Runtime, at: str, keys: Keys, account_id: str) -> dict[str, str]:
    async with Line.to(runtime.addresses[at], keys[at]["employer"]) as line:
        endpoint = await line.post("/v1/webhook-endpoints", _WISH)
        await line.post(f"/v1/webhook-endpoints/{endpoint['id']}/test", {})
    today = utc_now().date().isoformat()
    async with Line.to(runtime.addresses[_TELLS], keys[_TELLS]["operations"]) as line:
        await line.post("/v1/supervision/aggregates", {"day": today})
    found = await _booked(runtime, at, account_id)
    await _told(runtime, at)
    return found | {"endpoint": endpoint["id"], "issuer": _TELLS, "day": today}


async def _booked(runtime: Runtime, at: str, account_id: str) -> dict[str, str]:
    async with runtime.roles[at].database.read() as tx:
        (holding,) = await parties.accounts(tx, [AccountId(account_id)])
        if isinstance(holding, NotFound):
            raise holding
        code = holding.account.ledger_code
        (line, *_) = await ledger.statement(tx, code, limit=1)
        (key, *_) = await roll.keys(tx, None, 1)
        (letter, *_) = await letters.sent(tx, None, 1)
    return {
        "customer": holding.customer.id,
        "code": code,
        "transfer": line.id,
        "key": key.id,
        "peer": letter.peer,
        "place": letter.place,
    }


async def _told(runtime: Runtime, at: str) -> None:
    """Wait until the other institution's day is here."""
    today = utc_now().date()
    for _ in range(_LOOKS):
        async with runtime.roles[at].database.read() as tx:
            if await supervision.revisions(tx, _TELLS, today):
                return
        await asyncio.sleep(_LOOK_SECONDS)
    raise Unavailable(Reason.TIMED_OUT, detail=f"{_TELLS} told nothing of {today}")
