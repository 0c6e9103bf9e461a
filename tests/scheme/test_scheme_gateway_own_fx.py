"""Payments without a quote, payments that give money back, and parties behind parties."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from scheme_gateway_acts import (
    OWN_NODE,
    concluded,
    forward,
    forwarded,
    letters,
    opened,
    quoted,
    told,
)
from scheme_nodes import (
    FXP_AT_MY,
    FXP_AT_PK,
    GATEWAY_NODE,
    MY,
    PK,
    minor,
    outgoing_transfer,
    source_transfer,
)

from moments import Fresh
from qantara.errors import Reason
from qantara.money import MYR, PKR, Money, Rate
from qantara.rails.model import (
    AccountRef,
    Agent,
    AgreedRate,
    Charge,
    Correspondent,
    CreditTransfer,
    Party,
    Status,
)
from qantara.scheme.gateway import flow, rules
from qantara.scheme.gateway.model import FeeFormula, QuoteRequest, Terms
from qantara.scheme.model import EXCHANGE_NOTICE

RATE = Rate(MYR, PKR, Decimal("61.2345"))
OWN = Correspondent(Agent(MY), AccountRef(other="1"))


def own(request_amount: Money, **changes: Any) -> tuple[CreditTransfer, Terms]:
    """A payment whose PSP exchanges itself, by what GET /fees-and-amounts says."""
    terms = flow.amounts(OWN_NODE, QuoteRequest("MY", "PK", request_amount, MY), RATE.value)
    assert isinstance(terms, Terms)
    transfer = outgoing_transfer(
        terms.source,
        agreed_rate=AgreedRate("MYR", "PKR", RATE.value, None),
        charges=(Charge(Money(0, MYR), Agent(MY)), Charge(terms.fee, Agent(PK))),
        intermediary1=OWN,
        instructed_agent=Agent(MY),
    )
    return replace(transfer, **changes), terms


@pytest.mark.parametrize("amount", [minor(500, MYR), Money(30_000_01, PKR)], ids=str)
async def test_a_psp_that_exchanges_itself_needs_no_quote(fresh: Fresh, amount: Money) -> None:
    tx = await opened(fresh)
    transfer, terms = own(amount)
    await forward(tx, OWN_NODE, transfer)
    (leg,) = await letters(tx, "raast")
    assert (leg.settlement_amount, leg.charges[1].amount) == (terms.destination, terms.fee)
    assert (leg.previous, leg.intermediary1) == (OWN, None)
    await forward(tx, OWN_NODE, transfer)
    assert len(await letters(tx, "raast")) == 2
    await concluded(tx, OWN_NODE, leg)
    assert [one.status for one in await told(tx)] == [Status.ACCC]
    assert await tx.fetchval("SELECT count(*) FROM db.sent WHERE name = $1", EXCHANGE_NOTICE) == 0


async def test_own_fx_that_is_not_the_psps_own_or_not_as_the_fees_say_is_refused(
    fresh: Fresh,
) -> None:
    tx = await opened(fresh)
    good, terms = own(minor(500, MYR))
    wrong: list[tuple[str, Reason, dict[str, Any]]] = [
        ("RC11", Reason.FX_ACCOUNT_FOREIGN, {"intermediary1": FXP_AT_MY}),
        ("RC11", Reason.FX_ACCOUNT_FOREIGN, {"instructing_agent": Agent("OTHRMYK0")}),
        (
            *("RC11", Reason.FX_ACCOUNT_FOREIGN),
            {"intermediary2": replace(FXP_AT_PK, account=AccountRef(other="999"))},
        ),
        ("RR04", Reason.CORRIDOR_CLOSED, {"creditor_agent": Agent("NONESGS0")}),
        (
            *("AB04", Reason.QUOTE_MISMATCH),
            {"charges": (good.charges[0], Charge(terms.fee - Money(1, PKR), Agent(PK)))},
        ),
        (
            *("AB04", Reason.QUOTE_MISMATCH),
            {"agreed_rate": replace(good.agreed_rate, rate=Decimal("61.3"))},
        ),
        ("AM13", Reason.AMOUNT_ABOVE_SYSTEM_MAXIMUM, {}),
    ]
    my, pk = OWN_NODE.countries
    for code, reason, changes in wrong:
        node = OWN_NODE
        if reason is Reason.AMOUNT_ABOVE_SYSTEM_MAXIMUM:
            node = replace(OWN_NODE, countries=(my, replace(pk, maximum=minor(1, PKR))))
        transfer = replace(good, uetr=str(uuid.uuid4()), message_id=uuid.uuid4().hex, **changes)
        fresh_tx = tx if node is OWN_NODE else await fresh("scheme.gateway")
        await forward(fresh_tx, node, transfer)
        answer = (await told(fresh_tx))[-1]
        assert (answer.uetr, answer.reason) == (transfer.uetr, code), reason
        assert answer.reason_texts[0].startswith(reason)
    unregistered = replace(good, uetr=str(uuid.uuid4()), message_id=uuid.uuid4().hex)
    await forward(tx, GATEWAY_NODE, unregistered)
    assert (await told(tx))[-1].reason == "RC11"


rate_values = st.decimals("0.001", "999", places=5, allow_nan=False)
minors = st.integers(1_000, 10**9)
ratios = st.decimals("0", "0.1", places=4, allow_nan=False)


@given(rate_values, minors, st.integers(0, 500), ratios, st.sampled_from(["source", "destination"]))
def test_what_the_fees_say_is_what_the_check_asks(
    value: Decimal, amount: int, nominal: int, ratio: Decimal, fixed: str
) -> None:
    rate = Rate(MYR, PKR, value)
    formula = FeeFormula(Money(nominal, PKR), ratio)
    if fixed == "source":
        terms = rules.source_defined(rate, Money(amount, MYR), formula)
    else:
        terms = rules.destination_defined(rate, Money(amount, PKR), formula)
    if terms.credited.minor > 0:
        checked = rules.own_terms(rate, terms.source, terms.fee, formula)
        assert checked == terms


async def test_a_return_names_a_payment_that_went_the_other_way(fresh: Fresh) -> None:
    tx = await opened(fresh)
    first, leg = await forwarded(tx)
    mark = f"NexusOrgnlUETR:{first.uetr}"
    back = QuoteRequest("PK", "MY", Money(100_00, PKR), PK)

    async def give_back(remittance: str) -> str | None:
        transfer = source_transfer(await quoted(tx, back), remittance=remittance)
        await forward(tx, GATEWAY_NODE, transfer, sender="raast")
        answers = {one.uetr: one for one in await told(tx, "raast")}
        found = answers.get(transfer.uetr)
        if found is None:
            return None
        assert found.reason_texts[0].startswith(Reason.RETURN_UNMATCHED)
        return found.reason

    assert await give_back(mark) == "NARR"  # not completed yet
    await concluded(tx, GATEWAY_NODE, leg)
    assert await give_back(mark) is None
    assert await give_back(f"NexusOrgnlUETR:{uuid.uuid4()}") == "NARR"
    assert await give_back("NexusOrgnlUETR:") == "NARR"
    linked = await tx.fetch("SELECT returns FROM gateway.payment WHERE returns IS NOT NULL")
    assert [row["returns"] for row in linked] == [first.uetr]
    same_way = source_transfer(await quoted(tx), remittance=mark)
    await forward(tx, GATEWAY_NODE, same_way)
    assert (await told(tx))[-1].reason == "NARR"


async def test_parties_behind_parties_pass_unaltered(fresh: Fresh) -> None:
    tx = await opened(fresh)
    wallet = Party("Dompet Contoh Sdn Bhd", "MY", "Kuala Lumpur")
    payee = Party("Misaal Till", "PK", "Lahore")
    transfer, leg = await forwarded(tx, ultimate_debtor=wallet, ultimate_creditor=payee)
    assert (leg.ultimate_debtor, leg.ultimate_creditor) == (wallet, payee)
    assert (leg.debtor, leg.creditor) == (transfer.debtor, transfer.creditor)
