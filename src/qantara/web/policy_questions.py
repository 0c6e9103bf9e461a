"""May this payment go, by which article of which country? Nothing is kept, nothing moves."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, Reason
from qantara.policy import flow
from qantara.policy.model import Explanation, Rulebook
from qantara.web.policies import day_of, law_of
from qantara.web.sites import Page
from qantara.web.visits import Visit

_FIELDS = ("source", "destination", "amount", "kind", "purpose", "on", "more")
_NETWORK = "nexus"
_LIST = ","
_LONGEST = 4_000


async def show(visit: Visit) -> Response:
    """The form; once it is filled in, the answer stands beside it."""
    asked = {name: visit.request.query_params.get(name, "")[:_LONGEST] for name in _FIELDS}
    law = law_of(visit)
    told: Explanation | None = None
    problem: Malformed | None = None
    if asked["source"]:
        try:
            told = _answer(visit, law, asked)
        except Malformed as error:
            problem = error
    facts = {} if problem is None else {n: str(v) for n, v in problem.facts.items()}
    return visit.shown(
        "policy_decide.html",
        200 if problem is None else 400,
        tab="decide",
        asked=asked,
        countries=[code for code, each in law.jurisdictions.items() if each.currency],
        told=told,
        problem=None if problem is None else problem.reason.value,
        facts=facts,
    )


def _answer(visit: Visit, law: Rulebook, asked: Mapping[str, str]) -> Explanation:
    facts = flow.read_facts(law, _question(law, asked))
    day = day_of(visit, "on", visit.caller.now.date())
    return flow.explain(flow.decide(law, facts, day), visit.language)


def _question(law: Rulebook, asked: Mapping[str, str]) -> dict[str, Any]:
    """The payment in the words of the rules; `more` says further facts, one a line."""
    sides: dict[str, dict[str, Any]] = {"sender": {}, "recipient": {}}
    told: dict[str, Any] = {"act": "payment", "via": _NETWORK, "elements": []}
    for side, name in (("sender", "source"), ("recipient", "destination")):
        known = law.jurisdictions.get(asked[name])
        if known is None:
            raise Malformed(Reason.FIELD_INVALID, param=name, value=asked[name])
        sides[side] = {"country": known.code, **({"rail": known.rail} if known.rail else {})}
    if asked["source"] == asked["destination"]:
        told["via"] = ""
    if asked["amount"]:
        sides["sender"]["amount"] = asked["amount"].strip()
    if asked["kind"]:
        sides["sender"]["customer_kind"] = asked["kind"]
    if asked["purpose"]:
        told["purpose"] = asked["purpose"].strip()
        told["elements"] = ["purposeCode"]
    for line in filter(str.strip, asked["more"].splitlines()):
        path, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            raise Malformed(Reason.FIELD_INVALID, param="more", value=line)
        side, dot, name = path.partition(".")
        if dot and side not in sides:
            raise Malformed(Reason.FIELD_INVALID, param="more", value=line)
        (sides[side] if dot else told)[name if dot else path] = _typed(value)
    return told | sides


def _typed(text: str) -> str | int | bool | list[str]:
    """A value as somebody writes it: yes, no, a whole number, codes with commas, any other text."""
    if text in {"yes", "no"}:
        return text == "yes"
    if text.isascii() and text.isdigit():
        return int(text)
    if _LIST in text:
        return [part.strip() for part in text.split(_LIST) if part.strip()]
    return text


PAGES = (Page("policies", "/policies/decide", show, frozenset({Scope.POLICY_READ})),)
