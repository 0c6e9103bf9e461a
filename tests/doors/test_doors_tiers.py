"""Customers who come to the next tier: the same number, more room."""

from dataclasses import replace as changed

import pytest
from identity_acts import account, how_far, issued
from identity_world import (
    DOCUMENTS,
    HOME,
    PERSON,
    PICTURE,
    PIN,
    Desk,
    desk,
)
from msgspec.structs import replace

from qantara import ids
from qantara.edge import joining
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer, TransferKind
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    FaceCheck,
    Proof,
    Raise,
    Standing,
    State,
)


async def raised(bank: Desk, principal) -> Proof:
    command = Raise(principal, ids.new("app"), bank.door.onboarding)
    found = await bank.door.batcher.run(onboarding.raise_tiers, command)
    assert not isinstance(found, Refused), found
    return Proof(found.id, by=principal)


async def test_the_next_tier_keeps_the_number_and_the_money_and_lifts_the_ceiling(servers):
    async with desk(servers(18), "PK") as bank:
        first = await bank.opened("bb_l0", face=HOME)
        before, balance = await account(bank, first.account_id)
        await issued(bank, balance.code, 150_000_00)
        me = await bank.inside()
        proof = await raised(bank, me)
        assert (await raised(bank, me)) == proof
        assert (await how_far(bank, proof))["bb_l0"] == (Standing.OPEN, ())
        assert (await bank.ask(proof, "bb_l0")).reason is Reason.TIER_UNAVAILABLE
        await bank.save(proof, replace(DOCUMENTS["PK"], picture=PICTURE), FaceCheck())
        made = await bank.ask(proof, "asaan")
        assert (made.state, made.held) == (State.OPENED, "asaan")
        after, balance = await account(bank, first.account_id)
        assert (after.account.number, after.customer) == (before.account.number, before.customer)
        assert balance.posted == 150_000_00
        await issued(bank, balance.code, 800_000_00)
        async with bank.door.database.read() as tx:
            assert (await ledger.verify_book(tx)).findings == ()
            events = await tx.fetch("SELECT event FROM onboarding.application_event")
            places = await tx.fetch("SELECT ledger_code, left_at FROM parties.former_place")
        assert [(row["ledger_code"], row["left_at"]) for row in places] == [
            (before.account.ledger_code, bank.clock.now)
        ]
        assert after.account.ledger_code == f"{before.account.ledger_code}/asaan"
        assert [row["event"] for row in events] == ["open", "open"]


async def test_a_tier_waits_while_a_payment_is_under_way(servers):
    async with desk(servers(18), "PK") as bank:
        first = await bank.opened("bb_l0")
        _, balance = await account(bank, first.account_id)
        await issued(bank, balance.code, 150_000_00)

        async def hold(tx, node, commands, now):
            wish = Transfer(
                id=str(ids.uuid_derived("hold")),
                debit=balance.code,
                credit=node.claim,
                amount=1_00,
                asset=node.asset.code,
                code="test.hold",
                occurred_at=now,
                kind=TransferKind.HOLD,
            )
            return [(await ledger.post(tx, [wish], now))[0]]

        assert (await bank.door.batcher.run(hold, None)).accepted
        proof = await raised(bank, await bank.inside())
        await bank.save(proof, FaceCheck())
        with pytest.raises(Conflict, match="account_busy"):
            await bank.ask(proof, "bb_l1")
        assert (await bank.seen(proof)).state is State.FILLING


async def test_who_was_known_without_a_document_shows_one_later(servers):
    async with desk(servers(18), "FR") as bank:
        proof = await bank.begun()
        await joining.choose_pin(bank.door, proof, PIN)
        await bank.save(proof, PERSON, HOME)
        first = await bank.ask(proof, "prepaid")
        holding, _ = await account(bank, first.account_id)
        assert holding.customer.identity is None
        proof = await raised(bank, await bank.inside())
        await bank.save(proof, DOCUMENTS["FR"], FaceCheck())
        await bank.ask(proof, "emoney")
        holding, _ = await account(bank, first.account_id)
        assert holding.customer.identity.value == DOCUMENTS["FR"].number


async def test_nobody_else_raises_somebodys_tier(servers):
    async with desk(servers(18), "PK") as bank:
        await bank.opened("bb_l0")
        me = await bank.inside()
        proof = await raised(bank, me)
        stranger = changed(me, subject="cus_other")
        with pytest.raises(NotFound):
            await bank.save(Proof(proof.application_id, by=stranger), FaceCheck())
        said = await bank.door.batcher.run(
            onboarding.raise_tiers, Raise(stranger, ids.new("app"), bank.door.onboarding)
        )
        assert said.reason is Reason.TIER_UNAVAILABLE
