"""Paying what another customer of this institution asked for."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from qantara import ids
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.records import Send, Transfer
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.parties import flow as parties
from qantara.parties.model import Holding
from qantara.payees import flow as payees
from qantara.payees.model import CheckPayee, CheckState, PayeeCheck
from qantara.remittance.model import Institution
from qantara.wallet import request_store as store
from qantara.wallet.model import MoneyRequestEvent, MoneyRequestState
from qantara.wallet.request_model import MoneyRequest, PayMoney, RequestMove
from qantara.wallet.requesting import Asked, advance


class _Due(Struct, frozen=True):
    """A request that its payer says yes to."""

    request: MoneyRequest
    said: PayMoney

    @property
    def check_id(self) -> str:
        return ids.derived("chk", self.said.id)


async def pay_money(
    tx: Tx, node: Institution, yes: Sequence[PayMoney], now: datetime
) -> list[Asked]:
    """Pay what was asked for, at once and as any transfer: policy, the book and the holder's own
    switch have their say. A refusal leaves the request open; what is paid stays paid.
    """
    found = await store.lock(tx, [each.request_id for each in yes])
    judged = [_judge(found.get(each.request_id), each, now) for each in yes]
    due: dict[str, _Due] = {}
    for outcome in judged:
        if isinstance(outcome, _Due):
            due.setdefault(outcome.request.id, outcome)
    done = await _pay(tx, node, list(due.values()), now)
    return [
        done[outcome.request.id] if isinstance(outcome, _Due) else outcome for outcome in judged
    ]


def _judge(request: MoneyRequest | None, each: PayMoney, now: datetime) -> _Due | Asked:
    if request is None or request.payer_id != each.customer_id:
        return NotFound(Reason.MONEY_REQUEST_NOT_FOUND, id=each.request_id)
    if request.state is MoneyRequestState.PAID:
        return request
    if request.state is MoneyRequestState.EXPIRED or now >= request.expires_at:
        return Refused(Reason.PAYMENT_REQUEST_EXPIRED, rule="request.expiry")
    if request.state is not MoneyRequestState.OPEN:
        return Conflict(Reason.STATE_CONFLICT, id=request.id, state=request.state)
    return _Due(request, each)


async def _pay(tx: Tx, node: Institution, due: Sequence[_Due], now: datetime) -> dict[str, Asked]:
    """Order the transfer of each request, by the request's id."""
    askers = await parties.accounts(tx, [each.request.account_id for each in due])
    asked = [_question(node, each, asker) for each, asker in zip(due, askers, strict=True)]
    checks = await payees.check_here(tx, node, asked, now)
    sends = [_send(each) for each, check in zip(due, checks, strict=True) if _closed(check) is None]
    sent = dict(
        zip(
            [each.id for each in sends],
            await domestic.send(tx, node, sends, now),
            strict=True,
        )
    )
    moves: list[RequestMove] = []
    outcomes: dict[str, Asked] = {}
    for each, check in zip(due, checks, strict=True):
        outcome = _closed(check) or sent[each.said.id]
        if isinstance(outcome, Transfer):
            moves.append(RequestMove(each.request, MoneyRequestEvent.PAY, outcome.id))
        else:
            outcomes[each.request.id] = outcome
    return outcomes | {each.id: each for each in await advance(tx, moves, now)}


def _question(node: Institution, due: _Due, asker: Holding | NotFound) -> CheckPayee:
    """The asker's account, asked about anew: it may have been closed meanwhile."""
    number = "" if isinstance(asker, QantaraError) else asker.account.number
    kind = "IBAN" if number[:2].isalpha() else "ACCT"
    return CheckPayee(due.check_id, due.said.customer_id, node.country, kind, number, node.bic)


def _closed(check: PayeeCheck | Refused | Conflict) -> Refused | Conflict | None:
    if not isinstance(check, PayeeCheck):
        return check
    if check.state is CheckState.CONFIRMED:
        return None
    return Refused(check.warning or Reason.PAYEE_NOT_CONFIRMED, rule="payee.confirmed")


def _send(due: _Due) -> Send:
    return Send(
        id=due.said.id,
        customer_id=due.said.customer_id,
        account_id=due.said.account_id,
        payee_check_id=due.check_id,
        amount=due.request.amount,
        note=due.request.note,
    )
