"""What moved: searched, filtered, by day; one movement; and statements to keep."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import groupby

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge.own_accounts import own_account, own_holding
from qantara.edge.statement_files import Form, written
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.parties import flow as parties
from qantara.wallet import flow as wallet
from qantara.wallet.statement_model import Line, LineKind
from qantara.web.app.moves import Movement, movements
from qantara.web.sites import Page
from qantara.web.visits import Visit

_LOOKED_AT, _SHOWN = 400, 40
"""So many movements are looked through for one page of those that fit."""
_MONTH = timedelta(days=30)
_FILTERS: dict[str, frozenset[LineKind] | None] = {
    "all": None,
    "in": None,
    "out": None,
    "abroad": frozenset({LineKind.REMITTANCE_SENT, LineKind.REMITTANCE_RECEIVED}),
    "back": frozenset({LineKind.RETURNED, LineKind.GIVEN_BACK, LineKind.TAKEN_BACK}),
}


async def show(visit: Visit) -> Response:
    wanted = visit.asked("only") if visit.asked("only") in _FILTERS else "all"
    text, before = visit.asked("q"), visit.place("before")
    async with visit.door.database.read() as tx:
        mine = (await parties.accounts_of(tx, [visit.caller.acting_for]))[0]
        chosen = next(
            (a for a in mine if a.id == visit.asked("account")), mine[0] if mine else None
        )
        lines = await wallet.movements(tx, chosen, before, _LOOKED_AT) if chosen else []
    fitting = [each for each in lines if _fits(each, wanted, text)]
    shown = fitting[:_SHOWN]
    full = len(fitting) > _SHOWN
    older = shown[-1].sequence if full else lines[-1].sequence if len(lines) == _LOOKED_AT else None
    return visit.shown(
        "activity.html",
        accounts=mine,
        chosen=chosen,
        days=_by_day(movements(visit, chosen.id, shown)) if chosen else [],
        older=older,
        only=wanted,
        filters=tuple(_FILTERS),
        text=text,
        begins=(visit.caller.now - _MONTH).date().isoformat(),
        ends=visit.caller.now.date().isoformat(),
    )


def _fits(line: Line, wanted: str, text: str) -> bool:
    kinds = _FILTERS[wanted]
    if kinds is not None and line.kind not in kinds:
        return False
    if (wanted == "in" and line.amount.minor < 0) or (wanted == "out" and line.amount.minor > 0):
        return False
    said = (line.counterpart, line.note, line.reference, str(line.amount), line.uetr)
    return not text or any(text.casefold() in (each or "").casefold() for each in said)


def _by_day(found: Sequence[Movement]) -> list[tuple[date, list[Movement]]]:
    """The days, the newest first, each with its movements."""
    return [(day, list(group)) for day, group in groupby(found, _day)]


def _day(movement: Movement) -> date:
    return movement.at.astimezone(UTC).date()


async def show_one(visit: Visit) -> Response:
    account_id = str(visit.request.path_params["account"])
    sequence = str(visit.request.path_params["sequence"])
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= _DIGITS):
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    async with visit.door.database.read() as tx:
        account = await own_account(tx, visit.caller, account_id)
        found = await wallet.movements(tx, account, int(sequence) + 1, 1)
    if not found or found[0].sequence != int(sequence):
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    line = found[0]
    movement = movements(visit, account.id, [line])[0]
    return visit.shown("movement.html", line=line, movement=movement, account=account)


_DIGITS = 18


async def statement(visit: Visit) -> Response:
    """A period's statement, as it is kept: a file, or a page to print."""
    account_id = str(visit.request.path_params["account"])
    begins, ends = _asked_day(visit, "from"), _asked_day(visit, "to")
    form = visit.asked("format")
    if form not in {Form.CSV, Form.HTML, Form.PDF, Form.CAMT_053}:
        raise Malformed(Reason.FIELD_INVALID, param="format", value=form)
    async with visit.door.database.read() as tx:
        holding = await own_holding(tx, visit.caller, account_id)
        found = await wallet.statement(tx, holding, begins, ends, visit.caller.now)
    if isinstance(found, Refused):
        return visit.told(found)
    return await written(visit.caller, found, Form(form), visit.language)


def _asked_day(visit: Visit, name: str) -> date:
    text = visit.asked(name)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param=name, value=text) from None


_READ = frozenset({Scope.ACCOUNTS_READ})
PAGES = (
    Page("activity", "/activity", show, _READ),
    Page("activity", "/activity/{account}/statement", statement, _READ),
    Page("activity", "/activity/{account}/{sequence}", show_one, _READ),
)
