"""A customer with something on every page of the app: a price that waits for a yes, a saved payee,
money set apart, a standing order.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeVar

from qantara import ids
from qantara.client import AsyncClient, Order, calls
from qantara.client.model import PayeeCheck, Quote
from qantara.clock import utc_now
from qantara.errors import NotFound, Reason, Refused, Unavailable
from qantara.host.runtime import Runtime
from qantara.ids import AccountId
from qantara.money import MYR, Money
from qantara.parties import flow as parties
from qantara.remittance.model import Fixed
from qantara.wallet import flow as wallet
from qantara.wallet.model import Beneficiary, Filled, OpenPot, Save
from qantara.wallet.schedule_model import Plan, Rhythm, Schedule, Terms
from qantara.world.demo import Scene

PRICED = "500.00"
_GOAL, _MONTHLY, _AT_MOST = (Money(minor, MYR) for minor in (200_000, 30_000, 35_000))
_LATER = timedelta(days=60)
Made = TypeVar("Made")


async def stage(runtime: Runtime, scene: Scene, key: str) -> Mapping[str, str]:
    """What the scene's sender has on those pages, by the names that paths use."""
    async with AsyncClient(runtime.addresses[scene.sender], key) as client:
        check, quote = await _priced(client, scene)
        account_id = AccountId((await client.do(calls.accounts())).data[0].id)
    role = runtime.roles[scene.sender]
    async with role.database.read() as tx:
        holding = (await parties.accounts(tx, [account_id]))[0]
        if isinstance(holding, NotFound):
            raise holding
        account = holding.account
        line = (await wallet.movements(tx, account, None, 1))[0]
    owner = account.customer_id
    saved: Beneficiary | Refused = await role.batcher.run(
        wallet.save, Save(ids.new("ben"), owner, check.id, "Family in Lahore")
    )
    payee = _made(saved).id
    pot: Filled | Refused = await role.batcher.run(
        wallet.open_pots, OpenPot(ids.new("pot"), owner, account.id, "New roof", _GOAL)
    )
    terms = Terms(
        *(owner, account.id, payee, _MONTHLY, Fixed.SOURCE, _AT_MOST, Rhythm.MONTHLY),
        first_on=(utc_now() + _LATER).date(),
        purpose="FAMI",
    )
    plan: Schedule | Refused = await role.batcher.run(wallet.plan, Plan(ids.new("sch"), terms))
    return {
        "account": account.id,
        "movement": str(line.sequence),
        "check": check.id,
        "quote": quote.id,
        "payee": payee,
        "pot": _made(pot).pot.id,
        "schedule": _made(plan).id,
    }


async def _priced(client: AsyncClient, scene: Scene) -> tuple[PayeeCheck, Quote]:
    account = (await client.do(calls.accounts())).data[0]
    order = Order(account.id, scene.payee, PRICED, scene.currency)
    check = await client.do(calls.new_payee_check(scene.payee))
    return check, await client.do(calls.new_quote(order))


def _made(outcome: Made | Refused) -> Made:
    if isinstance(outcome, Refused):
        raise Unavailable(Reason.INTERNAL, detail=f"staging was refused: {outcome}")
    return outcome
