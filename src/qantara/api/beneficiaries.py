"""Saved payees: kept from a confirmed payee check, renamed, removed, and paid again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara.access.model import Scope
from qantara.api import payee_checks
from qantara.api import wallet_shapes as shapes
from qantara.api.answers import created, documented, json
from qantara.api.paging import last_seen
from qantara.clock import to_text
from qantara.db import Tx
from qantara.edge.asking import answered
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute, SetRoute
from qantara.errors import NotFound, Reason, Refused
from qantara.payees.model import CheckState
from qantara.wallet import flow
from qantara.wallet.model import Beneficiary, BeneficiaryState, Remove, Rename, Save, Use

PATH = "/v1/beneficiaries"
PAGE = 100
_WRITES = Depends(needs(Scope.REMITTANCES_WRITE))
acts = APIRouter(
    prefix=PATH,
    tags=["beneficiaries"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), _WRITES],
)
sets = APIRouter(prefix=PATH, tags=["beneficiaries"], route_class=SetRoute, dependencies=[_WRITES])
reads = APIRouter(
    prefix=PATH,
    tags=["beneficiaries"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@acts.post("", status_code=201, responses=documented(shapes.Beneficiary, status=201))
async def save_beneficiary(
    request: Request, call: CurrentCall, said: Annotated[shapes.NewBeneficiary, Body()]
) -> Response:
    """Keep the payee whom a check confirmed, so that the address need not be typed again."""
    wish = Save(call.new_id("ben"), call.acting_for, said.payee_check_id, said.nickname)
    outcome: Beneficiary | Refused = await call.door.batcher.run(flow.save, wish)
    if isinstance(outcome, Refused):
        return problem(request, outcome)
    return created(_shape(outcome), f"{PATH}/{outcome.id}")


@reads.get("", responses=documented(shapes.BeneficiaryPage))
async def beneficiaries(
    call: CurrentCall,
    state: Annotated[Literal["saved", "removed"], Query(description="Which.")] = "saved",
    customer_id: Annotated[str | None, Query(description="For staff: whose.")] = None,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
) -> Response:
    """Saved payees, the newest first."""
    owner = call.whose(customer_id)
    async with call.door.database.read() as tx:
        last = await last_seen(_own, tx, call, starting_after)
        before = None if last is None else last.sequence
        found = await flow.beneficiaries_of(tx, owner, BeneficiaryState(state), before, limit + 1)
    page = [_shape(each) for each in found[:limit]]
    return json(shapes.BeneficiaryPage(page, has_more=len(found) > limit))


@reads.get("/{beneficiary_id}", responses=documented(shapes.Beneficiary))
async def one_beneficiary(call: CurrentCall, beneficiary_id: str) -> Response:
    """A saved payee, or one that was removed."""
    async with call.door.database.read() as tx:
        return json(_shape(await _own(tx, call, beneficiary_id)))


async def _own(tx: Tx, call: Call, beneficiary_id: str) -> Beneficiary:
    found = (await flow.beneficiaries(tx, [beneficiary_id]))[0]
    if isinstance(found, NotFound) or not call.sees(found.customer_id):
        raise NotFound(Reason.BENEFICIARY_NOT_FOUND, id=beneficiary_id)
    return found


@sets.patch("/{beneficiary_id}", responses=documented(shapes.Beneficiary))
async def rename_beneficiary(
    call: CurrentCall, beneficiary_id: str, said: Annotated[shapes.ChangedBeneficiary, Body()]
) -> Response:
    """Give a saved payee another name of one's own, or none."""
    wish = Rename(beneficiary_id, call.acting_for, said.nickname)
    outcome: Beneficiary = await call.door.batcher.run(flow.rename, wish)
    return json(_shape(outcome))


@sets.delete("/{beneficiary_id}", responses=documented(shapes.Beneficiary))
async def remove_beneficiary(call: CurrentCall, beneficiary_id: str) -> Response:
    """Take a payee off the list; it stays in the history."""
    wish = Remove(beneficiary_id, call.acting_for)
    outcome: Beneficiary = await call.door.batcher.run(flow.remove, wish)
    return json(_shape(outcome))


@acts.post(
    "/{beneficiary_id}/payee-check",
    status_code=201,
    responses=documented(
        shapes.BeneficiaryCheck, status=201, also={202: "Asked; the answer has not come yet."}
    ),
)
async def check_beneficiary(request: Request, call: CurrentCall, beneficiary_id: str) -> Response:
    """Begin a payment to a saved payee: whose account it is, is asked anew, and the check that
    comes is what a remittance or a transfer goes on from.
    """
    wish = Use(beneficiary_id, call.acting_for, call.new_id("chk"))
    check = await answered(request, call, flow.check_again, wish)
    if isinstance(check, Refused):
        return problem(request, check)
    async with call.door.database.read() as tx:
        saved = await _own(tx, call, beneficiary_id)
    told = shapes.BeneficiaryCheck(
        _shape(saved),
        payee_checks.shape(check, language(request)),
        flow.name_changed(saved, check),
    )
    status = 202 if check.state is CheckState.ASKED else 201
    return created(told, f"/v1/payee-checks/{check.id}", status)


def _shape(saved: Beneficiary) -> shapes.Beneficiary:
    return shapes.Beneficiary(
        id=saved.id,
        state=saved.state.value,
        country=saved.country,
        address_type=saved.address_type,
        address=saved.address,
        agent_bic=saved.agent_bic,
        name=saved.name,
        nickname=saved.nickname,
        saved_at=to_text(saved.saved_at),
        used_at=to_text(saved.used_at) if saved.used_at else None,
        removed_at=to_text(saved.removed_at) if saved.removed_at else None,
    )
