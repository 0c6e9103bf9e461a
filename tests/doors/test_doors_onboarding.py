"""People who become customers: step by step, with reasons."""

from dataclasses import replace as changed
from datetime import date, timedelta

import pytest
from door_nodes import rulebook
from identity_acts import account, how_far, ladder, officer, reviewed
from identity_world import (
    DOCUMENTS,
    HOME,
    PERSON,
    PHONES,
    PIN,
    desk,
)
from msgspec.structs import replace

from moments import NOW
from qantara.edge import joining, signing_in
from qantara.errors import Conflict, Malformed, NotFound, QantaraError, Reason, Refused
from qantara.onboarding import flow as onboarding
from qantara.onboarding.model import (
    Document,
    Face,
    FaceCheck,
    Home,
    Person,
    Proof,
    Standing,
    State,
    Step,
    Verdict,
)
from qantara.parties import flow as parties
from qantara.parties.model import AliasType, IdentityType
from qantara.policy import flow as policy
from qantara.policy.model import Act, Facts, Party


@pytest.mark.parametrize(
    ("country", "tier", "ceiling"),
    [("MY", "emoney", None), ("PK", "bb_l0", "200000.00"), ("FR", "prepaid", "150.00")],
)
async def test_each_country_opens_an_account_with_the_ceiling_of_its_rulebook(
    servers, country, tier, ceiling
):
    async with desk(servers(18), country) as bank:
        made = await bank.opened(tier)
        holding, balance = await account(bank, made.account_id)
        assert (holding.customer.id, holding.customer.legal_name) == (
            made.customer_id,
            PERSON.legal_name,
        )
        assert holding.account.currency == bank.door.node.asset
        found = (await ladder(bank))[tier]
        assert (found.ceiling and str(found.ceiling)) == ceiling
        async with bank.door.database.look() as tx:
            (told,) = await policy.decisions_about(tx, made.id)
            resolved = (await parties.resolve_alias(tx, [(AliasType.MBNO, bank.phone)]))[0]
            rows = await tx.fetch(
                "SELECT ceiling FROM ledger.account WHERE code = $1", balance.code
            )
        assert told.outcome["outcome"].startswith("allowed")
        assert resolved.account.id == made.account_id
        limit = found.ceiling and found.ceiling.minor
        assert rows[0]["ceiling"] == limit
        assert (await bank.inside()).subject == made.customer_id


async def test_the_ladder_says_what_each_tier_opens_and_where_it_is_written(servers):
    async with desk(servers(18), "PK") as bank:
        rungs = await ladder(bank)
        assert list(rungs) == ["bb_l0", "bb_l1", "asaan"]
        figures = {each.id: each for each in rungs["asaan"].figures}
        most = figures["pk.account.asaan.maximum.balance"]
        assert (str(most.value), most.confidence) == ("1000000.00", "medium")
        assert "SBP" in most.citation
        proof = await bank.begun()
        assert (await how_far(bank, proof))["bb_l0"] == (
            Standing.INCOMPLETE,
            (Step.PIN, Step.PERSON, Step.HOME, Step.DOCUMENT),
        )
        await joining.choose_pin(bank.door, proof, PIN)
        await bank.save(proof, PERSON, HOME, DOCUMENTS["PK"])
        assert await how_far(bank, proof) == {
            "bb_l0": (Standing.READY, ()),
            "bb_l1": (Standing.INCOMPLETE, (Step.FACE,)),
            "asaan": (Standing.INCOMPLETE, (Step.PICTURE, Step.FACE)),
        }
        said = await bank.ask(proof, "bb_l1")
        assert (said.reason, said.facts) == (Reason.ONBOARDING_INCOMPLETE, {"missing": "face"})


async def test_a_tier_without_a_figure_in_law_is_not_opened(servers):
    async with desk(servers(18)) as bank:
        found = (await ladder(bank))["emoney_small"]
        assert not found.available
        assert found.figures[0].value is None
        assert "not verified" in found.figures[0].note
        said = await bank.ask(await bank.told(), "emoney_small")
        assert said.reason is Reason.TIER_UNAVAILABLE
        assert (await bank.ask(await bank.begun("+60123456780"), "gold")).reason is (
            Reason.TIER_UNAVAILABLE
        )


async def test_an_own_ceiling_below_the_law_holds_and_is_marked(servers):
    async with desk(servers(18), "PK") as bank:
        terms = replace(bank.door.onboarding, ceilings={"bb_l0": 50_000_00, "asaan": 9_000_000_00})
        on = bank.clock.now.date()
        rungs = {r.tier.key: r for r in onboarding.ladder(bank.door.node, terms, on)}
        assert (str(rungs["bb_l0"].ceiling), rungs["bb_l0"].own_ceiling) == ("50000.00", True)
        assert (str(rungs["asaan"].ceiling), rungs["asaan"].own_ceiling) == ("1000000.00", False)


async def test_it_goes_on_where_it_was_left_and_only_for_who_has_the_phone(servers):
    async with desk(servers(18)) as bank:
        first = await bank.begun()
        await bank.save(first, PERSON)
        again = await bank.begun()
        assert again.application_id == first.application_id
        assert (await bank.seen(again)).said.person == PERSON
        wrong = Proof(again.application_id, again.secret + "x")
        for proof in (first, wrong, Proof("app_none", again.secret)):
            with pytest.raises(NotFound, match="application_not_found"):
                await bank.save(proof, HOME)


async def test_a_code_is_right_once_few_times_wrong_and_soon_old(servers):
    async with desk(servers(18)) as bank:
        asked = await joining.start(bank.door, bank.phone, "ms")
        assert (await bank.text()).startswith("Wau Contoh: kod anda ialah")
        code = await bank.code()
        for _ in range(4):
            assert (await joining.verify(bank.door, asked, "x")).reason is Reason.CODE_WRONG
        assert not isinstance(await joining.verify(bank.door, asked, code), Refused)
        assert (await joining.verify(bank.door, asked, code)).reason is Reason.CODE_WRONG
        asked = await joining.start(bank.door, bank.phone, "en")
        for _ in range(5):
            await joining.verify(bank.door, asked, "x")
        said = await joining.verify(bank.door, asked, await bank.code())
        assert said.reason is Reason.CODE_EXPIRED
        asked = await joining.start(bank.door, bank.phone, "en")
        bank.clock.forward(300)
        said = await joining.verify(bank.door, asked, await bank.code())
        assert said.reason is Reason.CODE_EXPIRED


async def test_a_phone_that_has_an_account_is_told_so_and_nobody_else_is(servers):
    async with desk(servers(18)) as bank:
        await bank.opened("emoney")
        asked = await joining.start(bank.door, bank.phone, "en")
        assert asked.startswith("otp_")
        assert "Sign in with your PIN" in await bank.text()
        assert (await joining.verify(bank.door, asked, "123456")).reason is Reason.CODE_WRONG


@pytest.mark.parametrize(
    ("answer", "param"),
    [
        (Person("", date(1990, 2, 14)), "legal_name"),
        (Person("نور", date(1990, 2, 14)), "rails_name"),
        (Person("Nur", date(2030, 2, 14)), "born_on"),
        (Home("", "Ipoh"), "street"),
        (Document(IdentityType.NRIC, "901314-14-5678"), "identity"),
        (Document(IdentityType.CNIC, "35202-1234567-3"), "type"),
        (Document(IdentityType.NRIC, "900214-14-5678", "picture"), "picture"),
    ],
)
async def test_what_cannot_be_right_is_told_at_its_step(servers, answer, param):
    async with desk(servers(18)) as bank:
        proof = await bank.begun()
        with pytest.raises(Malformed) as told:
            await bank.save(proof, answer)
        assert told.value.facts["param"] == param
        assert (await bank.seen(proof)).said.document is None


async def test_a_document_agrees_with_the_birth_date_or_is_asked_for_again(servers):
    async with desk(servers(18)) as bank:
        proof = await bank.begun()
        await bank.save(proof, DOCUMENTS["MY"], FaceCheck())
        told = await bank.save(proof, replace(PERSON, born_on=date(1991, 2, 14)))
        assert (told.said.document, told.said.face) == (None, None)
        with pytest.raises(Malformed, match="identity_invalid"):
            await bank.save(proof, DOCUMENTS["MY"])
        told = await bank.save(proof, PERSON, DOCUMENTS["MY"], FaceCheck(), PERSON)
        assert told.said.document == DOCUMENTS["MY"]


async def test_who_is_too_young_is_refused_with_the_reason_and_what_helps(servers):
    async with desk(servers(18)) as bank:
        young = Person("Nur Contoh", date(2010, 2, 14))
        document = Document(IdentityType.NRIC, "100214-14-5678")
        made = await bank.ask(await bank.told(person=young, document=document), "emoney")
        assert made.state is State.REFUSED
        (ground,) = made.outcome.grounds
        assert (ground.reason, ground.rule, ground.label) == (
            "age_below_least",
            "onboarding.age",
            "example",
        )
        assert made.customer_id is None
        proof = await bank.begun()
        await bank.save(proof, PERSON, DOCUMENTS["MY"], FaceCheck())
        older = await bank.ask(proof, "emoney")
        assert older.state is State.IN_REVIEW
        assert [each.rule for each in older.outcome.grounds] == ["onboarding.refused_before"]


async def test_a_face_that_does_not_fit_is_refused_and_can_be_put_right(servers):
    async with desk(servers(18)) as bank:
        wrong = Document(IdentityType.NRIC, "900214-14-5000")
        proof = await bank.told(document=wrong)
        made = await bank.ask(proof, "emoney")
        assert (made.state, made.said.face) == (State.REFUSED, Face.FAILED)
        assert made.outcome.grounds[0].remedy == "verify_identity"
        assert isinstance(await again(bank, proof), Conflict)
        made = await bank.save(proof, DOCUMENTS["MY"])
        assert (made.state, made.said.face) == (State.FILLING, None)
        assert (await bank.ask(proof, "emoney")).facts == {"missing": "face"}
        await bank.save(proof, FaceCheck())
        assert (await bank.ask(proof, "emoney")).state is State.OPENED


async def again(bank, proof):
    try:
        return await bank.ask(proof, "emoney")
    except QantaraError as error:
        return error


def test_without_a_face_the_law_of_malaysia_refuses_and_says_where():
    """The programme asks for it first; were it not to, the rulebook would not let it pass."""
    side = Party(
        country="MY", currency="MYR", channel="online", customer_kind="person", biometric=False
    )
    facts = Facts(act=Act.ONBOARDING, sender=side)
    said = policy.decide(rulebook(), facts, NOW.date()).refusal
    assert (said.reason, said.rule) == (Reason.IDENTITY_UNVERIFIED, "my.ekyc.biometric")
    assert "e-KYC" in said.citation


async def test_a_document_that_was_seen_before_goes_to_a_person(servers):
    async with desk(servers(18)) as bank:
        await bank.opened("emoney")
        proof = await bank.told(phone="+60123456780")
        made = await bank.ask(proof, "emoney")
        assert made.state is State.IN_REVIEW
        assert [each.reason for each in made.outcome.grounds] == ["identity_known"]
        async with bank.door.database.look() as tx:
            assert [each.id for each in await onboarding.waiting(tx)] == [made.id]
        refused = await reviewed(bank, made.id, Verdict.REFUSE)
        assert (refused.state, refused.outcome.why) == (State.REFUSED, "seen by video")
        assert [each.reason for each in (await bank.seen(proof)).outcome.grounds] == [
            "review_refused"
        ]
        with pytest.raises(Conflict):
            await reviewed(bank, made.id, Verdict.OPEN)


async def test_a_check_that_is_unsure_waits_for_a_person_who_opens_it(servers):
    async with desk(servers(18)) as bank:
        unsure = Document(IdentityType.NRIC, "900214-14-5001")
        proof = await bank.told(document=unsure)
        made = await bank.ask(proof, "emoney")
        assert made.state is State.IN_REVIEW
        assert [each.rule for each in made.outcome.grounds] == ["onboarding.face_unsure"]
        customer = changed(await officer(bank), scopes=frozenset())
        with pytest.raises(QantaraError, match="key_scope"):
            await reviewed(bank, made.id, Verdict.OPEN, customer)
        opened = await reviewed(bank, made.id, Verdict.OPEN)
        assert opened.state is State.OPENED
        assert (await bank.inside()).subject == opened.customer_id


async def test_what_nobody_looked_at_can_be_asked_again_and_what_is_left_is_forgotten(servers):
    async with desk(servers(18)) as bank:
        proof = await bank.told(document=Document(IdentityType.NRIC, "900214-14-5001"))
        await bank.ask(proof, "emoney")
        bank.clock.forward(timedelta(days=2).total_seconds())
        await bank.door.batcher.run(onboarding.expire, None)
        found = await bank.seen(proof)
        assert (found.state, found.outcome.grounds[0].reason) == (State.FILLING, "review_lapsed")
        bank.clock.forward(timedelta(days=31).total_seconds())
        await bank.door.batcher.run(onboarding.expire, None)
        async with bank.door.database.look() as tx:
            (row,) = await tx.fetch("SELECT state, said::text FROM onboarding.application")
        assert row["state"] == "expired"
        assert "Nur" not in row["said"]
        assert (await bank.begun()).application_id != proof.application_id


async def test_a_pin_is_chosen_once_and_its_hash_leaves_the_application(servers):
    async with desk(servers(18)) as bank:
        proof = await bank.begun()
        said = await joining.choose_pin(bank.door, proof, "123456")
        assert said.reason is Reason.PIN_WEAK
        made = await bank.opened("emoney")
        assert made.said.pin_hash == "enrolled"
        assert made.secret_digest is None
        async with bank.door.database.look() as tx:
            kept = await tx.fetchval("SELECT hash FROM credentials.pin")
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert not isinstance(await signing_in.by_pin(bank.door, PHONES["MY"], PIN), Refused)
