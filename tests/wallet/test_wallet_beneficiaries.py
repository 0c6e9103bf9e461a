from datetime import timedelta

from msgspec.structs import replace
from wallet_world import AISHA, BO, IBAN, World, build

from moments import Fresh
from qantara import ids
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.payees import flow as payees
from qantara.payees.model import CheckState, PayeeCheck
from qantara.rails.model import AccountRef, Profile
from qantara.wallet import flow
from qantara.wallet.model import Beneficiary, BeneficiaryState, Remove, Rename, Save, Use


async def saved(world: World, **other) -> Beneficiary:
    wish = Save(ids.new("ben"), AISHA, await world.abroad(), "Brother")
    (kept,) = await world.do(flow.save, replace(wish, **other))
    assert isinstance(kept, Beneficiary)
    return kept


async def listed(world: World, state: BeneficiaryState = BeneficiaryState.SAVED) -> list[str]:
    return [each.id for each in await flow.beneficiaries_of(world.tx, AISHA, state, None, 10)]


async def test_a_payee_is_kept_as_the_check_confirmed_it(fresh_both: Fresh):
    world = await build(fresh_both)
    kept = await saved(world)
    assert (kept.country, kept.address_type, kept.address) == ("PK", "MBNO", "+923001234567")
    assert (kept.name, kept.nickname, kept.used_at) == ("BILAL M****", "Brother", None)
    assert await listed(world) == [kept.id]
    again = Save(kept.id, AISHA, kept.payee_check_id, "Brother")
    assert await world.do(flow.save, again, again) == [kept, kept]


async def test_only_a_confirmed_check_of_the_customers_own_that_still_holds_will_do(fresh: Fresh):
    world = await build(fresh)
    check_id = await world.abroad()
    wishes = [
        Save(ids.new("ben"), BO, check_id),
        Save(ids.new("ben"), AISHA, ids.new("chk")),
    ]
    outcomes = await world.do(flow.save, *wishes)
    assert [each.reason for each in outcomes] == [Reason.PAYEE_NOT_CONFIRMED] * 2
    world.now += timedelta(seconds=world.node.check_age_seconds + 1)
    (late,) = await world.do(flow.save, Save(ids.new("ben"), AISHA, check_id))
    assert isinstance(late, Refused)
    assert late.reason is Reason.PAYEE_CHECK_EXPIRED
    assert await listed(world) == []


async def test_a_payee_is_saved_once_until_removed(fresh: Fresh):
    world = await build(fresh)
    kept = await saved(world)
    first, second = [Save(ids.new("ben"), AISHA, await world.abroad()) for _ in range(2)]
    told = await world.do(flow.save, first, second)
    assert [type(each) for each in told] == [Conflict, Conflict]
    assert told[0].reason is Reason.BENEFICIARY_EXISTS
    (removed,) = await world.do(flow.remove, Remove(kept.id, AISHA))
    assert (removed.state, removed.removed_at) == (BeneficiaryState.REMOVED, world.now)
    assert await world.do(flow.remove, Remove(kept.id, AISHA)) == [removed]
    assert await listed(world, BeneficiaryState.REMOVED) == [kept.id]
    one, other = await world.do(flow.save, first, second)
    assert isinstance(one, Beneficiary)
    assert isinstance(other, Conflict)


async def test_a_payee_is_renamed_by_its_owner_alone(fresh: Fresh):
    world = await build(fresh)
    kept = await saved(world)
    mine, last, theirs = await world.do(
        flow.rename,
        Rename(kept.id, AISHA, "بھائی"),
        Rename(kept.id, AISHA, None),
        Rename(kept.id, BO, "Mine"),
    )
    assert mine == last == replace(kept, nickname=None)
    assert isinstance(theirs, NotFound)
    assert isinstance((await world.do(flow.remove, Remove(kept.id, BO)))[0], NotFound)
    await world.do(flow.remove, Remove(kept.id, AISHA))
    assert isinstance((await world.do(flow.rename, Rename(kept.id, AISHA, "x")))[0], NotFound)


async def test_a_payment_to_a_saved_payee_begins_with_a_new_check(fresh: Fresh):
    world = await build(fresh)
    kept = await saved(world)
    world.forward(days=30)
    use = Use(kept.id, AISHA, ids.new("chk"))
    (check,) = await world.do(flow.check_again, use)
    assert isinstance(check, PayeeCheck)
    assert (check.state, check.address) == (CheckState.ASKED, kept.address)
    await world.answer(Profile.DUITNOW, AccountRef(iban=IBAN, name="SANA Q****"), "Sana Qureshi")
    (answered,) = await payees.checks(world.tx, [check.id])
    assert isinstance(answered, PayeeCheck)
    (used,) = await flow.beneficiaries(world.tx, [kept.id])
    assert isinstance(used, Beneficiary)
    assert used.used_at == world.now
    assert flow.name_changed(used, answered) is True
    assert flow.name_changed(used, replace(answered, display_name=kept.name)) is False
    assert flow.name_changed(used, check) is None
    later = world.now
    world.forward(hours=1)
    assert await world.do(flow.check_again, use) == [answered]
    (still,) = await flow.beneficiaries(world.tx, [kept.id])
    assert isinstance(still, Beneficiary)
    assert still.used_at == later


async def test_a_removed_payee_and_anothers_are_not_paid(fresh: Fresh):
    world = await build(fresh)
    kept = await saved(world)
    (theirs,) = await world.do(flow.check_again, Use(kept.id, BO, ids.new("chk")))
    assert isinstance(theirs, NotFound)
    await world.do(flow.remove, Remove(kept.id, AISHA))
    (gone,) = await world.do(flow.check_again, Use(kept.id, AISHA, ids.new("chk")))
    assert isinstance(gone, NotFound)
    assert gone.reason is Reason.BENEFICIARY_NOT_FOUND
