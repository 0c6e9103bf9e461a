"""Payee checks: whose account is it, before money goes there."""

import re
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from qantara import texts
from qantara.access.model import Scope
from qantara.api import letters, shapes
from qantara.api.answers import created, documented, json
from qantara.clock import to_text
from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.edge import flow as edge
from qantara.edge.calls import Call, CurrentCall, keyed, needs
from qantara.edge.limits import limits_of
from qantara.edge.problems import language, problem
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.payees import flow
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.rails import flow as rails

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
        _address(asked),
        asked.agent_bic,
        _name(asked.name),
    )
    check = await answered(request, call, flow.check_payee, command)
    if isinstance(check, Refused):
        return problem(request, check)
    status = 202 if check.state is CheckState.ASKED else 201
    return created(shape(check, language(request)), f"/v1/payee-checks/{check.id}", status)


async def answered(
    request: Request, call: Call, verb: Verb, command: object
) -> PayeeCheck | Refused:
    """Ask by a verb that begins a payee check, and wait a while for its answer."""
    door, limits = call.door, limits_of(request)
    limits.payee_check(request, call.acting_for)
    check: PayeeCheck | Refused = await door.batcher.run(verb, command)
    if isinstance(check, Refused):
        return check
    if check.state is CheckState.ASKED:
        await door.watch.until(check.id, _ANSWERED, door.node.check_seconds)
        async with door.database.read() as tx:
            check = await _kept(tx, check.id)
    if check.state is CheckState.NOT_FOUND:
        limits.payee_unknown(call.acting_for)
    return check


@reads.get(
    "/{payee_check_id}",
    responses=documented(shapes.PayeeCheck),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def one_payee_check(request: Request, call: CurrentCall, payee_check_id: str) -> Response:
    """A payee check as it stands."""
    async with call.door.database.read() as tx:
        check = await _own(tx, call, payee_check_id)
    return json(shape(check, language(request)))


@reads.get(
    "/{payee_check_id}/messages",
    responses=documented(shapes.LetterPage),
    dependencies=[Depends(needs(Scope.REMITTANCES_READ))],
)
async def messages(call: CurrentCall, payee_check_id: str) -> Response:
    """The ISO 20022 messages by which this check was asked and answered."""
    async with call.door.database.read() as tx:
        check = await _own(tx, call, payee_check_id)
        peer = call.door.node.ips
        carried = await edge.exchanged(tx, peer, check.message_id, check.answer_id)
    return json(letters.page(carried, call.door.node.profile))


async def _own(tx: Tx, call: Call, payee_check_id: str) -> PayeeCheck:
    """The check, if it is one and the caller's to see."""
    check = await _kept(tx, payee_check_id)
    if not call.sees(check.customer_id):
        raise NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=payee_check_id)
    return check


async def _kept(tx: Tx, payee_check_id: str) -> PayeeCheck:
    found = (await flow.checks(tx, [payee_check_id]))[0]
    if isinstance(found, NotFound):
        raise found
    return found


def _name(said: str | None) -> str | None:
    """The name as it may travel; white space around it says nothing."""
    name = None if said is None else said.strip()
    if name is not None and (not name or rails.text_defect(name, "name") is not None):
        raise Malformed(Reason.FIELD_INVALID, param="name", value=said or "")
    return name


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


def masked(number: str) -> str:
    """The end of an account number, enough to know it again."""
    hidden = max(len(number) - _SHOWN_DIGITS, 0)
    return "*" * hidden + number[hidden:]
