"""Payee checks: whose account is it, before money goes there."""

import re
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from qantara import texts
from qantara.access.model import Scope
from qantara.api import shapes
from qantara.api.answers import created, documented, json
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import REASONS, Malformed, NotFound, Reason, Refused
from qantara.rails import flow as rails
from qantara.remittance import flow
from qantara.remittance.model import CheckPayee, CheckState, PayeeCheck

acts = APIRouter(
    prefix="/v1/payee-checks",
    tags=["payee checks"],
    route_class=ActRoute,
    dependencies=[Depends(keyed)],
)
reads = APIRouter(prefix="/v1/payee-checks", tags=["payee checks"], route_class=ReadRoute)

_ANSWERED = frozenset(CheckState) - {CheckState.ASKED}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_NUMBER = re.compile(r"[0-9A-Za-z\-]{1,34}")
_ACCOUNTS = ("IBAN", "ACCT")
_SHOWN_DIGITS = 4
_UNKNOWN = {REASONS[r].iso: r for r in (Reason.ALIAS_UNKNOWN, Reason.INSTITUTION_UNKNOWN)}


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
    door = call.door
    command = CheckPayee(
        call.new_id("chk"),
        call.acting_for,
        asked.country,
        asked.address_type,
        _address(asked),
        asked.agent_bic,
    )
    check: PayeeCheck | Refused = await door.batcher.run(flow.check_payee, command)
    if isinstance(check, Refused):
        return problem(request, check)
    if check.state is CheckState.ASKED:
        await door.watch.until(check.id, _ANSWERED, door.node.check_seconds)
        async with door.database.read() as tx:
            check = _own((await flow.payee_checks(tx, [check.id]))[0], check.id)
    status = 202 if check.state is CheckState.ASKED else 201
    return created(_shape(check, language(request)), f"/v1/payee-checks/{check.id}", status)


@reads.get(
    "/{payee_check_id}",
    responses=documented(shapes.PayeeCheck),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def one_payee_check(request: Request, call: CurrentCall, payee_check_id: str) -> Response:
    """A payee check as it stands."""
    async with call.door.database.read() as tx:
        check = _own((await flow.payee_checks(tx, [payee_check_id]))[0], payee_check_id)
    if not call.sees(check.customer_id):
        raise NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=payee_check_id)
    return json(_shape(check, language(request)))


def _own(found: PayeeCheck | NotFound, payee_check_id: str) -> PayeeCheck:
    if isinstance(found, NotFound):
        raise NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=payee_check_id)
    return found


def _address(asked: shapes.NewPayeeCheck) -> str:
    """The address in the form that travels; `Malformed` if it cannot be one of its type."""
    address = asked.address
    if asked.address_type in _ACCOUNTS:
        address = address.replace(" ", "")
        if asked.agent_bic is None:
            raise Malformed(Reason.FIELD_MISSING, param="agent_bic")
    if asked.address_type == "IBAN":
        try:
            return str(IBAN(address))
        except SchwiftyException:
            raise Malformed(Reason.IBAN_INVALID, param="address", value=address) from None
    if asked.address_type == "ACCT" and not _NUMBER.fullmatch(address):
        raise Malformed(Reason.ACCOUNT_NUMBER_INVALID, param="address", value=address)
    if asked.address_type == "MBNO" and not _PHONE.fullmatch(address):
        raise Malformed(Reason.PHONE_INVALID, param="address", value=address)
    if rails.text_defect(address, "address") is not None:
        raise Malformed(Reason.FIELD_INVALID, param="address", value=address)
    return address


def _shape(check: PayeeCheck, spoken: str) -> shapes.PayeeCheck:
    reason, number = _warning(check), check.account_number
    return shapes.PayeeCheck(
        id=check.id,
        state=check.state.value,
        country=check.country,
        address_type=check.address_type,
        address=check.address,
        display_name=check.display_name,
        account=masked(number) if number else None,
        agent_bic=check.account_agent_bic,
        warning=shapes.Told(reason, texts.sentence(reason, spoken, {})) if reason else None,
    )


def _warning(check: PayeeCheck) -> Reason | None:
    match check.state:
        case CheckState.NOT_FOUND:
            return _UNKNOWN.get(check.reason or "", Reason.PAYEE_UNKNOWN)
        case CheckState.TIMED_OUT:
            return Reason.TIMED_OUT
        case CheckState.CONFIRMED if not check.display_name:
            return Reason.PAYEE_NOT_CONFIRMED
        case _:
            return None


def masked(number: str) -> str:
    """The end of an account number, enough to know it again."""
    hidden = max(len(number) - _SHOWN_DIGITS, 0)
    return "*" * hidden + number[hidden:]
