import pytest
from payees_world import FR, MY, build, customer, question

from moments import NOW
from qantara.ids import AccountId
from qantara.parties import flow as parties
from qantara.parties.model import CustomerKind
from qantara.rails.model import AccountRef, Match, Proxy

HOLDER = "Camille Exemple"
OURS = AccountRef(iban=FR.number)


@pytest.fixture
async def world(fresh):
    made = await build(fresh)
    async with made.tx.transaction():
        yield made


@pytest.fixture
async def french(fresh):
    made = await build(fresh, FR, HOLDER)
    async with made.tx.transaction():
        yield made


async def test_others_are_told_whose_account_it_is_or_that_there_is_none(world):
    yes, no, nor = await world.told(
        question(MY, AccountRef(other=MY.number)),
        question(MY, AccountRef(other="119999999999")),
        question(MY, AccountRef(proxy=Proxy("MBNO", "+60123456789"))),
    )
    assert (yes.verified, yes.payee.name, yes.agent.bic) == (True, "Aisha Binti Contoh", "WAUEMYK0")
    assert "*" in (yes.display_name or "")
    assert (yes.match, yes.reason) == (None, None)
    assert [(each.verified, each.reason, each.payee) for each in (no, nor)] == [
        (False, "AC01", None)
    ] * 2


async def test_a_closed_account_is_told_as_closed_and_by_no_name(world):
    await parties.close_accounts(world.tx, [AccountId("acc_aisha")], NOW)
    (no,) = await world.told(question(MY, AccountRef(other=MY.number)))
    assert (no.verified, no.reason, no.payee, no.account) == (False, "AC04", None, None)


async def test_a_repeat_is_answered_again(world):
    asked = question(MY, AccountRef(other=MY.number))
    one, two = await world.told(asked, asked)
    assert (one.payee, one.account) == (two.payee, two.account)


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ("Camille Exemple", Match.MTCH),
        ("EXEMPLE Camille", Match.MTCH),
        ("Camile Exemple", Match.CMTC),
        ("Bernard Autrement", Match.NMTC),
        (None, Match.NOAP),
    ],
)
async def test_verification_of_payee_tells_the_holder_only_where_the_name_is_close(
    french, said, match
):
    (told,) = await french.told(question(FR, OURS, said), inside=True)
    assert (told.verified, told.match, told.reason) == (True, match, None)
    assert told.original_account.iban == FR.number
    named = match is Match.CMTC
    assert told.display_name == (HOLDER if named else None)
    assert (told.payee.name if told.payee else None) == (HOLDER if named else None)


async def test_a_firm_is_known_by_its_trade_name_too(french):
    await customer(
        french,
        "firm",
        "Boulangerie Exemple SARL",
        "FR7630006000011234567890189",
        CustomerKind.COMPANY,
    )
    asked = question(FR, AccountRef(iban="FR7630006000011234567890189"), "Boulangerie Exemple")
    (told,) = await french.told(asked, inside=True)
    assert told.match is Match.MTCH


async def test_from_beyond_the_border_the_names_are_told_as_nexus_wants(french):
    (told,) = await french.told(question(FR, OURS))
    assert (told.match, told.payee.name) == (None, HOLDER)
    assert "*" in (told.display_name or "")


async def test_a_name_that_was_asked_in_oct_inst_is_answered_too(french):
    (told,) = await french.told(question(FR, OURS, "Camile Exemple"))
    assert (told.match, told.display_name) == (Match.CMTC, HOLDER)


async def test_inside_the_union_an_unknown_account_is_denied(french):
    asked = question(FR, AccountRef(iban="FR7630006000011234567890189"), HOLDER)
    (no,) = await french.told(asked, inside=True)
    assert (no.verified, no.match, no.reason) == (False, None, "AC01")
