"""What the tests of taking people on do and look at."""

from identity_world import (
    Desk,
)

from qantara import ids
from qantara.access import flow as access
from qantara.access.model import Role
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    Proof,
    Review,
    Verdict,
)
from qantara.parties import flow as parties


async def ladder(bank: Desk) -> dict:
    on = bank.clock.now.date()
    return {
        each.tier.key: each for each in onboarding.ladder(bank.door.node, bank.door.onboarding, on)
    }


async def how_far(bank: Desk, proof: Proof) -> dict:
    found = await bank.seen(proof)
    told = onboarding.progress(bank.door.node, bank.door.onboarding, found, bank.clock.now.date())
    return {each.rung.tier.key: (each.standing, each.missing) for each in told}


async def issued(bank: Desk, code: str, minor: int) -> None:
    async def issue(tx, node, commands, now):
        pay = Transfer(
            id=str(ids.uuid_derived("issue", code)),
            debit=node.claim,
            credit=code,
            amount=minor,
            asset=node.asset.code,
            code="e_money.issue",
            occurred_at=now,
        )
        return [(await ledger.post(tx, [pay], now))[0]]

    assert (await bank.door.batcher.run(issue, None)).accepted


async def account(bank: Desk, account_id: str):
    async with bank.door.database.look() as tx:
        holding = (await parties.accounts(tx, [account_id]))[0]
        balance = (await ledger.balances(tx, [holding.account.ledger_code]))[0]
    return holding, balance


async def officer(bank: Desk):
    key = await bank.place.key("officer", Role.OPERATIONS, None)
    async with bank.door.database.look() as tx:
        return (await access.authenticate(tx, [key], bank.clock()))[key]


async def reviewed(bank: Desk, application_id: str, verdict: Verdict, by=None):
    command = Review(
        by or await officer(bank), application_id, verdict, "seen by video", bank.door.onboarding
    )
    return await bank.door.batcher.run(onboarding.review, command)
