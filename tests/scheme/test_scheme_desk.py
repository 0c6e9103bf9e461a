"""The service desk: who may open what, whose turn it is, the clock, and words that cross."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from importlib.resources import files

import pytest
from msgspec.structs import replace
from scheme_desk_acts import NODE, TERMS, Desk, desk, notice
from scheme_gateway_acts import forwarded
from scheme_nodes import MY, PK, minor

from moments import NOW
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.host import config, desk_terms
from qantara.money import MYR
from qantara.rails import cases
from qantara.rails.cases import Act, CaseAnswer, CaseNotice, Cause, Kind, Refusal
from qantara.scheme.desk import flow
from qantara.scheme.desk.model import Case, Say, State, Wanted

ANSWER = timedelta(seconds=TERMS.answer_seconds[Kind.RECALL])
EXPIRY = timedelta(seconds=TERMS.expiry_seconds)
CLOSING = timedelta(seconds=TERMS.close_seconds)
RETURNING = timedelta(seconds=TERMS.return_seconds)
INVESTIGATION = {"kind": Kind.INVESTIGATION, "cause": Cause.WHEREABOUTS}
DISPUTE = {"kind": Kind.DISPUTE, "cause": Cause.NOT_RECEIVED}


@pytest.fixture
async def it(fresh) -> AsyncIterator[Desk]:
    made = await desk(fresh)
    async with made.tx.transaction():
        yield made


async def test_a_case_goes_to_the_other_side_with_its_clock_and_the_amounts(it: Desk) -> None:
    said = await it.open(text="Sent twice.")
    (case,) = await it.told("pk")
    assert isinstance(case, CaseNotice)
    assert (case.case_id, case.kind, case.cause) == (said.case_id, Kind.RECALL, Cause.DUPLICATE)
    assert (case.opened_by, case.assigned_to, case.text) == (MY, PK, "Sent twice.")
    assert case.due_at == NOW + ANSWER
    assert case.sent == minor(500, MYR)
    assert case.arrived is not None
    (opened,) = await it.told("my")
    assert isinstance(opened, CaseAnswer)
    assert (opened.act, opened.by, opened.assigned_to) == (Act.OPEN, NODE.bic, PK)
    assert opened.due_at == case.due_at


@pytest.mark.parametrize(
    ("by", "other", "reason"),
    [
        (PK, {}, Reason.MESSAGE_WRONG_PARTY),
        (MY, {"payment": str(uuid.uuid4())}, Reason.REMITTANCE_NOT_FOUND),
    ],
)
async def test_the_desk_declines_what_is_no_case(it: Desk, by, other, reason) -> None:
    said = await it.open(by, **other)
    (declined,) = await it.told("my" if by == MY else "pk")
    assert isinstance(declined, CaseAnswer)
    assert (declined.act, declined.by, declined.reason) == (Act.REFUSE, NODE.bic, reason)
    with pytest.raises(NotFound):
        await flow.case(it.tx, said.case_id)


async def test_only_what_is_completed_can_be_recalled_but_anything_looked_for(it: Desk) -> None:
    under_way, _ = await forwarded(it.tx, it.node)
    await it.open(payment=under_way.uetr)
    (declined,) = await it.told("my")
    assert isinstance(declined, CaseAnswer)
    assert declined.reason == Reason.STATE_CONFLICT
    looked_for = await it.open(payment=under_way.uetr, **INVESTIGATION)
    assert await it.state(looked_for) == "opened"


async def test_a_second_case_of_a_kind_waits_for_the_end_of_the_first(it: Desk) -> None:
    first = await it.open()
    await it.open()
    declined = (await it.told("my"))[-1]
    assert isinstance(declined, CaseAnswer)
    assert declined.reason == Reason.CASE_EXISTS
    other = await it.open(**DISPUTE)
    assert await it.say(Act.REFUSE, PK, first, reason=Refusal.CUSTOMER.value) is None
    again = await it.open()
    assert [await it.state(each) for each in (first, other, again)] == [
        "refused",
        "opened",
        "opened",
    ]


async def test_nobody_speaks_in_the_name_of_another(it: Desk) -> None:
    said = notice(it.paid.uetr)
    outcome = await it.take(said, sender="pk")
    assert isinstance(outcome, Conflict)
    assert outcome.reason is Reason.MESSAGE_WRONG_PARTY
    case = await it.open()
    for act, by in ((Act.ACCEPT, MY), (Act.WITHDRAW, PK), (Act.EXPIRE, PK), (Act.OPEN, MY)):
        outcome = await it.say(act, by, case)
        assert isinstance(outcome, Conflict), act
    forged = CaseAnswer(uuid.uuid4().hex, case.case_id, Act.ACCEPT, PK, NOW)
    assert isinstance(await it.repeat(forged, sender="my"), Conflict)
    assert await it.acts(case) == ["open"]


async def test_the_same_notice_again_is_answered_again_and_changes_nothing(it: Desk) -> None:
    case = await it.open()
    assert await it.take(case) is None
    for role in ("my", "pk"):
        told = await it.told(role)
        assert len({each.message_id for each in told}) == 1
    assert isinstance(await it.take(replace(case, message_id=uuid.uuid4().hex)), Conflict)
    word = CaseAnswer(uuid.uuid4().hex, case.case_id, Act.NOTE, PK, NOW, text="We look.")
    assert [await it.repeat(word) for _ in range(3)] == [None] * 3
    assert await it.acts(case) == ["open", "note"]


async def test_a_return_counts_only_when_the_gateway_saw_it_completed(it: Desk) -> None:
    case = await it.open()
    assert await it.say(Act.ACCEPT, PK, case) is None
    unknown = await it.say(Act.RETURN, PK, case, returned_by=str(uuid.uuid4()))
    assert isinstance(unknown, Conflict)
    assert unknown.reason is Reason.RETURN_UNMATCHED
    other = await it.given_back(remittance="Not a return")
    assert isinstance(await it.say(Act.RETURN, PK, case, returned_by=other), Conflict)
    back = await it.given_back()
    assert await it.say(Act.RETURN, PK, case, returned_by=back) is None
    found, _ = await flow.case(it.tx, case.case_id)
    assert (found.state, found.returned_by) == (State.RETURNED, back)
    last = (await it.told("my"))[-1]
    assert isinstance(last, CaseAnswer)
    assert (last.act, last.by, last.returned_by) == (Act.RETURN, PK, back)


async def test_what_nobody_answers_is_escalated_to_the_desk_and_then_expires(it: Desk) -> None:
    case = await it.open()
    await flow.expire(it.tx, it.node, [None], NOW + ANSWER - timedelta(seconds=1))
    assert await inbox(it, escalated=True) == []
    late = NOW + ANSWER
    assert await flow.expire(it.tx, it.node, [None], late) == [1]
    assert await inbox(it, escalated=True) == [case.case_id]
    assert await it.state(case) == "opened"
    for role in ("my", "pk"):
        told = (await it.told(role))[-1]
        assert isinstance(told, CaseAnswer)
        assert (told.act, told.by, told.due_at) == (Act.ESCALATE, it.node.bic, late + EXPIRY)
    await flow.expire(it.tx, it.node, [None], late + EXPIRY)
    assert await it.state(case) == "expired"
    assert await inbox(it, escalated=True) == []
    assert await it.acts(case) == ["open", "escalate", "expire"]


async def test_a_promised_return_that_does_not_come_stays_with_the_desk(it: Desk) -> None:
    case = await it.open()
    await it.say(Act.ACCEPT, PK, case)
    for turn in (1, 2, 3):
        await flow.expire(it.tx, it.node, [None], NOW + turn * RETURNING)
        assert await inbox(it, escalated=True) == [case.case_id]
        assert await inbox(it, waiting_for=PK) == [case.case_id]
    back = await it.given_back()
    now = NOW + 3 * RETURNING
    await it.say(Act.RETURN, PK, case, now, returned_by=back)
    assert await inbox(it, escalated=True) == []
    await flow.expire(it.tx, it.node, [None], now + CLOSING)
    assert await it.state(case) == "closed"


@pytest.mark.parametrize("act", [Act.ACCEPT, Act.REFUSE])
async def test_what_has_had_its_last_word_is_closed_in_time(it: Desk, act: Act) -> None:
    case = await it.open(PK, **INVESTIGATION)
    reason = Refusal.UNKNOWN.value if act is Act.REFUSE else None
    await it.say(act, MY, case, reason=reason)
    await flow.expire(it.tx, it.node, [None], NOW + CLOSING)
    assert await it.state(case) == "closed"


async def test_a_yes_that_crosses_a_withdrawal_counts_and_a_no_does_not(it: Desk) -> None:
    first = await it.open()
    await it.say(Act.WITHDRAW, MY, first)
    await it.say(Act.REFUSE, PK, first, reason=Refusal.LEGAL.value)
    assert await it.state(first) == "withdrawn"
    await it.say(Act.ACCEPT, PK, first)
    assert await it.state(first) == "accepted"
    assert await it.acts(first) == ["open", "withdraw", "note", "accept"]
    second = await it.open(**DISPUTE)
    await it.say(Act.REFUSE, PK, second, reason=Refusal.LEGAL.value)
    await it.say(Act.WITHDRAW, MY, second)
    assert await it.state(second) == "withdrawn"


async def test_a_return_may_come_before_its_yes(it: Desk) -> None:
    case, back = await it.open(), await it.given_back()
    await it.say(Act.RETURN, PK, case, returned_by=back)
    await it.say(Act.ACCEPT, PK, case)
    assert await it.state(case) == "returned"


async def test_each_sees_what_waits_for_it(it: Desk) -> None:
    recall, asked = await it.open(), await it.open(PK, **INVESTIGATION)
    assert await inbox(it, waiting_for=PK) == [recall.case_id]
    assert await inbox(it, waiting_for=MY) == [asked.case_id]
    assert await inbox(it, party=MY) == [recall.case_id, asked.case_id]
    assert await inbox(it, kind=Kind.RECALL) == [recall.case_id]
    assert await inbox(it, after=1, limit=1) == [asked.case_id]
    await it.say(Act.ACCEPT, MY, asked)
    assert await inbox(it, waiting_for=MY) == []


async def test_the_operator_speaks_for_a_bank_without_a_line_and_closes(fresh) -> None:
    node = replace(NODE, desk=replace(TERMS, members=frozenset({"my"})))
    it = await desk(fresh, node)
    async with it.tx.transaction():
        case = await it.open()
        assert await it.told("pk") == []
        no = Say(case.case_id, Act.REFUSE, "prn_desk", "By telephone.", Refusal.FUNDS.value)
        (outcome,) = await flow.say(it.tx, node, [no], NOW)
        assert isinstance(outcome, Case)
        assert (outcome.state, outcome.reason) == (State.REFUSED, "AM04")
        told = (await it.told("my"))[-1]
        assert isinstance(told, CaseAnswer)
        assert (told.act, told.by, told.text) == (Act.REFUSE, node.bic, "By telephone.")
        closed = Say(case.case_id, Act.CLOSE, "prn_desk")
        twice = await flow.say(it.tx, node, [closed, closed], NOW)
        assert [type(each) for each in twice] == [Case, Conflict]
        events = (await flow.case(it.tx, case.case_id))[1]
        assert [each.by for each in events] == [MY, "prn_desk", "prn_desk"]


async def test_the_operator_speaks_for_nobody_who_can_speak(it: Desk) -> None:
    case = await it.open()
    for act in (Act.REFUSE, Act.ACCEPT, Act.WITHDRAW, Act.RETURN):
        (outcome,) = await flow.say(it.tx, it.node, [Say(case.case_id, act, "prn_desk")], NOW)
        assert isinstance(outcome, Conflict), act
    (missing,) = await flow.say(it.tx, it.node, [Say("cse_x", Act.NOTE, "prn_desk")], NOW)
    assert isinstance(missing, NotFound)


async def test_history_of_the_desk_cannot_be_changed(it: Desk) -> None:
    await it.open()
    with pytest.raises(Exception, match=r"permission denied|is history"):
        await it.tx.execute("DELETE FROM desk.case_event")


def test_the_worlds_file_sets_the_clocks_and_every_institution_has_a_line(tmp_path) -> None:
    text = (files("qantara.world") / "demo.toml").read_text()
    head = "acceptance_stale_seconds = 3600\n"
    for told, wrong in (
        ("recall_seconds = 60, close_seconds = 5", ""),
        ("coffee_seconds = 1", "x"),
    ):
        file = tmp_path / "world.toml"
        file.write_text(text.replace(head, f"{head}desk = {{ {told} }}\n"))
        world = config.read(file, "desk")
        if wrong:
            with pytest.raises(Malformed):
                desk_terms.desk(world, world.role("nexus"))
            continue
        made = desk_terms.desk(world, world.role("nexus"))
        assert made.answer_seconds == {**TERMS.answer_seconds, Kind.RECALL: 60}
        assert (made.close_seconds, made.expiry_seconds) == (5, TERMS.expiry_seconds)
        assert made.members == {"my", "pk", "fr"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payment", "not-a-uetr"),
        ("opened_by", "nobody"),
        ("case_id", "a b"),
        ("case_id", ""),
        ("text", "\x07"),
        ("text", "x" * 501),
        ("cause", "not_received"),
        ("cause", "weather"),
        ("opened_at", "2026-03-02T08:00:00"),
        ("source_amount", "-1.00"),
        ("source_amount", "1.0"),
    ],
)
def test_a_notice_of_another_form_is_refused(field: str, value: str) -> None:
    said = replace(notice(str(uuid.uuid4())), source="MYR", source_amount="500.00")
    good = cases.write(said)
    assert cases.read(good, CaseNotice) == said
    old = {
        "payment": said.payment,
        "opened_by": said.opened_by,
        "case_id": said.case_id,
        "cause": said.cause.value,
        "source_amount": "500.00",
        "opened_at": "2026-03-02T08:00:00Z",
    }
    if field == "text":
        bad = cases.write(replace(said, text=value))
    else:
        bad = good.replace(f'"{old[field]}"'.encode(), f'"{value}"'.encode(), 1)
        assert bad != good
    with pytest.raises(Malformed):
        cases.read(bad, CaseNotice)


async def inbox(it: Desk, **wanted: object) -> list[str]:
    return [case.id for case in await flow.page(it.tx, Wanted(**wanted))]  # type: ignore[arg-type]
