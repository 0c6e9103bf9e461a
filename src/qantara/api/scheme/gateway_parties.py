"""Financial institutions: all that their systems list, those on Nexus and the others."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Body, Path, Request
from fastapi.responses import Response

from qantara.api.answers import created, json
from qantara.api.scheme import gateway_shapes as shapes
from qantara.api.scheme.gateway_routes import acts as acting
from qantara.api.scheme.gateway_routes import reads as router
from qantara.api.scheme.gateway_routes import role_of
from qantara.edge.calls import Call, CurrentCall
from qantara.edge.problems import problem
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.scheme.gateway import flow
from qantara.scheme.gateway.model import FinInst, GatewayNode, InstitutionRole
from qantara.scheme.gateway.reference_model import Act, Change, Listing

reads, acts = router(), acting()


class AskedRole(StrEnum):
    PSP = "psp"
    FXP = "fxp"
    SAP = "sap"
    ANY = "any"

    @property
    def role(self) -> InstitutionRole | None:
        return None if self is AskedRole.ANY else InstitutionRole(self.value)


class IdType(StrEnum):
    BICFI = "BICFI"
    LEI = "LEI"
    OTHER = "otherId"


@reads.get("/fin-insts/{which}")
async def institutions(
    call: CurrentCall, role: Annotated[AskedRole, Path(alias="which", description="A role.")]
) -> Response:
    """Every listed institution of a role, in any country."""
    return json({"finInsts": [_body(each) for each in await _listed(call, role, None)]})


@reads.get("/countries/{country_code}/fin-insts/{role}")
async def country_institutions(call: CurrentCall, country_code: str, role: AskedRole) -> Response:
    """Every listed institution of a role in one country."""
    node: GatewayNode = call.door.node
    if node.country(country_code) is None:
        raise NotFound(Reason.ROUTE_NOT_FOUND)
    return json({"finInsts": [_body(each) for each in await _listed(call, role, country_code)]})


@reads.get("/fin-insts/any/{id_type}/{id}")
async def one_institution(call: CurrentCall, id_type: IdType, id: str) -> Response:  # noqa: A002
    """The institution with this BIC, LEI or other id, on Nexus or not."""
    for each in await _listed(call, AskedRole.ANY, None):
        known = {
            IdType.BICFI: (each.bic,),
            IdType.LEI: (each.lei,),
            IdType.OTHER: each.other_ids,
        }
        if id in known[id_type]:
            return json(_body(each))
    raise NotFound(Reason.ROUTE_NOT_FOUND)


async def _listed(call: Call, role: AskedRole, country: str | None) -> list[FinInst]:
    async with call.door.database.read() as tx:
        return await flow.listed(tx, call.now, role=role.role, country=country)


def _body(each: FinInst) -> shapes.InstitutionBody:
    return shapes.InstitutionBody(
        name=each.name,
        fin_inst_id=shapes.InstitutionIds([each.bic], each.lei, list(each.other_ids)),
        country_code=each.country,
        roles=[role.value for role in each.roles],
        nexus_participant=each.participant,
        go_live_date=None if each.live_on is None else each.live_on.isoformat(),
        supported_messages=list(each.messages),
    )


@acts.post("/fin-insts", status_code=201)
async def list_institution(
    request: Request, call: CurrentCall, told: Annotated[shapes.NewInstitution, Body()]
) -> Response:
    """A payment system lists an institution of its country."""
    listing = _listing(told)
    refused = await _change(call, Act.ADD, listing)
    if refused is not None:
        return problem(request, refused)
    return created(_body(listing), f"/fin-insts/any/BICFI/{listing.bic}")


@acts.put("/fin-insts/{which}")
async def change_institution(
    request: Request,
    call: CurrentCall,
    bic: Annotated[str, Path(alias="which", description="Its BIC.")],
    told: Annotated[shapes.NewInstitution, Body()],
) -> Response:
    """A payment system says anew what it lists about an institution of its country."""
    listing = _listing(told)
    if listing.bic != bic:
        raise Malformed(Reason.FIELD_INVALID, param="BICFI", value=listing.bic)
    refused = await _change(call, Act.SET, listing)
    return json(_body(listing)) if refused is None else problem(request, refused)


async def _change(call: Call, act: Act, listing: FinInst) -> Refused | None:
    change = Change(role_of(call), act, Listing(listing))
    refused: Refused | None = await call.door.batcher.run(flow.change, change)
    return refused


def _listing(told: shapes.NewInstitution) -> FinInst:
    return FinInst(
        bic=told.fin_inst_id.bicfi[0],
        name=told.name,
        country=told.country_code,
        roles=tuple(dict.fromkeys(InstitutionRole(role) for role in told.roles)),
        lei=told.fin_inst_id.lei,
        other_ids=tuple(told.fin_inst_id.other_id),
        participant=told.nexus_participant,
        live_on=None if told.go_live_date is None else _day(told.go_live_date),
        messages=tuple(told.supported_messages),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(Reason.TIME_MALFORMED, param="goLiveDate", value=text) from error
