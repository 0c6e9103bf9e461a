"""Reference data: who may change what, from when on, and that nothing said is ever lost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from scheme_gateway_acts import ASK, forward, letters, opened, quoted, rate
from scheme_nodes import GATEWAY_NODE, MY, PK, minor, notice, source_transfer

from moments import NOW, Fresh
from qantara.errors import NotFound, QantaraError, Reason, Refused
from qantara.money import EUR, MYR, PKR, Money
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import FeeFormula, FinInst, InstitutionRole, QuoteSet, Tier
from qantara.scheme.gateway.reference_model import (
    Act,
    Change,
    CountryTerms,
    FeeKind,
    FeeTerms,
    Listing,
    RelationshipTerms,
    TierTerms,
)

LATER = NOW + timedelta(days=1)
FEE = FeeFormula(Money(9900, PKR), Decimal("0.02"))
BANK = FinInst("BANKPKK0", "Bank Misaal", "PK", (InstitutionRole.PSP,), participant=False)


async def change(tx: asyncpg.Connection, *changes: Change, **other: Any) -> list[Reason | None]:
    outcomes = await flow.change(tx, GATEWAY_NODE, changes, other.get("now", NOW))
    return [each.reason if isinstance(each, Refused | QantaraError) else None for each in outcomes]


async def test_tiers_and_approvals_are_the_providers_own(fresh_both: Fresh) -> None:
    tx = await opened(fresh_both)
    large = TierTerms("fxp", Tier(minor(400, MYR), 8))
    closer = RelationshipTerms("fxp", MY, 50)
    assert await change(tx, Change("fxp", Act.ADD, large), Change("fxp", Act.SET, closer)) == [
        None,
        None,
    ]
    quote = await quoted(tx)
    assert (quote.tier.bps, quote.psp_bps) == (8, 50)
    # From 5000 on it is 10: thresholds and improvements rise together.
    falling = TierTerms("fxp", Tier(minor(4_999, MYR), 11))
    assert await change(tx, Change("fxp", Act.ADD, falling)) == [Reason.FIELD_INVALID]


async def test_a_ladder_stays_a_ladder(fresh: Fresh) -> None:
    tx = await opened(fresh)
    zero, step = Tier(minor(0, MYR), 0), Tier(minor(5_000, MYR), 10)
    cases = [
        (Act.REMOVE, zero, Reason.FIELD_INVALID),
        (Act.SET, replace(zero, bps=11), Reason.FIELD_INVALID),
        (Act.ADD, step, Reason.ID_REUSED),
        (Act.SET, Tier(minor(7_000, MYR), 20), Reason.ROUTE_NOT_FOUND),
        (Act.ADD, Tier(minor(7_000, MYR), 1001), Reason.FIELD_INVALID),
        (Act.ADD, Tier(Money(0, EUR), 0), Reason.FIELD_INVALID),
        (Act.SET, replace(step, bps=12), None),
        (Act.REMOVE, step, None),
        (Act.REMOVE, step, Reason.ROUTE_NOT_FOUND),
        (Act.ADD, replace(step, bps=7), None),
    ]
    for act, tier, expected in cases:
        asked = Change("fxp", act, TierTerms("fxp", tier))
        assert await change(tx, asked) == [expected], (act, tier)
    node = await flow.current(tx, GATEWAY_NODE, NOW)
    assert [tier.bps for tier in node.fxps[0].tiers["MYR"]] == [0, 7]


async def test_nobody_changes_what_is_anothers(fresh: Fresh) -> None:
    tx = await opened(fresh)
    terms = CountryTerms("PK", minor(5, PKR), high=True, required=())
    foreign = [
        Change("duitnow", Act.SET, terms),
        Change("fxp", Act.SET, terms),
        Change("duitnow", Act.SET, FeeTerms(FeeKind.CREDITOR_AGENT, "PK", FEE)),
        Change("raast", Act.SET, FeeTerms(FeeKind.SCHEME, "PK", FEE)),
        Change("duitnow", Act.ADD, Listing(BANK)),
        Change("raast", Act.SET, RelationshipTerms("fxp", MY, 5)),
        Change("other", Act.ADD, TierTerms("fxp", Tier(minor(9_000, MYR), 20))),
        Change("other", Act.ADD, TierTerms("other", Tier(minor(9_000, MYR), 20))),
    ]
    assert await change(tx, *foreign) == [Reason.MESSAGE_WRONG_PARTY] * len(foreign)
    assert (
        await tx.fetchval(
            "SELECT count(*) FROM gateway.reference WHERE changed_by <> $1", "configuration"
        )
        == 0
    )


async def test_a_provider_that_withdraws_its_approval_quotes_no_more(fresh: Fresh) -> None:
    tx = await opened(fresh)
    before = await quoted(tx)
    gone = RelationshipTerms("fxp", MY, 5, approved=False)
    assert await change(tx, Change("fxp", Act.SET, gone)) == [None]
    (found,) = await flow.quote(tx, GATEWAY_NODE, [ASK], NOW)
    assert isinstance(found, Refused)
    assert found.reason is Reason.INSTITUTION_UNKNOWN
    await forward(tx, GATEWAY_NODE, source_transfer(before))
    assert len(await letters(tx, "raast")) == 1


async def test_a_fee_formula_takes_effect_at_its_moment(fresh: Fresh) -> None:
    tx = await opened(fresh)
    first = await quoted(tx)
    terms = FeeTerms(FeeKind.CREDITOR_AGENT, "PK", FEE)
    assert await change(
        tx,
        Change("raast", Act.SET, terms, LATER),
        Change("raast", Act.SET, terms, NOW - timedelta(seconds=1)),
        Change(
            "raast",
            Act.SET,
            FeeTerms(FeeKind.CREDITOR_AGENT, "PK", FeeFormula(Money(1, MYR), FEE.ratio)),
        ),
    ) == [None, Reason.FIELD_INVALID, Reason.FIELD_INVALID]
    assert (await quoted(tx)).terms.fee == first.terms.fee
    almost = await flow.current(tx, GATEWAY_NODE, LATER - timedelta(microseconds=1))
    then = await flow.current(tx, GATEWAY_NODE, LATER)
    assert [node.country("PK").fee for node in (almost, then) if node.country("PK")] == [
        GATEWAY_NODE.countries[1].fee,
        FEE,
    ]
    # What was quoted before is taken as it was quoted.
    await forward(tx, GATEWAY_NODE, source_transfer(first))
    assert len(await letters(tx, "raast")) == 1


async def test_a_country_that_lowers_its_maximum_is_obeyed(fresh: Fresh) -> None:
    tx = await opened(fresh)
    quote = await quoted(tx)
    terms = CountryTerms("PK", minor(1_000, PKR), high=True, required=("purposeCode",))
    assert await change(tx, Change("raast", Act.SET, terms)) == [None]
    await forward(tx, GATEWAY_NODE, source_transfer(quote))
    (answer,) = await letters(tx, "duitnow")
    assert answer.reason == "AM13"
    capped = await quoted(tx)
    assert capped.terms.capped
    assert capped.terms.destination <= terms.maximum
    wrong = replace(terms, maximum=minor(1, MYR))
    assert await change(tx, Change("raast", Act.SET, wrong)) == [Reason.FIELD_INVALID]


async def test_all_institutions_are_listed_also_those_not_on_nexus(fresh: Fresh) -> None:
    own = FinInst(PK, "Ravi Misaal", "PK", (InstitutionRole.PSP, InstitutionRole.SAP))
    node = replace(GATEWAY_NODE, institutions=(own,))
    tx = await opened(fresh, node)
    assert await change(tx, Change("raast", Act.ADD, Listing(BANK))) == [None]
    assert await change(tx, Change("raast", Act.ADD, Listing(BANK))) == [Reason.ID_REUSED]
    stranger = replace(BANK, bic="BANKFRP0")
    assert await change(tx, Change("raast", Act.ADD, Listing(stranger))) == [Reason.FIELD_INVALID]
    assert await flow.listed(tx, NOW, country="PK") == [BANK, own]
    assert await flow.listed(tx, NOW, role=InstitutionRole.SAP) == [own]
    assert await flow.listed(tx, NOW, country="MY") == []
    assert await flow.institutions(tx, [PK, "NONEPKK0"], NOW) == {PK: own}


async def test_configuration_gives_way_to_what_was_said_since(fresh: Fresh) -> None:
    tx = await opened(fresh)
    my, pk = GATEWAY_NODE.countries
    terms = CountryTerms("PK", minor(7_000, PKR), high=False, required=())
    await change(tx, Change("raast", Act.SET, terms))
    edited = replace(
        GATEWAY_NODE,
        countries=(replace(my, maximum=minor(1, MYR)), replace(pk, maximum=minor(2, PKR))),
    )
    for _ in range(2):
        await flow.begin(tx, edited, LATER)
    node = await flow.current(tx, edited, LATER)
    assert [country.maximum for country in node.countries] == [minor(1, MYR), minor(7_000, PKR)]
    history = await tx.fetch(
        "SELECT changed_by FROM gateway.reference WHERE kind = 'country' ORDER BY key, sequence"
    )
    assert [row["changed_by"] for row in history] == [
        *("configuration", "configuration"),
        *("configuration", "raast"),
    ]


async def test_reference_data_is_history(fresh: Fresh) -> None:
    tx = await opened(fresh)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("UPDATE gateway.reference SET value = NULL")
    await tx.execute("SET ROLE NONE")
    for table in ("reference", "rate_withdrawal"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await tx.execute(f"TRUNCATE gateway.{table}")


async def test_a_rate_taken_back_leaves_its_quotes_and_itself(fresh: Fresh) -> None:
    tx = await opened(fresh)
    quote = await quoted(tx)
    outcomes = await flow.withdraw_rate(
        tx, GATEWAY_NODE, [("other", quote.rate_id), ("fxp", "none"), ("fxp", quote.rate_id)], NOW
    )
    assert [type(each) for each in outcomes] == [NotFound, NotFound, type(None)]
    (found,) = await flow.quote(tx, GATEWAY_NODE, [ASK], NOW)
    assert isinstance(found, Refused)
    assert found.reason is Reason.RATE_MISSING
    assert await flow.newest_rate(tx, "fxp", "MYR", "PKR") is None
    await forward(tx, GATEWAY_NODE, source_transfer(quote))
    assert len(await letters(tx, "raast")) == 1
    assert await tx.fetchval("SELECT count(*) FROM gateway.rate WHERE id = $1", quote.rate_id) == 1
    again = notice("fxp", rate("62", minutes=1))
    assert await flow.publish_rate(tx, GATEWAY_NODE, [again], NOW) == [None]
    (found,) = await flow.quote(tx, GATEWAY_NODE, [ASK], NOW)
    assert isinstance(found, QuoteSet)
