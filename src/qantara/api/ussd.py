"""The door for gateways that carry the menus of simple phones."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from qantara.access.model import Scope
from qantara.api.answers import PROBLEMS, Documented
from qantara.api.shapes import Request as Shape
from qantara.edge.calls import CurrentCall, needs
from qantara.edge.routes import SetRoute
from qantara.ussd import flow

relays = APIRouter(
    tags=["ussd"], route_class=SetRoute, dependencies=[Depends(needs(Scope.USSD_RELAY))]
)
_TEXT = "text/plain"
_SCREEN = {"schema": {"type": "string", "pattern": "^(CON|END) "}}

_SHOWN: Documented = {200: {"description": "What the phone shows.", "content": {_TEXT: _SCREEN}}}


class Ussd(Shape):
    """What a gateway hands over at each turn of a talk: `text` is all that was typed so far, parted
    by `*`, and empty at the beginning.
    """

    session_id: str = Field(pattern=r"^[0-9A-Za-z_.:-]{1,64}$", examples=["ATUid_0001"])
    phone: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", examples=["+60123456789"])
    text: str = Field(max_length=800, examples=["", "2*0123456789*50"])


@relays.post(
    "/v1/ussd",
    response_class=Response,
    responses=_SHOWN | PROBLEMS,
)
async def relay_ussd(
    request: Request, call: CurrentCall, said: Annotated[Ussd, Body()]
) -> Response:
    """One turn of a talk: `CON` and a screen that asks, or `END` and one that does not.

    A turn repeated is answered as the first time and does nothing twice.
    """
    dialled = flow.Dialled(call.principal.id, said.session_id, said.phone, said.text)
    screen = await flow.answer(request, call.door, dialled)
    return Response(screen.told, media_type=_TEXT)
