"""What other rules would have done to the payments of this institution's customers.

A trial may take long, so it runs beside the pages and its page asks again until it is over. What is
shown are counts and sums: no payment and no customer.
"""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge import attempts
from qantara.edge.slowly import slowly
from qantara.errors import Malformed, NotFound, QantaraError, Reason
from qantara.money import Rate
from qantara.policy import flow
from qantara.policy.model import Payment, Rulebook
from qantara.remittance import flow as remittance
from qantara.web import visits
from qantara.web.policies import law_of
from qantara.web.sites import Page, Site
from qantara.web.visits import Visit

if TYPE_CHECKING:
    from qantara.policy.bridge.trying import Trial

_RUNS, _RUNS_MOST = "trials", 20
_AGAIN_SECONDS = 2
_FIELDS = ("adopt", "country", "values", "draft")
Work = Callable[[list[Payment]], "Trial"]


@dataclass(slots=True)
class Run:
    """One trial: whose it is, what was asked, and what came of it."""

    id: str
    principal_id: str
    asked: Mapping[str, str]
    task: "asyncio.Task[None] | None" = None
    trial: "Trial | None" = None
    problem: QantaraError | None = None


@dataclass(slots=True)
class Runs:
    """The trials of one site, the oldest forgotten when there are too many."""

    by_id: dict[str, Run] = field(default_factory=dict)

    def add(self, run: Run) -> None:
        while len(self.by_id) >= _RUNS_MOST:
            oldest = self.by_id.pop(next(iter(self.by_id)))
            if oldest.task is not None:
                oldest.task.cancel()
        self.by_id[run.id] = run


def _runs(site: Site) -> Runs:
    found = site.kept.get(_RUNS)
    if not isinstance(found, Runs):
        found = site.kept[_RUNS] = Runs()
    return found


async def show(visit: Visit) -> Response:
    """The form, a trial that runs, or what came of one."""
    wanted, law = visit.asked("run"), law_of(visit)
    run = _runs(visit.site).by_id.get(wanted)
    if wanted and (run is None or run.principal_id != visit.caller.principal.id):
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    proposals = [each for each in flow.proposals(law) if each.jurisdiction in law.jurisdictions]
    countries = [
        code
        for code, each in law.jurisdictions.items()
        if each.kind == "country" and code != visit.door.node.country
    ]
    asked = dict.fromkeys(_FIELDS, "") if run is None else run.asked
    answer = visit.shown(
        "whatif.html", run=run, proposals=proposals, countries=countries, asked=asked
    )
    if run is not None and run.trial is None and run.problem is None:
        answer.headers["Refresh"] = str(_AGAIN_SECONDS)
    return answer


async def act(visit: Visit) -> Response:
    """Begin a trial, once for each form."""
    asked = {name: visit.form.get(name, "") for name in _FIELDS}
    run = Run(visit.caller.new_id("trial"), visit.caller.principal.id, asked)
    runs = _runs(visit.site)
    if run.id not in runs.by_id:
        work = await _work(visit, asked)
        runs.add(run)
        run.task = asyncio.create_task(_try(run, visit, work))
    return visits.gone_on(visit.site, f"{visit.site.path}/whatif?run={run.id}")


async def _try(run: Run, visit: Visit, work: Work) -> None:
    try:
        async with visit.door.database.read() as tx:
            payments = await attempts.asked(tx, visit.door.node.country)
        run.trial = await slowly(work, payments)
    except QantaraError as error:
        run.problem = error


async def _work(visit: Visit, asked: Mapping[str, str]) -> Work:
    """What is to be tried: another country's rules, or ours with a proposal, figures or a draft."""
    law = law_of(visit).standing()
    others = [name for name in ("adopt", "values", "draft") if asked[name]]
    if not others and not asked["country"]:
        raise Malformed(Reason.FIELD_MISSING, param="adopt")
    if asked["country"]:
        if others:
            raise Malformed(Reason.FIELD_INVALID, param=others[0], value=asked[others[0]])
        rates = await _rates(visit, law, asked["country"])
        return partial(_as_there, law, visit.door.node.country, asked["country"], rates)
    figures = _figures(asked["values"])
    return partial(_redrawn, law, asked["adopt"], figures, asked["draft"])


def _figures(text: str) -> dict[str, Any]:
    """Figures as they are written, one a line: `duitnow.limit.transaction.person = 20000.00`."""
    found: dict[str, Any] = {}
    for line in filter(str.strip, text.splitlines()):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name:
            raise Malformed(Reason.FIELD_INVALID, param="values", value=line)
        found[name] = {"yes": True, "no": False}.get(value, value)
    return found


async def _rates(visit: Visit, law: Rulebook, country: str) -> list[Rate]:
    """The newest mid-market rate into the other country's money, where it has another."""
    own, there = visit.door.node.asset.code, law.jurisdictions.get(country)
    if there is None or not there.currency or there.currency == own:
        return []
    pair = (own, str(there.currency))
    async with visit.door.database.read() as tx:
        found = await remittance.reference_rates(tx, [pair], visit.caller.now)
    return [each.rate for each in found.values()]


def _as_there(
    law: Rulebook, country: str, other: str, rates: list[Rate], payments: list[Payment]
) -> "Trial":
    return flow.try_as(law, country, other, rates, payments, examples=0)


def _redrawn(
    law: Rulebook, adopt: str, figures: Mapping[str, Any], draft: str, payments: list[Payment]
) -> "Trial":
    then = flow.adopting(law, [adopt]) if adopt else law
    if figures:
        then = flow.redrawn(then, figures)
    if draft:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "draft.yaml"
            path.write_text(draft, encoding="utf-8")
            then = flow.drafted(then, path)
    return flow.try_out(law, then, payments, examples=0)


PAGES = (Page("whatif", "/whatif", show, frozenset({Scope.POLICY_READ}), section="rules", act=act),)
