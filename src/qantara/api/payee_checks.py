"""Payee checks: whose account is it, before money goes there."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from qantara import texts
from qantara.access.model import Scope
from qantara.api import letters, shapes
from qantara.api.answers import created, documented, json
from qantara.clock import to_text
from qantara.edge import flow as edge
from qantara.edge.asking import address_of, answered, found_here, masked, name_of, own_check
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Refused
from qantara.payees import flow
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck

acts = APIRouter(
    prefix="/v1/payee-checks",
    tags=["payee checks"],
    route_class=ActRoute,
    dependencies=[Depends(keyed)],
)
reads = APIRouter(prefix="/v1/payee-checks", tags=["payee checks"], route_class=ReadRoute)


@acts.post(
    "",
    status_code=201,
    responses=documented(
        shapes.PayeeCheck, status=201, also={202: "Asked; the answer has not come yet."}
    ),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def check_payee(
    request: Request, call: CurrentCall, asked: Annotated[shapes.NewPayeeCheck, Body()]
) -> Response:
    """Ask whose account an address leads to, and wait a while for the answer."""
    command = CheckPayee(
        call.new_id("chk"),
        call.acting_for,
        asked.country,
        asked.address_type,
        address_of(asked.address_type, asked.address, asked.agent_bic),
        asked.agent_bic,
        name_of(asked.name),
    )
    check = await answered(request, call, flow.check_payee, command)
    if isinstance(check, Refused):
        return problem(request, check)
    status = 202 if check.state is CheckState.ASKED else 201
    return created(shape(check, language(request)), f"/v1/payee-checks/{check.id}", status)


@acts.post(
    "/here",
    status_code=201,
    responses=documented(shapes.PayeeCheck, status=201),
    dependencies=[Depends(needs(Scope.REMITTANCES_WRITE))],
)
async def check_payee_here(
    request: Request, call: CurrentCall, asked: Annotated[shapes.NewPayeeCheckHere, Body()]
) -> Response:
    """Ask who of this same institution is found under a phone; a transfer to them is paid at
    once.
    """
    check = await found_here(request, call, asked.phone, asked.name)
    if isinstance(check, Refused):
        return problem(request, check)
    return created(shape(check, language(request)), f"/v1/payee-checks/{check.id}")


@reads.get(
    "/{payee_check_id}",
    responses=documented(shapes.PayeeCheck),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def one_payee_check(request: Request, call: CurrentCall, payee_check_id: str) -> Response:
    """A payee check as it stands."""
    async with call.door.database.read() as tx:
        check = await own_check(tx, call, payee_check_id)
    return json(shape(check, language(request)))


@reads.get(
    "/{payee_check_id}/messages",
    responses=documented(shapes.LetterPage),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def messages(call: CurrentCall, payee_check_id: str) -> Response:
    """The ISO 20022 messages by which this check was asked and answered."""
    async with call.door.database.read() as tx:
        check = await own_check(tx, call, payee_check_id)
        peer = call.door.node.ips
        carried = await edge.exchanged(tx, peer, check.message_id, check.answer_id)
    return json(letters.page(carried, call.door.node.profile))


def shape(check: PayeeCheck, spoken: str) -> shapes.PayeeCheck:
    number = check.account_number
    return shapes.PayeeCheck(
        id=check.id,
        state=check.state.value,
        country=check.country,
        address_type=check.address_type,
        address=check.address,
        name=check.name,
        source=check.source.value,
        match=check.match.value if check.match else None,
        display_name=check.display_name,
        account=masked(number) if number else None,
        agent_bic=check.account_agent_bic,
        valid_until=to_text(check.valid_until) if check.valid_until else None,
        warning=_warning(check, spoken),
    )


def _warning(check: PayeeCheck, spoken: str) -> shapes.Told | None:
    if check.warning is None:
        return None
    facts = {"name": check.display_name} if check.display_name else {}
    return shapes.Told(check.warning, texts.sentence(check.warning, spoken, facts))
