"""Say that a payment went wrong: a number, a clock, and everything that was said."""

from collections.abc import Mapping

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.disputes import flow as disputes
from qantara.disputes.model import (
    ENDS,
    FILE_BYTES,
    FILES_MOST,
    Act,
    Dispute,
    DisputeKind,
    NewFile,
    OpenDispute,
    Say,
)
from qantara.edge.disputing import WORDS_LONGEST, file_of, own_dispute, side_of, words_of
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.reasons import REASONS
from qantara.web.app.pointing import pages_of
from qantara.web.forms import MEGABYTE
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN, _ID = 20, 64
FILE_TERMS = {"size": FILE_BYTES // MEGABYTE, "most": FILES_MOST}


async def show_all(visit: Visit) -> Response:
    owner, before = visit.caller.acting_for, visit.place("before")
    async with visit.door.database.read() as tx:
        found = await disputes.disputes_of(tx, owner, before, _SHOWN + 1)
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    return visit.shown("disputes.html", disputes=found[:_SHOWN], older=older)


async def show_new(visit: Visit) -> Response:
    return _new(visit, visit.said)


def _new(
    visit: Visit,
    form: Mapping[str, str],
    why: Objection | None = None,
    status: int = 200,
    running: str = "",
) -> Response:
    about = form.get("about", "")
    if not about or len(about) > _ID:
        raise NotFound(Reason.PAYMENT_NOT_FOUND, id=about)
    return visit.shown(
        "dispute_new.html",
        status,
        about=about,
        kinds=list(DisputeKind),
        longest=WORDS_LONGEST,
        form=form,
        why=why,
        running=running,
        file_terms=FILE_TERMS,
    )


async def open_one(visit: Visit) -> Response:
    """Open it; where one runs about the same payment, lead there."""
    call, form = visit.caller, visit.form
    kind = form.get("kind", "")
    try:
        if kind not in set(DisputeKind):
            raise Malformed(Reason.FIELD_INVALID, param="kind", value=kind)  # noqa: TRY301
        words, file = words_of(form.get("words", "")), _file(visit)
        wish = OpenDispute(
            *(call.new_id("dis"), call.acting_for, form.get("about", "")[:_ID]),
            *(DisputeKind(kind), words, call.principal.id),
            file=file,
        )
        outcome: Dispute = await visit.door.batcher.run(disputes.open_disputes, wish)
    except Malformed as error:
        return _new(visit, form, objection(visit, error), REASONS[error.reason].http)
    except Conflict as error:
        running = str(error.facts["id"]) if error.reason is Reason.DISPUTE_EXISTS else ""
        why = objection(visit, error)
        return _new(visit, form, why, REASONS[error.reason].http, running)
    return gone_on(visit.site, f"{visit.site.path}/disputes/{outcome.id}")


def _file(visit: Visit) -> NewFile | None:
    raw = visit.form.file("file")
    return disputes.given(raw) if raw else None


async def show(visit: Visit) -> Response:
    return await _one(visit)


async def _one(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    async with visit.door.database.read() as tx:
        found = await own_dispute(tx, visit.caller, str(visit.request.path_params["dispute"]))
        happened = (await disputes.timelines(tx, [found.id]))[found.id]
        files = (await disputes.files(tx, [found.id])).get(found.id, [])
        pages = await pages_of(tx, visit, [found.payment_id])
    return visit.shown(
        "dispute.html",
        status,
        dispute=found,
        ended=found.state in ENDS,
        late=disputes.overdue(found, visit.caller.now),
        happened=[(each, side_of(each)) for each in happened],
        files=files,
        file_terms=FILE_TERMS,
        payment=pages.get(found.payment_id, ""),
        longest=WORDS_LONGEST,
        form=visit.form,
        why=why,
    )


async def fetch(visit: Visit) -> Response:
    """A file, as it was given."""
    said = visit.request.path_params
    return await file_of(visit.caller, str(said["dispute"]), str(said["file"]))


async def act(visit: Visit) -> Response:
    """Say more, or take it back."""
    call, form = visit.caller, visit.form
    wanted, word = str(visit.request.path_params["dispute"]), form.get("act", "")
    if word not in {Act.SAY, Act.WITHDRAW}:
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    try:
        more = word == Act.SAY
        words, file = (words_of(form.get("words", "")), _file(visit)) if more else (None, None)
        wish = Say(wanted, call.acting_for, Act(word), words, call.principal.id, file)
        await visit.door.batcher.run(disputes.say, wish)
    except (Malformed, Conflict) as error:
        return await _one(visit, objection(visit, error), REASONS[error.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/disputes/{wanted}")


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/disputes", show_all, _WRITE),
    Page("more", "/disputes/new", show_new, _WRITE, act=open_one),
    Page("more", "/disputes/{dispute}", show, _WRITE, act=act),
    Page("more", "/disputes/{dispute}/files/{file}", fetch, _WRITE),
)
