"""The holder's own switch: stop all sending from an account, and resume it."""

from collections.abc import Sequence
from datetime import datetime

from qantara.access import flow as access
from qantara.access.model import AuditEntry
from qantara.db import Tx, events
from qantara.errors import Conflict, NotFound, QantaraError, Reason
from qantara.parties import flow as parties
from qantara.parties.model import Account, Holding
from qantara.remittance.model import Institution
from qantara.wallet.model import Switch

STOPPED, RESUMED = "stopped", "resumed"
Switched = Account | Conflict | NotFound


async def switch(
    tx: Tx, _node: Institution, wishes: Sequence[Switch], now: datetime
) -> list[Switched]:
    """Stop accounts, or resume them, in the order of the list; what stands so already stays, and
    nothing is noted. What is under way goes on, and credits still arrive. A freeze is not ours
    to end: it stands in the ledger, above this.
    """
    holdings = await parties.accounts(tx, [each.account_id for each in wishes])
    stands = {
        holding.account.id: holding.account.stopped
        for holding in holdings
        if not isinstance(holding, QantaraError)
    }
    entries: list[AuditEntry] = []
    told: list[tuple[str, str]] = []
    last: dict[str, Switch] = {}
    for each, holding in zip(wishes, holdings, strict=True):
        if not _is_own(each, holding):
            continue
        last[each.account_id] = each
        if stands[each.account_id] is not each.stop:
            stands[each.account_id] = each.stop
            state = STOPPED if each.stop else RESUMED
            entries.append(AuditEntry(each.by, f"account.{state}", each.account_id))
            told.append((each.account_id, state))
    stopped = [each.account_id for each in last.values() if each.stop]
    resumed = [each.account_id for each in last.values() if not each.stop]
    done = await parties.stop_accounts(tx, stopped, now)
    done += await parties.resume_accounts(tx, resumed, now)
    after = dict(zip([*stopped, *resumed], done, strict=True))
    changed = {key for key, account in after.items() if isinstance(account, Account)}
    await access.record(tx, [each for each in entries if each.target in changed], now)
    await events.add(tx, [(key, state) for key, state in told if key in changed], now)
    return [
        after[each.account_id]
        if _is_own(each, holding)
        else NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.account_id)
        for each, holding in zip(wishes, holdings, strict=True)
    ]


def _is_own(wish: Switch, holding: Holding | NotFound) -> bool:
    return isinstance(holding, Holding) and holding.customer.id == wish.customer_id
