"""Cash: withdrawn at an agent, or sent to somebody who needs no account; orders and receipts."""

from typing import NamedTuple

from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.agents import flow as agents
from qantara.agents.commands import Cancel
from qantara.agents.model import Kind, Order, OrderState, Recipient
from qantara.edge import cash, counter, intents
from qantara.errors import Malformed, QantaraError, Reason, Refused
from qantara.money import Money
from qantara.parties.model import IdentityType
from qantara.reasons import REASONS
from qantara.web.app import stepping_up, typed
from qantara.web.app.payee_of import plainly
from qantara.web.app.sources import sources
from qantara.web.objections import Objection, objection
from qantara.web.sites import Page
from qantara.web.visits import Visit

_SHOWN = 20
_PHONE, _NUMBER = 16, 30
_DOCUMENTS = (IdentityType.NRIC, IdentityType.CNIC, IdentityType.PASSPORT)
_OPEN = frozenset({OrderState.WAITING, OrderState.LOCKED})


class Price(NamedTuple):
    """What an order costs before it is made; `named` is the amount that the button names."""

    amount: Money
    fee: Money
    total: Money
    is_example: bool


async def show_all(visit: Visit) -> Response:
    owner = visit.caller.acting_for
    async with visit.door.database.read() as tx:
        places = await agents.everyone(tx, _SHOWN)
        orders = await agents.orders_of(tx, owner, None, visit.place("before"), _SHOWN + 1)
        receipts = await agents.receipts_of_customer(tx, owner, None, _SHOWN)
    older = orders[_SHOWN - 1].sequence if len(orders) > _SHOWN else None
    return visit.shown(
        "cash.html", places=places, orders=orders[:_SHOWN], receipts=receipts, older=older
    )


async def show_withdrawal(visit: Visit) -> Response:
    return await _form(visit, Kind.WITHDRAWAL)


async def show_pickup(visit: Visit) -> Response:
    return await _form(visit, Kind.PICKUP)


async def _form(
    visit: Visit,
    kind: Kind,
    price: Price | None = None,
    why: Objection | None = None,
    status: int = 200,
) -> Response:
    async with visit.door.database.read() as tx:
        found = await sources(tx, visit, visit.door.node.country)
    return visit.shown(
        "cash_order.html",
        status,
        kind=kind.value,
        sources=found,
        chosen=found.chosen(visit.form.get("account", "")),
        currency=visit.door.node.asset.code,
        documents=_DOCUMENTS,
        form=visit.form,
        price=price,
        why=why,
    )


async def withdraw(visit: Visit) -> Response:
    return await _ordered(visit, Kind.WITHDRAWAL)


async def send_cash(visit: Visit) -> Response:
    return await _ordered(visit, Kind.PICKUP)


async def _ordered(visit: Visit, kind: Kind) -> Response:
    """First the price, then the yes: it counts for the amount that the button named."""
    form = visit.form
    try:
        if not form.get("pay"):
            raise Malformed(Reason.FIELD_MISSING, param="amount")
        amount = typed.amount(form["pay"], visit.door.node.asset)
        fee = cash.price(visit.caller, kind, amount)
        whom = await _recipient(visit) if kind is Kind.PICKUP else None
        if form.get("act") != "order" or form.get("named") != str(amount):
            is_example = kind.value in visit.door.node.cash_prices
            return await _form(visit, kind, Price(amount, fee, amount + fee, is_example))
        made = await _placed(visit, amount, fee, whom)
    except QantaraError as error:
        return await _form(visit, kind, None, objection(visit, error), REASONS[error.reason].http)
    if isinstance(made, Response):
        return made
    if isinstance(made, Refused):
        return await _form(visit, kind, None, objection(visit, made), REASONS[made.reason].http)
    return _one(visit, made.order, made.code, is_coded=True)


async def _placed(
    visit: Visit, amount: Money, fee: Money, whom: Recipient | None
) -> cash.Coded | Refused | Response:
    """The order, confirmed first where the customer's own terms ask for it."""
    call, account = visit.caller, visit.form.get("account", "")
    country = visit.door.node.country
    intent = intents.cash(visit.door.node, call.acting_for, account, amount, fee, whom)
    payee = (
        plainly(call.principal.name, visit.words("cash.withdrawal"), country)
        if whom is None
        else plainly(whom.name, f"*{whom.identity_last}", country)
    )
    proof = await stepping_up.asked_for(visit, intent, payee)
    if isinstance(proof, Response):
        return proof
    made = await cash.ordered(call, account, amount, whom, proof)
    if isinstance(made, Refused) and made.reason in stepping_up.UNCONFIRMED:
        return await stepping_up.again(visit, intent, payee, made)
    return made


async def _recipient(visit: Visit) -> Recipient:
    form = visit.form
    name, number = (
        typed.words(form, "name", typed.NAME),
        typed.words(form, "identity_number", _NUMBER),
    )
    for param, text in (("name", name), ("identity_number", number)):
        if text is None:
            raise Malformed(Reason.FIELD_MISSING, param=param)
    kind = form.get("identity_type", "")
    if kind not in _DOCUMENTS:
        raise Malformed(Reason.FIELD_INVALID, param="identity_type", value=kind)
    phone = typed.words(form, "phone", _PHONE)
    return await cash.recipient(visit.caller, name or "", phone, IdentityType(kind), number or "")


async def show(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["order"])
    async with visit.door.database.read() as tx:
        found = await cash.own_order(tx, visit.caller, wanted)
    return _one(visit, found)


def _one(
    visit: Visit,
    order: Order,
    code: str | None = None,
    *,
    is_coded: bool = False,
    why: Objection | None = None,
    status: int = 200,
) -> Response:
    """An order; `is_coded` where a code was drawn now, which is shown this once."""
    return visit.shown(
        "cash_order_one.html",
        status,
        order=order,
        code=code,
        is_coded=is_coded,
        is_open=order.state in _OPEN,
        most=visit.door.node.cash_attempts,
        why=why,
    )


async def act(visit: Visit) -> Response:
    """Cancel an order that nobody was paid for, or have another code."""
    wanted, word = str(visit.request.path_params["order"]), visit.form.get("act", "")
    async with visit.door.database.read() as tx:
        found = await cash.own_order(tx, visit.caller, wanted)
    outcome: Order | cash.Coded | Refused
    try:
        if word == "cancel":
            wish = Cancel(wanted, visit.caller.acting_for)
            outcome = await visit.door.batcher.run(agents.cancel, wish)
        elif word == "renew":
            outcome = await cash.renewed(visit.caller, wanted)
        else:
            raise Malformed(Reason.FIELD_INVALID, param="act", value=word)
    except QantaraError as error:
        why, status = objection(visit, error), REASONS[error.reason].http
        return _one(visit, found, why=why, status=status)
    if isinstance(outcome, Refused):
        why, status = objection(visit, outcome), REASONS[outcome.reason].http
        return _one(visit, found, why=why, status=status)
    if isinstance(outcome, cash.Coded):
        return _one(visit, outcome.order, outcome.code, is_coded=True)
    return _one(visit, outcome)


async def show_receipt(visit: Visit) -> Response:
    wanted = str(visit.request.path_params["receipt"])
    async with visit.door.database.read() as tx:
        found = await cash.own_receipt(tx, visit.caller, wanted)
        agent = await counter.agent(tx, found.agent_id)
    is_example = found.kind.value in visit.door.node.cash_prices
    return visit.shown("cash_receipt.html", receipt=found, agent=agent, is_example=is_example)


_READ = frozenset({Scope.REMITTANCES_READ})
_WRITE = frozenset({Scope.REMITTANCES_WRITE})
PAGES = (
    Page("more", "/cash", show_all, _READ),
    Page("more", "/cash/withdraw", show_withdrawal, _WRITE, act=withdraw),
    Page("more", "/cash/send", show_pickup, _WRITE, act=send_cash),
    Page("more", "/cash/orders/{order}", show, _WRITE, act=act),
    Page("more", "/cash/receipts/{receipt}", show_receipt, _READ),
)
