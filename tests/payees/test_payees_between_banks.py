"""What we ask is what a simulated bank of the same system answers, and the other way round."""

import pytest
from msgspec.structs import replace
from payees_world import AISHA, FR, build

from moments import NOW
from qantara.db.mail import Incoming, Received
from qantara.money import EUR
from qantara.parties import flow as parties
from qantara.payees.model import CheckPayee, CheckState
from qantara.rails import flow as rails
from qantara.rails.model import Match, MessageName, Party, Profile
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account, PspNode

HOLDER = Party("Camille Exemple", "FR", "Paris")
NUMBER = parties.make_iban("FR", "30099", "00000000001", "00001")
THERE = PspNode(
    role="psp-fr",
    bic="LOIRFRP0",
    name="Loire Exemple Banque (simulated participant)",
    country="FR",
    asset=EUR,
    profile=Profile.OCT_INST,
    domestic=Profile.SCT_INST,
    ips="tips",
    ips_bic="TIPSFRP0",
    clearing_system="TIPS",
    gateway="nexus",
    prefix="30099",
)


@pytest.fixture
async def asked_there(fresh):
    """Ask that bank about an account of its own, under a name; what the sender is told."""
    here = await build(fresh, FR, "Sacha Exemple")
    there = await fresh("ledger", "scheme.psp")
    await psp.open_books(there, THERE, NOW)
    opened = await psp.open_accounts(there, THERE, [Account(NUMBER, HOLDER, iban=True)], NOW)
    assert not any(isinstance(each, Exception) for each in opened)

    async def ask(said, number=NUMBER):
        check = CheckPayee("chk_1", AISHA, "FR", "IBAN", number, THERE.bic, said)
        async with here.tx.transaction():
            await here.ask(check)
            ((name, raw),) = await here.outbox(MessageName.RESOLUTION_REQUEST)
            (question,) = await here.questions()
        came = Incoming("tips", question.message_id, name, None, raw)
        async with there.transaction():
            said_there = await psp.answer_resolution(there, THERE, [Received(came, question)], NOW)
        assert said_there == [None]
        row = await there.fetchrow("SELECT key, name, raw FROM db.sent")
        report = rails.read(row["raw"], Profile.SCT_INST)
        came = Incoming("tips", row["key"], row["name"], None, row["raw"])
        async with here.tx.transaction():
            assert await here.take(Received(came, report)) == [None]
            return await here.check()

    return ask


@pytest.mark.parametrize(
    ("said", "match", "shown"),
    [
        ("Camille Exemple", Match.MTCH, "Camille Exemple"),
        ("Camille Marie Exemple", Match.CMTC, "Camille Exemple"),
        ("Bernard Autrement", Match.NMTC, None),
        (None, Match.NOAP, None),
    ],
)
async def test_another_bank_of_the_union_answers_the_match(asked_there, said, match, shown):
    found = await asked_there(said)
    assert (found.state, found.match) == (CheckState.CONFIRMED, match)
    assert found.display_name == shown


async def test_another_bank_of_the_union_denies_an_account_it_does_not_keep(asked_there):
    other = parties.make_iban("FR", "30099", "00000000002", "00001")
    found = await asked_there("Camille Exemple", other)
    assert (found.state, found.match) == (CheckState.NOT_FOUND, None)
    assert replace(found, reason="AC01") == found
