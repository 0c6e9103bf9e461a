"""Money between a customer's account here and the same customer's account at another bank."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx
from qantara.domestic import own_account_store
from qantara.domestic.model import Member
from qantara.domestic.ordering import Sent, send
from qantara.domestic.records import (
    ForgetAccount,
    OwnAccount,
    SaveAccount,
    TopUp,
    Withdraw,
)
from qantara.domestic.requesting import Asked, ask
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import Customer
from qantara.payees import flow as payees
from qantara.payees.model import PayeeCheck
from qantara.rails.model import Match

PURPOSE = "CASH"
"""ISO 20022's purpose of moving one's own money (general cash management)."""
Saved = OwnAccount | Refused | Conflict | NotFound


async def save_accounts(
    tx: Tx, node: Member, wishes: Sequence[SaveAccount], now: datetime
) -> list[Saved]:
    """Save accounts that payee checks prove to be the customer's own, by name.

    The same wish again gives the same account.
    """
    found = await own_account_store.by_ids(tx, [each.id for each in wishes])
    checks = await payees.checks(tx, [each.payee_check_id for each in wishes])
    customers = await parties.customers(tx, [each.customer_id for each in wishes])
    new: dict[str, OwnAccount] = {}
    outcomes: list[Saved] = []
    for each, check, customer in zip(wishes, checks, customers, strict=True):
        judged = _judge(node, each, check, customer, now)
        before = found.get(each.id) or new.get(each.id)
        if before is not None:
            is_same = (before.customer_id, before.label) == (each.customer_id, each.label)
            outcomes.append(before if is_same else Conflict(Reason.ID_REUSED, id=each.id))
            continue
        if isinstance(judged, OwnAccount):
            new[each.id] = judged
        outcomes.append(judged)
    if new:
        await own_account_store.add(tx, list(new.values()))
    return outcomes


def _judge(
    node: Member,
    said: SaveAccount,
    check: PayeeCheck | NotFound,
    customer: Customer | NotFound,
    now: datetime,
) -> Saved:
    if isinstance(customer, QantaraError):
        return customer
    if isinstance(check, QantaraError) or check.customer_id != said.customer_id:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    if check.country != node.country:
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.country")
    objection = payees.objection(check, now)
    if objection is not None:
        return objection
    if not _is_own(check, customer):
        return Refused(Reason.PAYEE_NAME_MISMATCH, rule="own_account.name")
    return OwnAccount(
        id=said.id,
        customer_id=said.customer_id,
        label=said.label,
        account=payees.creditor_account(check),
        bic=check.account_agent_bic or "",
        saved_at=now,
    )


def _is_own(check: PayeeCheck, customer: Customer) -> bool:
    """Whether the account is held in the customer's name: as its bank tells it, or, where it
    only compares, in the name that it found to match.
    """
    matched = check.name if check.match is Match.MTCH else None
    held = check.legal_name or matched
    names = {customer.legal_name, customer.rails_name}
    return held is not None and any(
        payees.compared(name, held) is Match.MTCH for name in names if name
    )


async def forget_accounts(
    tx: Tx, _node: Member, wishes: Sequence[ForgetAccount], now: datetime
) -> list[NotFound | None]:
    """Offer these accounts no more; forgotten again they stay so."""
    done = await own_account_store.forget(
        tx, [(each.own_account_id, each.customer_id) for each in wishes], now
    )
    return [
        None
        if each.own_account_id in done
        else NotFound(Reason.OWN_ACCOUNT_NOT_FOUND, id=each.own_account_id)
        for each in wishes
    ]


async def top_up(tx: Tx, node: Member, wishes: Sequence[TopUp], now: datetime) -> list[Asked]:
    """Ask the customers' own accounts elsewhere to pay in, where the system carries requests."""
    keys = [(each.own_account_id, each.ask.customer_id) for each in wishes]
    objections = await _objections(tx, keys, [each.ask.payer_check_id for each in wishes])
    able = [place for place, objection in enumerate(objections) if objection is None]
    asked = await ask(tx, node, [wishes[place].ask for place in able], now)
    done = dict(zip(able, asked, strict=True))
    return [objection or done[place] for place, objection in enumerate(objections)]


async def withdraw(tx: Tx, node: Member, wishes: Sequence[Withdraw], now: datetime) -> list[Sent]:
    """Pay the customers' own accounts elsewhere, as transfers of their own money."""
    keys = [(each.own_account_id, each.send.customer_id) for each in wishes]
    objections = await _objections(tx, keys, [each.send.payee_check_id for each in wishes])
    able = [place for place, objection in enumerate(objections) if objection is None]
    orders = [replace(wishes[place].send, purpose=PURPOSE) for place in able]
    done = dict(zip(able, await send(tx, node, orders, now), strict=True))
    return [objection or done[place] for place, objection in enumerate(objections)]


async def _objections(
    tx: Tx, keys: Sequence[tuple[str, str]], check_ids: Sequence[str]
) -> list[Refused | NotFound | None]:
    """Why each own account (id, customer) cannot be used with its fresh check."""
    found = await own_account_store.by_ids(tx, [key for key, _ in keys])
    checks = await payees.checks(tx, check_ids)
    return [_objection(key, found, check) for key, check in zip(keys, checks, strict=True)]


def _objection(
    key: tuple[str, str], found: Mapping[str, OwnAccount], check: PayeeCheck | NotFound
) -> Refused | NotFound | None:
    own = found.get(key[0])
    if own is None or own.customer_id != key[1]:
        return NotFound(Reason.OWN_ACCOUNT_NOT_FOUND, id=key[0])
    if isinstance(check, QantaraError):
        return Refused(Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")
    is_same = (check.account_agent_bic, payees.creditor_account(check)) == (own.bic, own.account)
    return None if is_same else Refused(Reason.PAYEE_NOT_CONFIRMED, rule="own_account.check")
