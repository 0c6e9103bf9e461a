"""What becomes of an application: opened, before a person, or refused, each with its reasons."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from qantara import ids
from qantara.access import flow as access
from qantara.access.model import AuditEntry, Scope
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.onboarding import opening, rules, store
from qantara.onboarding.model import (
    Application,
    Ask,
    Event,
    Ground,
    Outcome,
    Review,
    Rung,
    Said,
    State,
    Taker,
    Verdict,
)
from qantara.onboarding.saving import mine
from qantara.parties import flow as parties
from qantara.parties.model import Identity
from qantara.policy import flow as policy
from qantara.policy.model import NewDecision

Decided = Application | Refused | Conflict | NotFound
DUE_LIMIT = 256


class _Judged(Struct, frozen=True):
    """One application and what is to become of it."""

    application: Application
    event: Event
    rung: Rung
    kept: NewDecision


async def decide(tx: Tx, node: Taker, asked: Sequence[Ask], now: datetime) -> list[Decided]:
    """Decide about tiers that people ask for. What opens is opened in the same transaction; what
    is refused says by which rule, where that is written and what can be done.
    """
    found = await mine(tx, [each.proof for each in asked])
    others = await _others(tx, found)
    outcomes: dict[int, Decided] = {}
    judged: dict[int, _Judged] = {}
    taken: set[str] = set()
    for place, each in enumerate(asked):
        application = found.get(each.proof.application_id)
        if application is None:
            outcomes[place] = rules.unknown(each.proof.application_id)
            continue
        if application.id in taken:
            outcomes[place] = Conflict(Reason.REQUEST_IN_PROGRESS, key=application.id)
            continue
        told = _judge(node, application, each, now, others=application.id in others)
        if isinstance(told, _Judged):
            judged[place] = told
            taken.add(application.id)
        else:
            outcomes[place] = told
    done = await _carry_out(tx, node, list(judged.values()), asked, now)
    outcomes |= dict(zip(judged, done, strict=True))
    return [outcomes[place] for place in range(len(asked))]


async def _others(tx: Tx, found: dict[str, Application]) -> set[str]:
    """The applications whose document a customer, another than the applicant, has shown before."""
    shown: dict[str, Identity] = {}
    for each in found.values():
        if each.said.document is not None:
            document = each.said.document
            identity = rules.identity(document)
            shown[each.id] = parties.normal_identity(identity, each.changed_at.date(), None)
    bearers = await parties.bearers(tx, list(shown.values()))
    return {
        application_id
        for application_id, whose in zip(shown, bearers, strict=True)
        if set(whose) - {found[application_id].customer_id}
    }


def _judge(
    node: Taker,
    found: Application,
    asked: Ask,
    now: datetime,
    *,
    others: bool,
) -> _Judged | Refused | Conflict:
    """Everything that can be said before the books are asked."""
    if found.state is not State.FILLING:
        return Conflict(Reason.STATE_CONFLICT, id=found.id, state=found.state.value)
    ladder = rules.rungs(node, asked.terms, now.date())
    rung = next((each for each in ladder if each.tier.key == asked.tier), None)
    if rung is None or not rung.available or rung.rank <= rules.rank_of(ladder, found.held):
        return rules.unavailable(asked.tier)
    lacks = rules.missing(found.said, rung.tier.needs)
    if lacks:
        return rules.incomplete(lacks)
    facts = rules.facts(node, rung.tier, found, now.date())
    decision = policy.decide(node.rulebook, facts, now.date())
    kept = NewDecision(ids.new("dec"), found.id, facts, decision)
    refused = rules.refusal(decision, found, asked.terms, now.date())
    doubts = rules.grounds(decision, found, others=others)
    told = replace(found, asked=asked.tier, changed_at=now)
    if refused is not None:
        return _Judged(_with(told, (refused,), kept), Event.REFUSE, rung, kept)
    if doubts:
        until = now + timedelta(days=asked.terms.review_days)
        told = replace(told, expires_at=until)
        return _Judged(_with(told, doubts, kept), Event.REVIEW, rung, kept)
    return _Judged(_with(told, (), kept), Event.OPEN, rung, kept)


def _with(found: Application, grounds: tuple[Ground, ...], kept: NewDecision) -> Application:
    watched = rules.watched(found, grounds)
    return replace(found, outcome=Outcome(grounds, kept.id, watched=watched))


async def _carry_out(
    tx: Tx, node: Taker, judged: Sequence[_Judged], asked: Sequence[Ask], now: datetime
) -> list[Application | Conflict]:
    terms = {each.proof.application_id: each.terms for each in asked}
    await policy.record_decisions(tx, [each.kept for each in judged], now)
    opening_now = [
        opening.Opening(each.application, each.rung, terms[each.application.id])
        for each in judged
        if each.event is Event.OPEN
    ]
    opened = await opening.open_applications(tx, node, opening_now, now)
    outcomes: list[Application | Conflict] = []
    for each in judged:
        done = opened.get(each.application.id, each.application)
        after = rules.advance(each.application, each.event)
        if isinstance(done, Conflict):
            outcomes.append(done)
        else:
            outcomes.append(after if isinstance(after, Conflict) else replace(done, state=after))
    await _keep(tx, outcomes, [each.event for each in judged], now)
    return outcomes


async def _keep(
    tx: Tx,
    outcomes: Sequence[Application | Conflict | NotFound],
    events: Sequence[Event],
    now: datetime,
) -> None:
    moved = [
        (each, event)
        for each, event in zip(outcomes, events, strict=True)
        if isinstance(each, Application)
    ]
    await store.write(tx, [each for each, _ in moved])
    await store.note(tx, moved, now)


async def review(
    tx: Tx, node: Taker, asked: Sequence[Review], now: datetime
) -> list[Application | Conflict | NotFound]:
    """Staff's word on applications that wait: opened, or refused with a reason that the person is
    told to ask for. Needs `parties:write`; nobody decides about themselves.
    """
    for each in asked:
        access.require(each.by, Scope.PARTIES_WRITE)
    found = await store.by_ids(tx, [each.application_id for each in asked], lock=True)
    told: list[Application | Conflict | NotFound] = []
    events: list[Event] = []
    openings: list[opening.Opening] = []
    for each in asked:
        event = Event.OPEN if each.verdict is Verdict.OPEN else Event.REFUSE
        events.append(event)
        after = _reviewed(each, found.pop(each.application_id, None), event, now)
        told.append(after)
        if isinstance(after, Application) and event is Event.OPEN:
            ladder = rules.rungs(node, each.terms, now.date())
            rung = next(rung for rung in ladder if rung.tier.key == after.asked)
            openings.append(opening.Opening(after, rung, each.terms))
    opened = await opening.open_applications(tx, node, openings, now)
    outcomes = [
        opened.get(each.id, each) if isinstance(each, Application) else each for each in told
    ]
    await _keep(tx, outcomes, events, now)
    entries = [
        AuditEntry(
            each.by.id, f"application_{each.verdict}", each.application_id, {"why": each.why}
        )
        for each, outcome in zip(asked, outcomes, strict=True)
        if isinstance(outcome, Application)
    ]
    await access.record(tx, entries, now)
    return outcomes


def _reviewed(
    said: Review, found: Application | None, event: Event, now: datetime
) -> Application | Conflict | NotFound:
    if found is None:
        return rules.unknown(said.application_id)
    if found.state is not State.IN_REVIEW:
        return Conflict(Reason.STATE_CONFLICT, id=found.id, state=found.state.value)
    after = rules.advance(found, event)
    if isinstance(after, Conflict):
        return after
    grounds = found.outcome.grounds
    if event is Event.REFUSE:
        grounds = (Ground(Reason.REVIEW_REFUSED, f"{rules.RULE}.review", remedy="ask_staff"),)
    outcome = replace(
        found.outcome,
        grounds=grounds,
        decided_by=said.by.id,
        why=said.why,
        watched=rules.watched(found, grounds),
    )
    keep = now + timedelta(days=said.terms.keep_days)
    return replace(found, state=after, outcome=outcome, changed_at=now, expires_at=keep)


async def expire(tx: Tx, _node: Taker, commands: Sequence[None], now: datetime) -> list[None]:
    """End what was left lying, and give back what no person looked at. A job calls this."""
    moved: list[tuple[Application, Event]] = []
    for each in await store.due(tx, now, DUE_LIMIT):
        after = rules.advance(each, Event.TIME_OUT)
        if isinstance(after, Conflict):
            raise after
        moved.append((_lapsed(each, after, now), Event.TIME_OUT))
    await store.write(tx, [each for each, _ in moved])
    await store.note(tx, moved, now)
    await store.delete_old(tx, now, now - timedelta(days=1))
    return [None] * len(commands)


def _lapsed(found: Application, after: State, now: datetime) -> Application:
    """Of an application that led nowhere nothing is kept but that it was there."""
    if after is State.EXPIRED:
        return replace(
            found, state=after, said=Said(), outcome=Outcome(), secret_digest=None, changed_at=now
        )
    lapsed = Ground(Reason.REVIEW_LAPSED, f"{rules.RULE}.review", remedy="later")
    again = now + (found.expires_at - found.changed_at)
    outcome = replace(found.outcome, grounds=(lapsed,))
    return replace(found, state=after, outcome=outcome, changed_at=now, expires_at=again)
