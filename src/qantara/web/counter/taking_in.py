"""Cash taken in: whose account it is, how much, and then one yes that names both."""

from typing import NamedTuple

from fastapi.responses import Response

from qantara.agents import flow as agents
from qantara.agents.commands import Deposit
from qantara.agents.model import Kind, Receipt
from qantara.edge import amounts, cash, counter
from qantara.errors import Malformed, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.parties import flow as parties
from qantara.web.counter.home import SERVES
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit, gone_on

_LONGEST = 140
_TAKE = "take"


class Offer(NamedTuple):
    """What the button names, and counts for alone."""

    name: str
    amount: Money
    fee: Money
    is_example: bool


async def ask(visit: Visit) -> Response:
    return _form(visit)


def _form(visit: Visit, offer: Offer | None = None, why: Objection | None = None) -> Response:
    return visit.shown(
        "deposit.html",
        200 if why is None else why.status,
        kinds=[(each, visit.words(f"pay.by_{each}")) for each in _kinds(visit)],
        currency=visit.door.node.asset.code,
        form=visit.said,
        offer=offer,
        longest=_LONGEST,
        why=why,
    )


def _kinds(visit: Visit) -> tuple[str, ...]:
    number = "IBAN" if visit.door.node.country in parties.IBAN_COUNTRIES else "ACCT"
    return ("MBNO", number)


async def act(visit: Visit) -> Response:
    """First the name, then the yes; another account or amount than it named is asked for anew."""
    form = visit.form
    try:
        offer = await _offer(visit)
        if isinstance(offer, Refused):
            return _form(visit, None, objection(visit, offer))
        named = (form.get("named_amount"), form.get("named"))
        if form.get("act") != _TAKE or named != (str(offer.amount), offer.name):
            return _form(visit, offer)
        outcome = await _taken(visit, offer.amount)
    except QantaraError as error:
        return _form(visit, None, objection(visit, error))
    if isinstance(outcome, Refused):
        return _form(visit, None, objection(visit, outcome))
    return gone_on(visit.site, f"{visit.site.path}/receipts/{outcome.id}")


async def _offer(visit: Visit) -> Offer | Refused:
    form, node = visit.form, visit.door.node
    kind, address = form.get("address_type", ""), form.get("address", "")
    if kind not in _kinds(visit):
        raise Malformed(Reason.FIELD_INVALID, param="address_type", value=kind)
    for param, text in (("address", address), ("amount", form.get("amount", ""))):
        if not text:
            raise Malformed(Reason.FIELD_MISSING, param=param)
    if len(address) > _LONGEST:
        raise Malformed(Reason.FIELD_INVALID, param="address", value=address)
    amount = amounts.typed(form["amount"], node.asset)
    fee = cash.price(visit.caller, Kind.DEPOSIT, amount)
    async with visit.door.database.read() as tx:
        found = await counter.holding_at(tx, visit.caller, kind, address)
    if isinstance(found, Refused):
        return found
    return Offer(found.shown_name, amount, fee, Kind.DEPOSIT.value in node.cash_prices)


async def _taken(visit: Visit, amount: Money) -> Receipt | Refused:
    call, form = visit.caller, visit.form
    wish = Deposit(call.new_id("dep"), call.serving, form["address_type"], form["address"], amount)
    outcome: Receipt | Refused = await visit.door.batcher.run(agents.deposit, wish)
    return outcome


PAGES = (Page("deposit", "/deposit", ask, SERVES, section="work", act=act),)
