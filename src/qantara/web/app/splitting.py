"""Share a bill: who takes part, each part to the last cent, and then who has paid."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.edge.asking import own_checks
from qantara.edge.own_wallet import own_split
from qantara.errors import Malformed, QantaraError, Reason, Refused
from qantara.ids import AccountId
from qantara.money import Money
from qantara.payees.model import PayeeCheck
from qantara.reasons import REASONS
from qantara.wallet import flow as wallet
from qantara.wallet.request_model import Part, Split, SplitBill
from qantara.web.app import typed
from qantara.web.app.requesting import found_by, terms, usual_end
from qantara.web.app.sources import sources
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN = 20
MOST = 20
"""People of one bill, as many as a form holds with ease."""
_STATED = "stated"


class Person(NamedTuple):
    """Somebody who takes part, and what was typed as the part."""

    check: PayeeCheck
    typed: str


async def show_all(visit: Visit) -> Response:
    owner, before = visit.caller.acting_for, visit.place("before")
    async with visit.door.database.read() as tx:
        found = await wallet.splits_of(tx, owner, before, _SHOWN + 1)
    older = found[_SHOWN - 1].sequence if len(found) > _SHOWN else None
    return visit.shown("split.html", splits=found[:_SHOWN], older=older)


async def show(visit: Visit) -> Response:
    async with visit.door.database.read() as tx:
        found = await own_split(tx, visit.caller, str(visit.request.path_params["split"]))
    return visit.shown("split_one.html", split=found)


async def show_new(visit: Visit) -> Response:
    return await _page(visit, ())


async def act(visit: Visit) -> Response:
    """Add somebody, leave somebody out, show the parts, or ask for what was shown."""
    form, word = visit.form, visit.form.get("act", "")
    people = await _people(visit)
    if word == "add":
        return await _added(visit, people)
    if word.startswith("leave_"):
        left = [each for each in people if word != f"leave_{each.check.id}"]
        return await _page(visit, left)
    try:
        wish = _wish(visit, people)
        shares = wallet.shares_of(wish)
    except QantaraError as error:
        return await _page(visit, people, objection(visit, error), _status(error))
    if isinstance(shares, Refused):
        return await _page(visit, people, objection(visit, shares), _status(shares))
    if word != "ask" or form.get("named") != _named(wish, shares):
        return await _page(visit, people, wish=wish, shares=shares)
    return await _asked(visit, people, wish)


def _status(error: QantaraError | Refused) -> int:
    return REASONS[error.reason].http


async def _asked(visit: Visit, people: Sequence[Person], wish: SplitBill) -> Response:
    try:
        outcome: Split | Refused = await visit.door.batcher.run(wallet.split_bills, wish)
    except QantaraError as error:
        return await _page(visit, people, objection(visit, error), _status(error))
    if isinstance(outcome, Refused):
        return await _page(visit, people, objection(visit, outcome), _status(outcome))
    return gone_on(visit.site, f"{visit.site.path}/split/{outcome.id}")


async def _people(visit: Visit) -> list[Person]:
    """Those whom the form names: by checks of the asker's own, each once."""
    form = visit.form
    named = dict.fromkeys(form[f"person_{n}"] for n in range(MOST) if form.get(f"person_{n}"))
    async with visit.door.database.read() as tx:
        checks = await own_checks(tx, visit.caller, list(named))
    return [Person(each, form.get(f"part_{each.id}", "")) for each in checks]


async def _added(visit: Visit, people: Sequence[Person]) -> Response:
    """Somebody more by phone; all that was typed stays."""
    if len(people) >= MOST:
        many = Malformed(Reason.FIELD_INVALID, param="phone", value=visit.form.get("phone", ""))
        return await _page(visit, people, objection(visit, many), _status(many))
    try:
        found = await found_by(visit, "phone")
    except Malformed as error:
        return await _page(visit, people, objection(visit, error), _status(error))
    if isinstance(found, Objection):
        return await _page(visit, people, found, _UNKNOWN)
    others = [each for each in people if each.check.account_number != found.account_number]
    visit.form.pop("phone", None)
    return await _page(visit, [*others, Person(found, "")])


_UNKNOWN = 422


def _wish(visit: Visit, people: Sequence[Person]) -> SplitBill:
    form, call, unit = visit.form, visit.caller, visit.door.node.asset
    if not people:
        raise Malformed(Reason.FIELD_MISSING, param="phone")
    is_stated, own = form.get("way") == _STATED, form.get("own", "")
    note, until = terms(form)
    return SplitBill(
        call.new_id("spl"),
        call.acting_for,
        AccountId(form.get("account", "")),
        typed.amount(form.get("total", ""), unit),
        tuple(
            Part(each.check.id, typed.amount(each.typed, unit) if is_stated else None)
            for each in people
        ),
        until,
        typed.amount(own, unit) if is_stated and own else None,
        form.get("with_me") == "yes",
        note,
    )


def _named(wish: SplitBill, shares: Sequence[Money]) -> str:
    """What was shown, in a word: the yes counts for these people and parts alone."""
    who = zip(("", *(part.payer_check_id for part in wish.parts)), shares, strict=True)
    return " ".join(f"{check}={share}" for check, share in who)


async def _page(
    visit: Visit,
    people: Sequence[Person],
    why: Objection | None = None,
    status: int = 200,
    wish: SplitBill | None = None,
    shares: Sequence[Money] = (),
) -> Response:
    form: Mapping[str, str] = visit.form or {"way": "equal", "with_me": "yes"}
    async with visit.door.database.read() as tx:
        found = await sources(tx, visit, visit.door.node.country)
    nothing = Money(0, visit.door.node.asset)
    return visit.shown(
        "split_new.html",
        status,
        people=people,
        form=form,
        why=why,
        shares=shares,
        asking=sum(shares[1:], nothing),
        named=_named(wish, shares) if wish is not None else "",
        sources=found,
        chosen=found.chosen(form.get("account", "")),
        asset=visit.door.node.asset,
        until=form.get("until") or usual_end(visit),
        most=MOST,
    )


_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/split", show_all, _WRITE),
    Page("more", "/split/new", show_new, _WRITE, act=act),
    Page("more", "/split/{split}", show, _WRITE),
)
