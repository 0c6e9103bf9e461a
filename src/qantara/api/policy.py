"""The law as data: decide, look up, compare; for staff and supervisors."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import policy_shapes as shapes
from qantara.api.answers import documented, json
from qantara.clock import to_text
from qantara.edge import attempts
from qantara.edge.calls import Call, CurrentCall, needs
from qantara.edge.routes import ReadRoute
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.policy import flow
from qantara.policy.model import Decision, Rulebook, Topic
from qantara.texts import best_language

reads = APIRouter(
    prefix="/v1/policy",
    tags=["policy"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.POLICY_READ))],
)
DAY = Query(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-11-01"])
Answer = TypeVar("Answer")
_SLOW = ThreadPoolExecutor(1, "law")
COUNTRY = Query(pattern=r"^[A-Z]{2}$", examples=["PK"])


def _day(call: Call, text: str | None) -> date:
    if text is None:
        return call.now.date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param="on", value=text) from None


def _topic(text: str) -> Topic:
    try:
        return Topic(text)
    except ValueError:
        raise Malformed(Reason.FIELD_INVALID, param="topic", value=text[:80]) from None


def _law(call: Call) -> Rulebook:
    """As it stands now; a renewal while the answer is made does not reach it."""
    found: Rulebook = call.door.node.rulebook
    return found.standing()


async def _slowly(work: Callable[..., Answer], *given: Any, **more: Any) -> Answer:
    """The answer to what takes a while: one after the other in one thread of their own, so that
    whoever asks for many of them takes neither the threads nor the processors of the others.
    """
    run = partial(work, *given, **more)
    return await asyncio.get_running_loop().run_in_executor(_SLOW, run)


def _language(request: Request) -> str:
    return best_language(request.headers.get("accept-language", ""))


@reads.post("/decide", responses=documented(shapes.Decision))
async def decide(
    request: Request, call: CurrentCall, asked: Annotated[shapes.Question, Body()]
) -> Response:
    """May this go, by which article of which country? Nothing is kept, nothing moves."""
    told: dict[str, Any] = {
        "act": asked.act,
        "sender": {**asked.sender.facts, "country": asked.sender.country},
        "via": asked.via,
        "elements": asked.elements,
    }
    if asked.purpose is not None:
        told["purpose"] = asked.purpose
    if asked.recipient is not None:
        told["recipient"] = {**asked.recipient.facts, "country": asked.recipient.country}
    law = _law(call)
    facts = flow.read_facts(law, told)
    decision = flow.decide(law, facts, _day(call, asked.on))
    return json(_told(request, decision) | {"facts": flow.facts_shown(facts)})


def _told(request: Request, decision: Decision) -> dict[str, Any]:
    explained = flow.explain(decision, _language(request))
    return {**decision.to_json(), "explanation": explained.to_json()}


@reads.get("/decisions/{decision_id}", responses=documented(shapes.Decision))
async def one_decision(request: Request, call: CurrentCall, decision_id: str) -> Response:
    """A kept decision, made again from its facts and its rulebook: the same to the last bit."""
    async with call.door.database.read() as tx:
        record = (await flow.decisions(tx, [decision_id]))[0]
        if isinstance(record, NotFound):
            raise record
        law = _law(call)
        if record.rulebook_version != law.version:
            law = await flow.kept_rulebook(tx, record.rulebook_version)
    again = flow.replay(law, record)
    if isinstance(again, Conflict):
        raise again
    return json(
        _told(request, again)
        | {
            "facts": flow.facts_shown(record.facts),
            "id": record.id,
            "subject": record.subject,
            "recorded_at": to_text(record.recorded_at),
        }
    )


@reads.get("/entries", responses=documented(shapes.Entries))
async def entries(
    call: CurrentCall,
    topic: Annotated[str | None, Query(max_length=40)] = None,
    book: Annotated[str | None, Query(max_length=10, examples=["PK"])] = None,
    on: Annotated[str | None, DAY] = None,
) -> Response:
    """The values and rules that stand on a day, each with its citation and how sure it is."""
    law, day = _law(call), _day(call, on)
    wanted = None if topic is None else _topic(topic)
    values, rules = flow.standing(law, day, wanted, book)
    return json(
        {
            "rulebook_version": law.version,
            "on": day.isoformat(),
            "values": values,
            "rules": rules,
        }
    )


@reads.get("/compare", responses=documented(shapes.Comparison))
async def compare(
    call: CurrentCall,
    topic: Annotated[str, Query(max_length=40, examples=["wire_data"])],
    country: Annotated[list[str], Query(min_length=1, max_length=10)],
    on: Annotated[str | None, DAY] = None,
) -> Response:
    """The regimes of several countries on one topic: what has no equivalent is said."""
    return json(flow.compare(_law(call), _topic(topic), country, _day(call, on), {}).to_json())


@reads.get("/diff", responses=documented(shapes.Changes))
async def diff(
    call: CurrentCall,
    first: Annotated[str, DAY],
    second: Annotated[str, DAY],
    book: Annotated[list[str] | None, Query(max_length=10)] = None,
) -> Response:
    """What reads otherwise on the second day than on the first."""
    changes = flow.diff(_law(call), _day(call, first), _day(call, second), book or [])
    return json({"first": first, "second": second, "changes": [c.to_json() for c in changes]})


def _bare(law: Rulebook) -> Rulebook:
    return law.bare


@reads.get("/soundness", responses=documented(shapes.Soundness))
async def soundness(call: CurrentCall) -> Response:
    """Lint the law, whatever lies over it here, and decide the cases written beside it."""
    law, today = await _slowly(_bare, _law(call)), call.now.date()
    defects = await _slowly(flow.lint, law, today)
    run = await _slowly(flow.run_cases, law)
    wrong = [defect for defect in defects if not defect.warning]
    return json(
        {
            "rulebook_version": law.version,
            "clean": not wrong and not run.misses,
            "defects": defects,
            "cases": run.cases,
            "misses": run.misses,
        }
    )


@reads.get("/prove", responses=documented(shapes.Proof))
async def prove(
    call: CurrentCall,
    source: Annotated[str, COUNTRY],
    destination: Annotated[str, COUNTRY],
    on: Annotated[str | None, DAY] = None,
) -> Response:
    """Prove that the corridor's table keeps every national rule; name conflicts and gaps."""
    law, day = _law(call), _day(call, on)
    report = await _slowly(flow.prove, law, source, destination, day)
    return json({"report": report.to_json()})


def _adopted(law: Rulebook, ids: list[str]) -> Rulebook:
    """Whoever asks for what is no proposal is wrong, and not the rulebook."""
    try:
        return flow.adopting(law, ids)
    except Malformed as error:
        problem = error.facts["problem"]
        raise Malformed(Reason.FIELD_INVALID, param="adopt", value=problem) from None


@reads.post("/whatif", responses=documented(shapes.Effects))
async def whatif(call: CurrentCall, draft: Annotated[shapes.Draft, Body()]) -> Response:
    """What other rules would have done to the payments of our own customers: how many, how much,
    whose would have been refused, delayed or freed.
    """
    if bool(draft.adopt) == bool(draft.values):
        raise Malformed(Reason.FIELD_INVALID, param="adopt", value="adopt or values, not both")
    law = _law(call)
    if draft.adopt:
        then = _adopted(law, draft.adopt)
    else:
        then = flow.redrawn(law, {each.id: each.value for each in draft.values})
    async with call.door.database.read() as tx:
        payments = await attempts.asked(tx, call.door.node.country)
    trial = await _slowly(flow.try_out, law, then, payments, examples=draft.examples)
    return json({"report": trial.to_json()})
