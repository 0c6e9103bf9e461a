"""Ask whose account an address leads to: how addresses are read, and the wait for the answer."""

import re
from collections.abc import Sequence

from fastapi import Request
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from qantara.db import Tx
from qantara.db.batcher import Verb
from qantara.edge.calls import Call
from qantara.edge.limits import limits_of
from qantara.errors import Malformed, NotFound, Reason, Refused
from qantara.parties.model import AliasType
from qantara.payees import flow
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.rails import flow as rails

ACCOUNTS = ("IBAN", "ACCT")
"""Address types that name an account, which is asked for at its bank."""
_ANSWERED = frozenset(CheckState) - {CheckState.ASKED}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_NUMBER = re.compile(r"[0-9A-Za-z\-]{1,34}")
_SHOWN_DIGITS = 4


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


async def found_here(
    request: Request, call: Call, phone: str, name: str | None = None
) -> PayeeCheck | Refused:
    """Ask who of this same institution is found under a phone."""
    wish = (call.door.node.country, AliasType.MBNO.value, address_of("MBNO", phone, None))
    named = CheckPayee(call.new_id("chk"), call.acting_for, *wish, name=name_of(name))
    return await answered(request, call, flow.check_here, named)


async def own_check(tx: Tx, call: Call, payee_check_id: str) -> PayeeCheck:
    """The check, if it is one and the caller's to see."""
    return (await own_checks(tx, call, [payee_check_id]))[0]


async def own_checks(tx: Tx, call: Call, wanted: Sequence[str]) -> list[PayeeCheck]:
    """The checks in their order, if every one is the caller's to see."""
    found: list[PayeeCheck] = []
    for wish, check in zip(wanted, await flow.checks(tx, wanted), strict=True):
        if isinstance(check, NotFound) or not call.sees(check.customer_id):
            raise NotFound(Reason.PAYEE_CHECK_NOT_FOUND, id=wish)
        found.append(check)
    return found


async def _kept(tx: Tx, payee_check_id: str) -> PayeeCheck:
    found = (await flow.checks(tx, [payee_check_id]))[0]
    if isinstance(found, NotFound):
        raise found
    return found


def name_of(said: str | None) -> str | None:
    """The name as it may travel; white space around it says nothing."""
    name = None if said is None else said.strip()
    if name is not None and (not name or rails.text_defect(name, "name") is not None):
        raise Malformed(Reason.FIELD_INVALID, param="name", value=said or "")
    return name


def address_of(address_type: str, address: str, agent_bic: str | None) -> str:
    """The address in the form that travels; `Malformed` if it cannot be one of its type."""
    if address_type in ACCOUNTS:
        address = address.replace(" ", "")
        if agent_bic is None:
            raise Malformed(Reason.FIELD_MISSING, param="agent_bic")
    if address_type == "IBAN":
        try:
            return str(IBAN(address))
        except SchwiftyException:
            raise Malformed(Reason.IBAN_INVALID, param="address", value=address) from None
    if address_type == "ACCT" and not _NUMBER.fullmatch(address):
        raise Malformed(Reason.ACCOUNT_NUMBER_INVALID, param="address", value=address)
    if address_type == "MBNO" and not _PHONE.fullmatch(address):
        raise Malformed(Reason.PHONE_INVALID, param="address", value=address)
    if rails.text_defect(address, "address") is not None:
        raise Malformed(Reason.FIELD_INVALID, param="address", value=address)
    return address


def masked(number: str) -> str:
    """The end of an account number, enough to know it again."""
    hidden = max(len(number) - _SHOWN_DIGITS, 0)
    return "*" * hidden + number[hidden:]
