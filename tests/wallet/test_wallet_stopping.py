from wallet_world import ACCOUNTS, AISHA, BO, PRINCIPAL, SEED, World, build, code

from moments import Fresh
from qantara.access import flow as access
from qantara.db import events
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import AccountId
from qantara.ledger import flow as ledger
from qantara.parties import flow as parties
from qantara.rails.model import Status
from qantara.remittance.model import Remittance
from qantara.wallet import flow
from qantara.wallet.model import Filled, Switch


def word(*, stop: bool, account: AccountId = ACCOUNTS[AISHA]) -> Switch:
    return Switch(account, AISHA, PRINCIPAL, stop)


async def turned(world: World, *, stop: bool) -> None:
    (account,) = await world.do(flow.switch, word(stop=stop))
    assert account.stopped is stop


async def test_nothing_is_sent_from_a_stopped_account_and_what_comes_arrives(fresh_both: Fresh):
    world = await build(fresh_both)
    await turned(world, stop=True)
    for outcome in (await world.paid_here(10_00), await world.accepted(50_00)):
        assert isinstance(outcome, Refused)
        assert outcome.reason is Reason.ACCOUNT_STOPPED
    await world.arrived()
    await world.paid_here(20_00, BO)
    assert await world.balance(code(AISHA)) == SEED + 99_45 + 20_00
    assert isinstance(await world.moved(await world.pot(), 5_00), Filled)
    await turned(world, stop=False)
    assert not isinstance(await world.paid_here(10_00), Refused)
    assert isinstance(await world.accepted(50_00), Remittance)
    await world.audit()


async def test_what_was_under_way_goes_on(fresh: Fresh):
    world = await build(fresh)
    await world.accepted(500_00)
    await turned(world, stop=True)
    await world.concluded(Status.ACCC)
    assert await world.balance(code(AISHA)) == SEED - 500_00


async def test_every_turn_of_the_switch_is_audited_and_told_once(fresh: Fresh):
    world = await build(fresh)
    words = [word(stop=stop) for stop in (True, True, False, True)]
    outcomes = await world.do(flow.switch, *words)
    assert {each.stopped for each in outcomes} == {True}
    await turned(world, stop=True)
    await turned(world, stop=False)
    trail = await access.audit(world.tx, ACCOUNTS[AISHA])
    assert [each.entry.act for each in reversed(trail)] == [
        "account.stopped",
        "account.resumed",
        "account.stopped",
        "account.resumed",
    ]
    assert {each.entry.actor for each in trail} == {PRINCIPAL}
    told = [each.state for each in await events.of(world.tx, ACCOUNTS[AISHA])]
    assert told == ["stopped", "resumed", "stopped", "resumed"]


async def test_a_freeze_stands_above_the_switch(fresh: Fresh):
    world = await build(fresh)
    await ledger.freeze(world.tx, code(AISHA), "order", "court", "prn_c", world.now)
    await turned(world, stop=True)
    await turned(world, stop=False)
    outcome = await world.paid_here(10_00)
    assert isinstance(outcome, Refused)
    assert outcome.reason is Reason.ACCOUNT_FROZEN


async def test_the_switch_is_its_holders_alone(fresh: Fresh):
    world = await build(fresh)
    outcomes = await world.do(
        flow.switch,
        word(stop=True, account=ACCOUNTS[BO]),
        word(stop=True, account=AccountId("acc_none")),
    )
    assert [type(each) for each in outcomes] == [NotFound, NotFound]
    assert await access.audit(world.tx, ACCOUNTS[BO]) == []
    await parties.close_accounts(world.tx, [ACCOUNTS[AISHA]], world.now)
    (closed,) = await world.do(flow.switch, word(stop=True))
    assert isinstance(closed, Conflict)
