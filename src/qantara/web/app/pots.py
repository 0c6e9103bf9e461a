"""Pots: money of an account set apart under a name."""

from datetime import date

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.errors import Malformed, NotFound, QantaraError, Reason, Refused
from qantara.money import asset
from qantara.parties import flow as parties
from qantara.parties.model import Account
from qantara.reasons import REASONS
from qantara.wallet import flow as wallet
from qantara.wallet.model import ClosePot, Direction, Filled, MovePot, OpenPot, PotState
from qantara.web.app import typed
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_SHOWN, _NAME = 50, 60


async def show_all(visit: Visit) -> Response:
    return await _all(visit)


async def _all(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        found = await wallet.pots_of(tx, owner, PotState.OPEN, None, _SHOWN)
        mine = (await parties.accounts_of(tx, [owner]))[0]
    return visit.shown("pots.html", status, pots=found, accounts=mine, form=visit.form, why=why)


async def open_pot(visit: Visit) -> Response:
    call, form = visit.caller, visit.form
    try:
        account = await _account(visit, form.get("account", ""))
        name = typed.words(form, "name", _NAME)
        if name is None:
            raise Malformed(Reason.FIELD_MISSING, param="name")
        goal = typed.amount(form["goal"], account.currency) if form.get("goal") else None
        wish = OpenPot(
            *(call.new_id("pot"), call.acting_for, account.id),
            *(name, goal, day(form.get("goal_on", ""), "goal_on")),
        )
        outcome: Filled | Refused = await visit.door.batcher.run(wallet.open_pots, wish)
    except QantaraError as error:
        return await _all(visit, objection(visit, error), REASONS[error.reason].http)
    if isinstance(outcome, Refused):
        return await _all(visit, objection(visit, outcome), REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/pots/{outcome.pot.id}")


async def _account(visit: Visit, wanted: str) -> Account:
    async with visit.door.database.read() as tx:
        mine = (await parties.accounts_of(tx, [visit.caller.acting_for]))[0]
    found = next((each for each in mine if each.id == wanted), None)
    if found is None:
        raise NotFound(Reason.ACCOUNT_NOT_FOUND, account=wanted)
    return found


def day(text: str, name: str) -> date | None:
    """A day of a form, or none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed(Reason.TIME_MALFORMED, param=name, value=text) from None


async def show(visit: Visit) -> Response:
    return await _one(visit)


async def _one(visit: Visit, why: Objection | None = None, status: int = 200) -> Response:
    wanted = str(visit.request.path_params["pot"])
    found = await _own(visit, wanted)
    share = _share(found)
    return visit.shown("pot.html", status, filled=found, share=share, form=visit.form, why=why)


async def _own(visit: Visit, wanted: str) -> Filled:
    async with visit.door.database.read() as tx:
        found = (await wallet.pots(tx, [wanted]))[0]
    if isinstance(found, NotFound) or not visit.caller.sees(found.pot.customer_id):
        raise NotFound(Reason.POT_NOT_FOUND, id=wanted)
    return found


def _share(found: Filled) -> int | None:
    """How much of the goal there is, in percent."""
    goal = found.pot.goal
    return None if goal is None else min(100, found.balance.minor * 100 // goal.minor)


async def act(visit: Visit) -> Response:
    """Move money in or out, at once, or close the pot."""
    call, form = visit.caller, visit.form
    wanted, word = str(visit.request.path_params["pot"]), form.get("act", "")
    if word not in {Direction.IN, Direction.OUT, "close"}:
        raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    outcome: Filled | Refused
    try:
        if word == "close":
            wish = ClosePot(wanted, call.acting_for)
            outcome = await visit.door.batcher.run(wallet.close_pots, wish)
        else:
            pot = (await _own(visit, wanted)).pot
            amount = typed.amount(form.get("amount", ""), asset(pot.currency))
            move = MovePot(call.new_id("mov"), call.acting_for, wanted, Direction(word), amount)
            outcome = await visit.door.batcher.run(wallet.move_pots, move)
    except Malformed as error:
        return await _one(visit, objection(visit, error), REASONS[error.reason].http)
    if isinstance(outcome, Refused):
        return await _one(visit, objection(visit, outcome), REASONS[outcome.reason].http)
    return gone_on(visit.site, f"{visit.site.path}/pots{'' if word == 'close' else f'/{wanted}'}")


_READ = frozenset({Scope.ACCOUNTS_READ})
PAGES = (
    Page("more", "/pots", show_all, _READ, act=open_pot),
    Page("more", "/pots/{pot}", show, _READ, act=act),
)
