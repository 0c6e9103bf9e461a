"""A customer's yes to one payment, signed by a passkey, for apps that act for one."""

import json as plain
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara.access.credentials import model
from qantara.access.credentials.model import Consume, Intent
from qantara.access.model import Scope
from qantara.agents.model import Kind, Recipient
from qantara.api import confirmation_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.cash_shapes import NewRecipient
from qantara.api.shapes import money
from qantara.clock import to_text
from qantara.edge import cash, confirming, intents
from qantara.edge.asking import own_check
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.own_wallet import own_money_request
from qantara.edge.passkeys import person_of
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.ids import QuoteId
from qantara.money import Money, asset
from qantara.parties.model import IdentityType
from qantara.remittance import flow as remittance
from qantara.remittance.model import remittance_id

PATH = "/v1/confirmations"
acts = APIRouter(
    prefix=PATH,
    tags=["confirmations"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.REMITTANCES_WRITE))],
)


@acts.post("", status_code=201, responses=documented(shapes.AskedConfirmation, status=201))
async def ask_confirmation(
    call: CurrentCall, said: Annotated[shapes.NewConfirmation, Body()]
) -> Response:
    """What to ask the customer's passkey, so that it signs this payment: amount and payee are part
    of the challenge. Then tell its answer, and name the confirmation when you make the payment.
    """
    person, intent = await person_of(call), await _intent(call, said)
    asked = await confirming.passkey_options(call.door, person, intent)
    if asked is None:
        raise NotFound(Reason.PASSKEY_NOT_FOUND)
    options = plain.loads(asked.options)
    told = shapes.AskedConfirmation(asked.id, money(intent.amount), intent.payee_name, options)
    return created(told, f"{PATH}/{asked.id}")


@acts.post("/{confirmation_id}/answer", responses=documented(shapes.Confirmation))
async def answer_confirmation(
    request: Request,
    call: CurrentCall,
    confirmation_id: str,
    said: Annotated[shapes.NewAnswer, Body()],
) -> Response:
    """Tell what the passkey answered. A wrong answer says what was wrong and ends the question."""
    person, answer = await person_of(call), plain.dumps(said.answer)
    found = await confirming.by_passkey(call.door, person, confirmation_id, answer)
    return problem(request, found) if isinstance(found, Refused) else json(_shape(found))


async def proof(
    call: Call, confirmation_id: str | None, intent: Callable[[], Awaitable[Intent]]
) -> Consume | None:
    """What confirms a payment, where its caller says so: for the intent of our own records."""
    if confirmation_id is None:
        return None
    return Consume(await person_of(call), confirmation_id, await intent())


async def of_remittance(call: Call, quote_id: str, payee_check_id: str) -> Intent:
    wanted = remittance_id(QuoteId(quote_id))
    async with call.door.database.read() as tx:
        found = (await remittance.remittances(tx, [wanted]))[0]
        check = await own_check(tx, call, payee_check_id)
    if isinstance(found, NotFound) or not call.sees(found.quote.request.customer_id):
        raise NotFound(Reason.QUOTE_NOT_FOUND, quote=quote_id)
    return intents.abroad(found.quote, check)


async def of_transfer(call: Call, payee_check_id: str, amount: Money) -> Intent:
    ours = call.door.node.asset
    if amount.asset != ours:
        raise Malformed(Reason.CURRENCY_MISMATCH, param="currency", currency=ours.code)
    async with call.door.database.read() as tx:
        check = await own_check(tx, call, payee_check_id)
    return intents.inside(call.door.node, check.id, amount, check)


async def of_request(call: Call, money_request_id: str) -> Intent:
    async with call.door.database.read() as tx:
        found = await own_money_request(tx, call, money_request_id)
    if found.payer_id != call.acting_for:
        raise NotFound(Reason.MONEY_REQUEST_NOT_FOUND, id=money_request_id)
    return intents.asked(call.door.node, found)


async def of_cash(call: Call, account_id: str, amount: Money, whom: Recipient | None) -> Intent:
    kind = Kind.WITHDRAWAL if whom is None else Kind.PICKUP
    fee = cash.price(call, kind, amount)
    return intents.cash(call.door.node, call.acting_for, account_id, amount, fee, whom)


async def recipient(call: Call, said: NewRecipient | None) -> Recipient | None:
    """Whom a body names to be paid in cash."""
    if said is None:
        return None
    kind = IdentityType(said.identity_type)
    return await cash.recipient(call, said.name, said.phone, kind, said.identity_number)


async def _intent(call: Call, said: shapes.NewConfirmation) -> Intent:
    if isinstance(said, shapes.ConfirmRemittance):
        return await of_remittance(call, said.quote_id, said.payee_check_id)
    if isinstance(said, shapes.ConfirmMoneyRequest):
        return await of_request(call, said.money_request_id)
    amount = Money.parse(said.amount, asset(said.currency))
    if isinstance(said, shapes.ConfirmTransfer):
        return await of_transfer(call, said.payee_check_id, amount)
    return await of_cash(call, said.account_id, amount, await recipient(call, said.recipient))


def _shape(found: model.Confirmation) -> shapes.Confirmation:
    return shapes.Confirmation(
        found.id,
        found.state.value,
        found.method,
        found.factors,
        to_text(found.expires_at),
    )
