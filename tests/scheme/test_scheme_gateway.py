import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace
from scheme_nodes import (
    FXP_AT_MY,
    FXP_AT_PK,
    GATEWAY_NODE,
    MY,
    PK,
    REJECTED,
    five_steps,
    minor,
    notice,
    received,
    sent,
    source_transfer,
    status,
)

from moments import NOW, Fresh
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.ids import uuid_derived
from qantara.money import MYR, PKR, Money
from qantara.rails.model import (
    AccountRef,
    Agent,
    Charge,
    CreditTransfer,
    PaymentStatus,
    Priority,
    Profile,
    Status,
)
from qantara.scheme import letters
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import Quote, QuoteRequest, QuoteSet
from qantara.scheme.model import EXCHANGE_NOTICE, ExchangeNotice, RateNotice, read_notice

_ASK = QuoteRequest("MY", "PK", minor(500, MYR), MY)


def _rate(value: str = "62.5", *, minutes: int = 0, **changes: Any) -> RateNotice:
    issued = NOW + timedelta(minutes=minutes)
    made = RateNotice(
        message_id=uuid.uuid4().hex,
        id=str(uuid.uuid4()),
        source="MYR",
        destination="PKR",
        rate=Decimal(value),
        created_at=issued,
        expires_at=issued + timedelta(hours=1),
    )
    return replace(made, **changes)


async def _open(fresh: Fresh) -> asyncpg.Connection:
    tx = await fresh("scheme.gateway")
    back = _rate("0.0159", source="PKR", destination="MYR")
    said = [notice("fxp", _rate()), notice("fxp", back)]
    assert await flow.publish_rate(tx, GATEWAY_NODE, said, NOW) == [None, None]
    return tx


async def _quote(tx: asyncpg.Connection, request: QuoteRequest = _ASK) -> Quote:
    (found,) = await flow.quote(tx, GATEWAY_NODE, [request], NOW)
    assert isinstance(found, QuoteSet)
    return found.quotes[0]


async def test_a_new_rate_replaces_the_rate_but_not_its_quotes(fresh_both: Fresh) -> None:
    tx = await _open(fresh_both)
    first = await _quote(tx)
    assert first.terms.rate.value == Decimal("62.53125")
    await flow.publish_rate(tx, GATEWAY_NODE, [notice("fxp", _rate("63", minutes=1))], NOW)
    second = await _quote(tx)
    assert second.terms.rate.value == Decimal("63.0315")
    base = await flow.newest_rate(tx, "fxp", "MYR", "PKR")
    assert base is not None
    assert base.value == 63
    transfer = source_transfer(first)
    await flow.forward(tx, GATEWAY_NODE, [received("duitnow", transfer, Profile.NEXUS)], NOW)
    (leg,) = await sent(tx, "raast", Profile.NEXUS)
    assert leg.settlement_amount == first.terms.destination


async def test_rates_that_are_foreign_stale_or_impossible_are_refused(fresh: Fresh) -> None:
    tx = await _open(fresh)
    told = [
        notice("stranger", _rate(minutes=1)),
        notice("fxp", _rate(minutes=-1)),
        notice("fxp", _rate(minutes=1, expires_at=NOW)),
        notice("fxp", _rate(minutes=1, destination="EUR")),
        notice("fxp", _rate("62.12345678912", minutes=1)),
        notice("fxp", _rate("-1", minutes=1)),
    ]
    outcomes = await flow.publish_rate(tx, GATEWAY_NODE, told, NOW)
    assert [outcome and outcome.reason for outcome in outcomes] == [
        Reason.INSTITUTION_UNKNOWN,
        Reason.RATE_STALE,
        Reason.RATE_STALE,
        Reason.CORRIDOR_CLOSED,
        Reason.FIELD_INVALID,
        Reason.FIELD_INVALID,
    ]
    again = notice("fxp", _rate("62.6", minutes=1))
    assert await flow.publish_rate(tx, GATEWAY_NODE, [again, again], NOW) == [None, None]
    assert await tx.fetchval("SELECT count(*) FROM gateway.rate") == 3


async def test_a_batch_of_requests_each_gets_its_quotes_or_its_reason(fresh: Fresh) -> None:
    tx = await _open(fresh)
    requests = [
        _ASK,
        replace(_ASK, amount=Money(100_00, PKR)),
        QuoteRequest("PK", "MY", Money(50_00, MYR), PK),
        replace(_ASK, destination_country="FR"),
        replace(_ASK, destination_country="MY"),
        replace(_ASK, amount=Money(0, MYR)),
        replace(_ASK, psp="NOBODYK0"),
        replace(_ASK, amount=Money(1, MYR)),
        replace(_ASK, amount=minor(49_999, MYR)),
    ]
    found = await flow.quote(tx, GATEWAY_NODE, requests, NOW)
    assert [one.reason if isinstance(one, Refused) else None for one in found] == [
        *(None, None, None),
        Reason.CORRIDOR_CLOSED,
        Reason.CORRIDOR_CLOSED,
        Reason.AMOUNT_NOT_POSITIVE,
        Reason.INSTITUTION_UNKNOWN,
        Reason.AMOUNT_NOT_POSITIVE,
        None,
    ]
    sets = [one for one in found if isinstance(one, QuoteSet)]
    quotes = [one.quotes[0] for one in sets]
    assert all(uuid.UUID(quote.id).version == 4 for quote in quotes)
    assert len({quote.id for quote in quotes}) == len(quotes)
    assert all(quote.expires_at - quote.issued_at == timedelta(seconds=600) for quote in quotes)
    assert quotes[1].terms.credited == Money(100_00, PKR)
    assert quotes[3].terms.capped
    assert minor(1_000_000, PKR) - Money(63, PKR) < quotes[3].terms.destination
    assert quotes[3].tier.bps == 10
    agents = await flow.quote_agents(tx, GATEWAY_NODE, [quotes[0].id, "unknown"], NOW)
    assert sets[0].agents[0] == agents[0]
    assert not isinstance(agents[0], NotFound)
    assert (agents[0].intermediary1, agents[0].intermediary2) == (FXP_AT_MY, FXP_AT_PK)
    assert isinstance(agents[1], NotFound)


async def test_no_rate_and_a_rate_that_is_over_are_told_apart(fresh: Fresh) -> None:
    tx = await fresh("scheme.gateway")
    assert await flow.quote(tx, GATEWAY_NODE, [_ASK], NOW) == [
        Refused(Reason.RATE_MISSING, facts={"pair": "MYR/PKR", "amount": "500.00"})
    ]
    await flow.publish_rate(tx, GATEWAY_NODE, [notice("fxp", _rate())], NOW)
    (late,) = await flow.quote(tx, GATEWAY_NODE, [_ASK], NOW + timedelta(hours=2))
    assert isinstance(late, Refused)
    assert late.reason is Reason.RATE_STALE


async def test_the_destination_leg_is_converted_and_its_agents_moved(fresh: Fresh) -> None:
    tx = await _open(fresh)
    quote = await _quote(tx)
    transfer = source_transfer(quote)
    await flow.forward(tx, GATEWAY_NODE, [received("duitnow", transfer, Profile.NEXUS)], NOW)
    (leg,) = await sent(tx, "raast", Profile.NEXUS)
    assert leg == replace(
        transfer,
        message_id=leg.message_id,
        clearing_system="PKRAAST",
        settlement_amount=quote.terms.destination,
        instructing_agent=FXP_AT_PK.agent,
        instructed_agent=Agent(PK),
        previous=FXP_AT_MY,
        intermediary1=None,
    )
    assert leg.message_id != transfer.message_id


_Change = Callable[[CreditTransfer, Quote], CreditTransfer]
_WRONG: dict[str, tuple[str, Reason, _Change]] = {
    "sender is no system": (
        *("my", Reason.MESSAGE_WRONG_PARTY),
        lambda t, _: t,
    ),
    "no first intermediary": (
        *("duitnow", Reason.MESSAGE_ELEMENT_MISSING),
        lambda t, q: replace(
            t, intermediary1=None, previous=FXP_AT_MY, settlement_amount=q.terms.destination
        ),
    ),
    "high priority where the destination takes none": (
        *("duitnow", Reason.PRIORITY_UNSUPPORTED),
        lambda t, _: replace(t, priority=Priority.HIGH),
    ),
    "stale": (
        *("duitnow", Reason.MESSAGE_STALE),
        lambda t, _: replace(t, accepted_at=NOW - timedelta(hours=2)),
    ),
    "from the future": (
        *("duitnow", Reason.MESSAGE_STALE),
        lambda t, _: replace(t, accepted_at=NOW + timedelta(minutes=2)),
    ),
    "unknown quote": (
        *("duitnow", Reason.QUOTE_NOT_FOUND),
        lambda t, _: replace(t, agreed_rate=replace(t.agreed_rate, quote_id=str(uuid.uuid4()))),
    ),
    "another institution's quote": (
        *("duitnow", Reason.QUOTE_FOREIGN),
        lambda t, _: replace(t, debtor_agent=Agent("OTHRMYK0")),
    ),
    "the quote of another system's country": (
        *("raast", Reason.QUOTE_FOREIGN),
        lambda t, _: t,
    ),
    "another rate": (
        *("duitnow", Reason.QUOTE_MISMATCH),
        lambda t, _: replace(t, agreed_rate=replace(t.agreed_rate, rate=Decimal("62.6"))),
    ),
    "another amount": (
        *("duitnow", Reason.QUOTE_MISMATCH),
        lambda t, _: replace(t, settlement_amount=minor(501, MYR)),
    ),
    "another fee": (
        *("duitnow", Reason.QUOTE_MISMATCH),
        lambda t, _: replace(t, charges=(t.charges[0], Charge(Money(1, PKR), Agent(PK)))),
    ),
    "a foreign account at the source": (
        *("duitnow", Reason.FX_ACCOUNT_FOREIGN),
        lambda t, _: replace(t, intermediary1=replace(FXP_AT_MY, account=AccountRef(other="123"))),
    ),
    "a foreign agent at the destination": (
        *("duitnow", Reason.FX_ACCOUNT_FOREIGN),
        lambda t, _: replace(t, intermediary2=replace(FXP_AT_PK, agent=Agent(PK))),
    ),
}
_CODES = {
    Reason.MESSAGE_WRONG_PARTY: "AG01",
    Reason.MESSAGE_ELEMENT_MISSING: "CH21",
    Reason.PRIORITY_UNSUPPORTED: "AG03",
    Reason.MESSAGE_STALE: "TM01",
    Reason.QUOTE_NOT_FOUND: "AB04",
    Reason.QUOTE_FOREIGN: "AB04",
    Reason.QUOTE_MISMATCH: "AB04",
    Reason.FX_ACCOUNT_FOREIGN: "RC11",
}


async def test_each_wrong_message_gets_its_code_in_one_batch(fresh: Fresh) -> None:
    tx = await _open(fresh)
    quote = await _quote(tx)
    batch = [
        received(sender, change(source_transfer(quote), quote), Profile.NEXUS)
        for sender, _, change in _WRONG.values()
    ]
    await flow.forward(tx, GATEWAY_NODE, batch, NOW)
    said: dict[str, PaymentStatus] = {}
    for recipient in ("my", "duitnow", "raast"):
        for answer in await sent(tx, recipient, Profile.NEXUS):
            assert isinstance(answer, PaymentStatus)
            said[answer.uetr] = answer
    for item, (name, (_, reason, _)) in zip(batch, _WRONG.items(), strict=True):
        answer = said[item.record.uetr]
        assert (answer.status, answer.reason) == (Status.RJCT, _CODES[reason]), name
        assert answer.reason_texts[0].startswith(reason), name
    # None of them used the quote up.
    good = received("duitnow", source_transfer(quote), Profile.NEXUS)
    await flow.forward(tx, GATEWAY_NODE, [good], NOW)
    assert await tx.fetchval("SELECT state FROM gateway.payment WHERE quote_id IS NOT NULL") == (
        "forwarded"
    )


async def test_an_expired_quote_a_used_one_and_a_cap_that_fell(fresh: Fresh) -> None:
    tx = await _open(fresh)
    quote = await _quote(tx)
    first, second = source_transfer(quote), source_transfer(quote)
    both = [received("duitnow", one, Profile.NEXUS) for one in (first, second)]
    await flow.forward(tx, GATEWAY_NODE, both, NOW)
    (used,) = await sent(tx, "duitnow", Profile.NEXUS)
    assert (used.uetr, used.reason) == (second.uetr, "AB04")
    late = source_transfer(await _quote(tx))
    one = [received("duitnow", late, Profile.NEXUS)]
    await flow.forward(tx, GATEWAY_NODE, one, NOW + timedelta(seconds=600))
    my, pk = GATEWAY_NODE.countries
    fallen = replace(GATEWAY_NODE, countries=(my, replace(pk, maximum=minor(100, PKR))))
    above = source_transfer(await _quote(tx))
    await flow.forward(tx, fallen, [received("duitnow", above, Profile.NEXUS)], NOW)
    reasons = {a.uetr: a.reason for a in await sent(tx, "duitnow", Profile.NEXUS)}
    assert reasons == {
        second.uetr: "AB04",
        late.uetr: "AB04",
        above.uetr: "AM13",
    }


async def test_a_purpose_that_is_missing_is_never_a_reason_here(fresh: Fresh) -> None:
    tx = await _open(fresh)
    my, pk = GATEWAY_NODE.countries
    strict = replace(GATEWAY_NODE, countries=(my, replace(pk, required=("purposeCode",))))
    silent = source_transfer(await _quote(tx))
    assert silent.purpose is None
    await flow.forward(tx, strict, [received("duitnow", silent, Profile.NEXUS)], NOW)
    assert [leg.uetr for leg in await sent(tx, "raast", Profile.NEXUS)] == [silent.uetr]


async def test_a_repeat_is_sent_on_again_until_it_is_final_then_answered(fresh: Fresh) -> None:
    tx = await _open(fresh)
    transfer = source_transfer(await _quote(tx))
    item = received("duitnow", transfer, Profile.NEXUS)
    later = NOW + timedelta(hours=3)
    await flow.forward(tx, GATEWAY_NODE, [item, item], NOW)
    await flow.forward(tx, GATEWAY_NODE, [item], later)
    legs = await sent(tx, "raast", Profile.NEXUS)
    assert [leg.uetr for leg in legs] == [transfer.uetr] * 3
    assert len({leg.message_id for leg in legs}) == 1
    answer = received("raast", status(legs[0], letters.ACCEPTED), Profile.NEXUS)
    assert await flow.conclude(tx, GATEWAY_NODE, [answer], NOW) == [None]
    await flow.forward(tx, GATEWAY_NODE, [item], later)
    said = await sent(tx, "duitnow", Profile.NEXUS)
    assert [one.status for one in said] == [Status.ACCC] * 2
    assert len({one.message_id for one in said}) == 1
    other = received("duitnow", replace(transfer, message_id="f" * 32), Profile.NEXUS)
    await flow.forward(tx, GATEWAY_NODE, [other], NOW)
    assert (await sent(tx, "duitnow", Profile.NEXUS))[-1].reason == "DU03"


@pytest.mark.parametrize("steps", [4, 5])
async def test_success_is_told_to_the_source_and_to_the_provider(fresh: Fresh, steps: int) -> None:
    tx = await _open(fresh)
    node = GATEWAY_NODE if steps == 4 else five_steps(GATEWAY_NODE)
    quote = await _quote(tx)
    transfer = source_transfer(quote)
    await flow.forward(tx, node, [received("duitnow", transfer, Profile.NEXUS)], NOW)
    (leg,) = await sent(tx, "raast", Profile.NEXUS)
    answer = received("raast", status(leg, letters.ACCEPTED), Profile.NEXUS)
    again = received("raast", status(leg, letters.ACCEPTED), Profile.NEXUS)
    assert await flow.conclude(tx, node, [answer, answer, again], NOW) == [None] * 3
    (told,) = await sent(tx, "duitnow", Profile.NEXUS)
    assert (told.status, told.original_message_id) == (Status.ACCC, transfer.message_id)
    confirmations = [
        one for one in await sent(tx, "raast", Profile.NEXUS) if isinstance(one, PaymentStatus)
    ]
    assert [one.original_message_id for one in confirmations] == (
        [leg.message_id] * 3 if steps == 5 else []
    )
    assert len({one.message_id for one in confirmations}) <= 1
    (row,) = await tx.fetch("SELECT raw FROM db.sent WHERE name = $1", EXCHANGE_NOTICE)
    told_fxp = read_notice(row["raw"], ExchangeNotice)
    assert (told_fxp.given, told_fxp.paid) == (quote.terms.source, quote.terms.destination)
    assert (told_fxp.rate, told_fxp.rate_id) == (quote.terms.rate.value, quote.rate_id)


async def test_answers_that_contradict_or_come_from_elsewhere_are_conflicts(fresh: Fresh) -> None:
    tx = await _open(fresh)
    transfer = source_transfer(await _quote(tx))
    await flow.forward(tx, GATEWAY_NODE, [received("duitnow", transfer, Profile.NEXUS)], NOW)
    (leg,) = await sent(tx, "raast", Profile.NEXUS)
    batch = [
        received("duitnow", status(leg, letters.ACCEPTED), Profile.NEXUS),
        received("raast", status(leg, letters.Verdict(Status.ACTC)), Profile.NEXUS),
        received("raast", status(leg, REJECTED), Profile.NEXUS),
        received("raast", status(leg, letters.ACCEPTED), Profile.NEXUS),
        received("raast", status(replace(leg, uetr=str(uuid.uuid4())), REJECTED), Profile.NEXUS),
    ]
    outcomes = await flow.conclude(tx, GATEWAY_NODE, batch, NOW)
    assert [type(outcome) for outcome in outcomes] == [
        *(Conflict, Conflict, type(None), Conflict, NotFound)
    ]
    (told,) = await sent(tx, "duitnow", Profile.NEXUS)
    assert (told.status, told.reason) == (Status.RJCT, "AC04")
    events = await tx.fetch("SELECT event FROM gateway.payment_event ORDER BY sequence")
    assert [row["event"] for row in events] == ["forward", "reject"]


async def test_what_the_gateway_keeps_of_the_past_cannot_be_changed(fresh: Fresh) -> None:
    tx = await _open(fresh)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tx.execute("UPDATE gateway.rate SET value = 1")
    await tx.execute("SET ROLE NONE")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await tx.execute("DELETE FROM gateway.rate")


def test_ids_follow_from_what_a_message_is_about() -> None:
    assert letters.message_id("nexus", "a", "b") == uuid_derived("nexus", "message", "a", "b").hex
    assert letters.message_id("nexus", "a", "b") != letters.message_id("raast", "a", "b")
