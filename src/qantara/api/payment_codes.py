"""Payment codes: what was scanned, and what a customer shows."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import Response

from qantara import texts
from qantara.access.model import Scope
from qantara.api import payment_code_shapes as shapes
from qantara.api.answers import documented, json
from qantara.api.forms import AMOUNT, REFERENCE
from qantara.api.shapes import Told, money
from qantara.clock import to_text
from qantara.edge import codes
from qantara.edge.calls import CurrentCall, needs
from qantara.edge.codes import Scanned
from qantara.edge.own_payments import carriable
from qantara.edge.problems import language, problem
from qantara.edge.routes import ReadRoute
from qantara.errors import Refused
from qantara.money import Money
from qantara.rails.qr import flow as qr
from qantara.rails.qr.model import Code
from qantara.remittance.model import Institution

reads = APIRouter(
    prefix="/v1/payment-codes",
    tags=["payment codes"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)


@reads.post("/scanned", responses=documented(shapes.PaymentCode))
async def scanned(
    request: Request, call: CurrentCall, said: Annotated[shapes.ScannedText, Body()]
) -> Response:
    """What a code says and whom it pays. Nothing is kept, nothing moves."""
    code, found = codes.read(call, said.text)
    plain = code if isinstance(code, Code) else None
    amount = plain.amount if plain else None
    expires = plain.expires_at if plain else None
    return json(
        shapes.PaymentCode(
            scheme=plain.scheme.value if plain else None,
            name=plain.name if plain else None,
            city=plain.city if plain else None,
            amount=money(amount) if amount else None,
            text=None if isinstance(found, Refused) else found.text,
            dynamic=bool(plain and plain.dynamic),
            expires_at=to_text(expires) if expires else None,
            payee=None if isinstance(found, Refused) else _payee(found),
            problem=_told(found, language(request)) if isinstance(found, Refused) else None,
            content=qr.to_record(code),
        )
    )


def _payee(found: Scanned) -> shapes.CodePayee:
    return shapes.CodePayee(found.country, found.address_type, found.address, found.agent_bic)


def _told(refused: Refused, spoken: str) -> Told:
    return Told(refused.reason, texts.sentence(refused.reason, spoken, refused.facts))


@reads.get("/own", responses=documented(shapes.OwnCode))
async def own(
    request: Request,
    call: CurrentCall,
    account_id: Annotated[str, Query(max_length=64)],
    amount: Annotated[str | None, Query(max_length=40, json_schema_extra=AMOUNT)] = None,
    reference: Annotated[str | None, Query(max_length=25, json_schema_extra=REFERENCE)] = None,
) -> Response:
    """The code by which an account is paid, with its picture; for one payment with an amount."""
    node: Institution = call.door.node
    carriable({}, reference)
    wanted = None if amount is None else Money.parse(amount, node.asset)
    async with call.door.database.read() as tx:
        code = await codes.shown(tx, call, account_id, wanted, reference)
    if isinstance(code, Refused):
        return problem(request, code)
    return json(
        shapes.OwnCode(
            scheme=code.scheme.value,
            text=qr.encode(code),
            svg=qr.svg(code),
            amount=money(code.amount) if code.amount else None,
            expires_at=to_text(code.expires_at) if code.expires_at else None,
        )
    )
