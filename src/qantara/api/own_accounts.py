"""Money over the home rail: topped up from, and withdrawn to, one's own account elsewhere."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import confirmations
from qantara.api import own_account_shapes as shapes
from qantara.api.answers import PROBLEMS, created, documented, json
from qantara.api.domestic_shapes import PaymentRequest, Transfer
from qantara.api.payment_requests import made
from qantara.api.transfers import transfer_told
from qantara.clock import from_text, to_text
from qantara.domestic import flow
from qantara.domestic.records import (
    Ask,
    ForgetAccount,
    OwnAccount,
    SaveAccount,
    Send,
    TopUp,
    Withdraw,
)
from qantara.domestic.records import Request as Asked
from qantara.domestic.records import Transfer as Sent
from qantara.edge import confirmed
from qantara.edge.asking import masked
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.limits import limits_of
from qantara.edge.own_accounts import pay_in
from qantara.edge.own_payments import carriable
from qantara.edge.problems import problem
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import Refused
from qantara.ids import AccountId
from qantara.money import Money, asset

_WRITES = Depends(needs(Scope.REMITTANCES_WRITE))
acts = APIRouter(
    tags=["own accounts"], route_class=ActRoute, dependencies=[Depends(keyed), _WRITES]
)
sets = APIRouter(tags=["own accounts"], route_class=SetRoute, dependencies=[_WRITES])
reads = APIRouter(
    tags=["own accounts"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
PATH = "/v1/own-accounts"


@reads.get("/v1/top-ups/instructions", responses=documented(shapes.TopUpInstructions))
async def top_up_instructions(
    call: CurrentCall,
    account_id: Annotated[str, Query(max_length=64, description="The account to be topped up.")],
) -> Response:
    """How to pay into an account from another bank, by a plain credit transfer."""
    node = call.door.node
    async with call.door.database.read() as tx:
        found = (await pay_in(tx, call, [account_id]))[0]
    return json(
        shapes.TopUpInstructions(
            account_id=found.account.id,
            name=found.name,
            number=found.account.number,
            number_type=found.number_type,
            bic=node.bic,
            institution=node.name,
            system=node.ips,
            currency=found.account.currency.code,
            aliases=[shapes.Alias(each.type.value, each.value) for each in found.aliases],
            by_request=flow.takes_requests(node),
        )
    )


@acts.post(PATH, status_code=201, responses=documented(shapes.OwnAccount, status=201))
async def save_own_account(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewOwnAccount, Body()]
) -> Response:
    """Save an account at another bank that a payee check shows to be in the caller's name."""
    command = SaveAccount(call.new_id("own"), call.acting_for, said.payee_check_id, said.label)
    outcome: OwnAccount | Refused = await call.door.batcher.run(flow.save_accounts, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), PATH)


@reads.get(PATH, responses=documented(shapes.OwnAccountPage))
async def own_accounts(
    call: CurrentCall,
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
) -> Response:
    """A customer's own accounts at other banks, oldest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        found = await flow.own_accounts_of(tx, owner)
    return json(shapes.OwnAccountPage([_shape(each) for each in found], has_more=False))


@sets.delete(
    PATH + "/{own_account_id}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "It is offered no more."}, **PROBLEMS},
)
async def forget_own_account(call: CurrentCall, own_account_id: str) -> Response:
    """Forget an own account; payments from and to it stay as they are."""
    command = ForgetAccount(own_account_id, call.acting_for)
    await call.door.batcher.run(flow.forget_accounts, command)
    return Response(status_code=204)


@acts.post("/v1/top-ups", status_code=201, responses=documented(PaymentRequest, status=201))
async def ask_for_top_up(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewTopUp, Body()]
) -> Response:
    """Ask one's own account elsewhere to pay in: a request to pay, where the system has them."""
    ask = Ask(
        id=call.new_id("prq"),
        customer_id=call.acting_for,
        account_id=AccountId(said.account_id),
        payer_check_id=said.payer_check_id,
        amount=Money.parse(said.amount, asset(said.currency)),
        expires_at=from_text(said.expires_at),
    )
    command = TopUp(said.own_account_id, ask)
    outcome: Asked | Refused = await call.door.batcher.run(flow.top_up, command)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(made(outcome), f"/v1/payment-requests/{outcome.id}")


@acts.post("/v1/withdrawals", status_code=201, responses=documented(Transfer, status=201))
async def withdraw_to_bank(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewBankWithdrawal, Body()]
) -> Response:
    """Pay one's own account elsewhere: a transfer, to be followed as any other."""
    carriable({"note": said.note}, said.reference)
    send = Send(
        id=call.new_id("trf"),
        customer_id=call.acting_for,
        account_id=AccountId(said.account_id),
        payee_check_id=said.payee_check_id,
        amount=Money.parse(said.amount, asset(said.currency)),
        note=said.note,
        reference=said.reference,
    )
    command = Withdraw(said.own_account_id, send)
    proof = await confirmations.proof(
        call,
        said.confirmation_id,
        lambda: confirmations.of_transfer(call, said.payee_check_id, send.amount),
    )
    outcome: Sent | Refused = await confirmed.placed(call.door, command, proof)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    limits_of(request).payee_paid(call.acting_for)
    shown = await transfer_told(request, call, outcome.id)
    return created(shown, f"/v1/transfers/{outcome.id}")


def _shape(own_account: OwnAccount) -> shapes.OwnAccount:
    return shapes.OwnAccount(
        id=own_account.id,
        label=own_account.label,
        account=masked(own_account.account.number or ""),
        number_type="ACCT" if own_account.account.iban is None else "IBAN",
        bic=own_account.bic,
        saved_at=to_text(own_account.saved_at),
    )
