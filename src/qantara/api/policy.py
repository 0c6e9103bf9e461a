"""The law as data: decide, look up, compare; for staff and supervisors."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import policy_shapes as shapes
from qantara.api.answers import documented, json
from qantara.clock import to_text
from qantara.edge import attempts
from qantara.edge.calls import Call, CurrentCall, needs
from qantara.edge.routes import ReadRoute
from qantara.edge.slowly import slowly
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.policy import flow
from qantara.policy.model import Act, Decision, Rulebook, Topic
from qantara.texts import best_language

SIDES = ("sender", "recipient")
reads = APIRouter(
    prefix="/v1/policy",
    tags=["policy"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.POLICY_READ))],
)
COUNTRY = Query(pattern=r"^[A-Z]{2}$", examples=["PK"])
TOPIC = Query(pattern=shapes.one_of(Topic), examples=["wire_data"])


def _day(call: Call, text: str | None) -> date:
    if text is None:
        return call.now.date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param="on", value=text) from None


def _check_countries(law: Rulebook, *countries: str) -> None:
    """A country without a book is not found."""
    for country in countries:
        known = law.jurisdictions.get(country)
        if known is None or known.kind != "country":
            raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=country, on="any day")


def _law(call: Call) -> Rulebook:
    """As it stands now; a renewal while the answer is made does not reach it."""
    found: Rulebook = call.door.node.rulebook
    return found.standing()


def _language(request: Request) -> str:
    return best_language(request.headers.get("accept-language", ""))


@reads.post("/decide", responses=documented(shapes.Decision))
async def decide(
    request: Request, call: CurrentCall, asked: Annotated[shapes.Question, Body()]
) -> Response:
    """May this go, by which article of which country? Nothing is kept, nothing moves."""
    told: dict[str, Any] = {
        "act": asked.act,
        "sender": _side(asked.sender),
        "via": asked.via,
        "elements": asked.elements,
    }
    if asked.purpose is not None:
        told["purpose"] = asked.purpose
    if asked.recipient is not None:
        told["recipient"] = _side(asked.recipient)
    law = _law(call)
    _check_countries(law, *(told[side]["country"] for side in SIDES if side in told))
    if (asked.act == Act.PAYMENT) != (asked.recipient is not None):
        problem = "a payment has two sides, every other act one"
        raise Malformed(Reason.QUESTION_INVALID, problem=problem)
    facts = flow.read_facts(law, told)
    decision = flow.decide(law, facts, _day(call, asked.on))
    return json(_told(request, decision) | {"facts": flow.facts_shown(facts)})


def _side(asked: shapes.SideAsked) -> dict[str, Any]:
    facts: dict[str, Any] = asked.facts.model_dump(exclude_none=True)  # type: ignore[attr-defined]
    return {**facts, "country": asked.country}


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
    topic: Annotated[str | None, TOPIC] = None,
    book: Annotated[str | None, Query(max_length=10, examples=["PK"])] = None,
    on: date | None = None,
) -> Response:
    """The values and rules that stand on a day, each with its citation and how sure it is."""
    law, day = _law(call), on or call.now.date()
    wanted = None if topic is None else Topic(topic)
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
    topic: Annotated[str, TOPIC],
    country: Annotated[list[Annotated[str, COUNTRY]], Query(min_length=1, max_length=10)],
    on: date | None = None,
) -> Response:
    """The regimes of several countries on one topic: what has no equivalent is said."""
    law = _law(call)
    _check_countries(law, *country)
    found = flow.compare(law, Topic(topic), country, on or call.now.date(), {})
    return json(found.to_json())


@reads.get("/diff", responses=documented(shapes.Changes))
async def diff(
    call: CurrentCall,
    first: date,
    second: date,
    book: Annotated[list[str] | None, Query(max_length=10)] = None,
) -> Response:
    """What reads otherwise on the second day than on the first."""
    changes = flow.diff(_law(call), first, second, book or [])
    return json(
        {
            "first": first.isoformat(),
            "second": second.isoformat(),
            "changes": [change.to_json() for change in changes],
        }
    )


def _bare(law: Rulebook) -> Rulebook:
    return law.bare


@reads.get("/soundness", responses=documented(shapes.Soundness))
async def soundness(call: CurrentCall) -> Response:
    """Lint the law, whatever lies over it here, and decide the cases written beside it."""
    law, today = await slowly(_bare, _law(call)), call.now.date()
    defects = await slowly(flow.lint, law, today)
    run = await slowly(flow.run_cases, law)
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


@reads.get("/table", responses=documented(shapes.Harmonised))
async def table(
    call: CurrentCall,
    source: Annotated[str, COUNTRY],
    destination: Annotated[str, COUNTRY],
    on: date | None = None,
) -> Response:
    """The harmonised table of a corridor: what all its rules together ask, and who asks it."""
    law, day = _law(call), on or call.now.date()
    _check_countries(law, source, destination)
    found = await slowly(flow.harmonise, law, source, destination, day)
    return json({"table": found.to_json()})


@reads.get("/equivalences", responses=documented(shapes.Register))
async def equivalences(_call: CurrentCall) -> Response:
    """Findings of one authority that another accepts, each with its act of recognition."""
    return json({"equivalences": flow.equivalences()})


@reads.get("/prove", responses=documented(shapes.Proof))
async def prove(
    call: CurrentCall,
    source: Annotated[str, COUNTRY],
    destination: Annotated[str, COUNTRY],
    on: date | None = None,
) -> Response:
    """Prove that the corridor's table keeps every national rule; name conflicts and gaps."""
    law, day = _law(call), on or call.now.date()
    _check_countries(law, source, destination)
    report = await slowly(flow.prove, law, source, destination, day)
    return json({"report": report.to_json()})


@reads.post("/whatif", responses=documented(shapes.Effects))
async def whatif(call: CurrentCall, draft: Annotated[shapes.Draft, Body()]) -> Response:
    """What other rules would have done to the payments of our own customers: how many, how much,
    whose would have been refused, delayed or freed.
    """
    law = _law(call)
    then = flow.adopting(law, draft.adopt) if draft.adopt else law
    if draft.values:
        then = flow.redrawn(then, {each.id: each.value for each in draft.values})
    async with call.door.database.read() as tx:
        payments = await attempts.asked(tx, call.door.node.country)
    trial = await slowly(flow.try_out, law, then, payments, examples=draft.examples)
    return json({"report": trial.to_json()})
