"""Disputes that customers opened: what is due soonest first, and staff's word on each."""

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.disputes import flow
from qantara.disputes.model import ENDS, Act, DisputeState, Rule, Wanted
from qantara.edge.disputing import WORDS_LONGEST, file_of, own_dispute, side_of, words_of
from qantara.errors import Malformed, Reason, Unauthorised
from qantara.web.console.deciding import names_of
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

PAGE = 50
_RULINGS = frozenset({Act.ANSWER, Act.RESOLVE, Act.REJECT})
_OVERDUE = "overdue"


async def show(visit: Visit) -> Response:
    """The queue, in one state or only what is late."""
    asked, after, now = visit.asked("state"), visit.asked("after"), visit.caller.now
    state = DisputeState(asked) if asked in set(DisputeState) else None
    async with visit.door.database.read() as tx:
        place = await own_dispute(tx, visit.caller, after) if after else None
        late = now if asked == _OVERDUE else None
        wanted = Wanted(state, None, late, place, PAGE + 1)
        found = await flow.queue(tx, wanted)
        counts = await flow.counts(tx, now)
    shown = found[:PAGE]
    return visit.shown(
        "disputes.html",
        lines=[(each, flow.overdue(each, now)) for each in shown],
        chosen=state or (_OVERDUE if late else ""),
        states=list(DisputeState),
        counts=counts,
        further=shown[-1].id if len(found) > PAGE else None,
    )


async def show_one(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["id"])
    async with visit.door.database.read() as tx:
        dispute = await own_dispute(tx, visit.caller, wanted)
        happened = (await flow.timelines(tx, [dispute.id]))[dispute.id]
        files = (await flow.files(tx, [dispute.id])).get(dispute.id, [])
        names = await names_of(tx, [each.actor for each in happened])
    return visit.shown(
        "dispute.html",
        dispute=dispute,
        happened=[(each, side_of(each)) for each in happened],
        names=names,
        files=files,
        late=flow.overdue(dispute, visit.caller.now),
        can_rule=visit.holds(Scope.LEDGER_CORRECT) and dispute.state not in ENDS,
        longest=WORDS_LONGEST,
    )


async def fetch(visit: Visit) -> Response:
    """A file that the customer gave; that it was opened is audited."""
    said = visit.request.path_params
    return await file_of(visit.caller, str(said["id"]), str(said["file"]))


async def rule(visit: Visit) -> Response:
    """Answer, resolve or reject, with words that the customer reads."""
    if not visit.holds(Scope.LEDGER_CORRECT):
        raise Unauthorised(Reason.KEY_SCOPE, scope=Scope.LEDGER_CORRECT)
    wanted, word = str(visit.request.path_params["id"]), visit.form.get("act", "")
    if word not in _RULINGS:
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    words = words_of(visit.form.get("words", ""))
    ruling = Rule(wanted, Act(word), words, visit.caller.principal.id)
    await visit.door.batcher.run(flow.rule, ruling)
    return gone_on(visit.site, f"/console/disputes/{wanted}")


_READ = frozenset({Scope.REMITTANCES_READ})
PAGES = (
    Page("disputes", "/disputes", show, _READ, section="work"),
    Page("disputes", "/disputes/{id}", show_one, _READ, act=rule),
    Page("disputes", "/disputes/{id}/files/{file}", fetch, _READ),
)
