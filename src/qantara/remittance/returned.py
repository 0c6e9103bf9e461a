"""What becomes of the payments by which we give others back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.db import Tx, deadlines, mail
from qantara.errors import Conflict, NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import Transfer
from qantara.rails.cases import Act
from qantara.rails.model import PaymentStatus, Status
from qantara.remittance import case_store, return_rules, return_store, rules
from qantara.remittance.case_model import (
    RETURN_ENDS,
    RETURN_KIND,
    RETURN_TRANSITIONS,
    Return,
    ReturnEvent,
    ReturnState,
)
from qantara.remittance.docket import Docket
from qantara.remittance.model import Institution

_LIMIT = 256
_EVENT_OF_STATUS = {
    Status.ACCC: ReturnEvent.SETTLE,
    Status.RJCT: ReturnEvent.REJECT,
    Status.BLCK: ReturnEvent.BLOCK,
}
_END = {
    ReturnEvent.SETTLE: ReturnState.SETTLED,
    ReturnEvent.REJECT: ReturnState.REJECTED,
    ReturnEvent.BLOCK: ReturnState.BLOCKED,
}
Concluded = Conflict | NotFound | None


async def conclude(
    tx: Tx, node: Institution, answers: Sequence[PaymentStatus], now: datetime
) -> list[Concluded]:
    """The scheme's word on payments that give others back; `NotFound` for what is none of them.

    Settled or blocked the money has left; the desk is told of what was settled. Rejected, the
    recipient's part is free again, and the case waits for staff.
    """
    found = await return_store.lock(tx, [answer.uetr for answer in answers])
    done: dict[str, Return] = {}
    outcomes: list[Concluded] = []
    for answer in answers:
        back, event = found.get(answer.uetr), _EVENT_OF_STATUS.get(answer.status)
        if back is None or back.message_id != answer.original_message_id:
            outcomes.append(NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=answer.uetr))
            continue
        stands = done.get(back.uetr, back).state
        if event is None or stands is _END[event]:
            outcomes.append(None)
        elif stands in RETURN_ENDS:
            outcomes.append(Conflict(Reason.STATE_CONFLICT, uetr=back.uetr, state=stands))
        else:
            reason = rules.reason_of(answer.reason, answer.reason_texts)
            done[back.uetr] = replace(
                back,
                state=RETURN_TRANSITIONS[back.state, event],
                reason=None if event is ReturnEvent.SETTLE else reason,
                reason_code=answer.reason,
            )
            outcomes.append(None)
    await _end(tx, node, [(found[uetr], back) for uetr, back in done.items()], now)
    return outcomes


async def bounce(
    tx: Tx, node: Institution, bounced: Sequence[tuple[str, str]], now: datetime
) -> None:
    """The payment system will never take these pacs.008: as if it had rejected them."""
    found = await return_store.lock_by_message(tx, [key for key, _ in bounced])
    ended = []
    for key, said in bounced:
        back = found.get(key)
        if back is not None and back.state not in RETURN_ENDS:
            reason = rules.reason_said(said)
            code = rules.status_code(reason)
            state = ReturnState.REJECTED
            ended.append((back, replace(back, state=state, reason=reason, reason_code=code)))
    await _end(tx, node, ended, now)


async def _end(
    tx: Tx, node: Institution, ended: Sequence[tuple[Return, Return]], now: datetime
) -> None:
    if not ended:
        return
    docket = Docket(node, await case_store.lock(tx, [back.case_id for back, _ in ended]), now)
    transfers: list[Transfer] = []
    for _, back in ended:
        case = docket.cases[back.case_id]
        if back.state is ReturnState.REJECTED:
            transfers += return_rules.release(back, now)
        else:
            transfers += return_rules.pay(node, back, now)
        if back.state is ReturnState.SETTLED:
            said = docket.own(case, Act.RETURN, returned_by=back.uetr)
            docket.tell(said)
        else:
            told = f"return {back.state}"
            said = docket.own(case, Act.NOTE, back.reason and back.reason.value, told)
        docket.move(said)
    await ledger.must_post(tx, transfers, now)
    if not all(await return_store.move(tx, ended)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a return moved meanwhile")
    await deadlines.clear(tx, RETURN_KIND, [back.uetr for _, back in ended])
    await docket.keep(tx)


async def expire_returns(
    tx: Tx, node: Institution, commands: Sequence[None], now: datetime
) -> list[int]:
    """Bring returns without an answer to the system's mind, by the very same message."""
    found = await return_store.lock(tx, await deadlines.take(tx, RETURN_KIND, _LIMIT, now))
    waiting = [
        (back, replace(back, state=ReturnState.OVERDUE, resends=back.resends + 1))
        for back in found.values()
        if back.state not in RETURN_ENDS
    ]
    if waiting:
        await return_store.move(tx, waiting)
        again = [(b.uetr, now + timedelta(seconds=_wait(node, b))) for b, _ in waiting]
        await deadlines.set(tx, RETURN_KIND, again)
        await mail.send_again(tx, node.ips, [(b.uetr, b.message_id) for b, _ in waiting], now)
    return [len(waiting)] * len(commands)


def _wait(node: Institution, back: Return) -> int:
    return node.resend_seconds[min(back.resends, len(node.resend_seconds) - 1)]


async def returns_of(tx: Tx, case_ids: Sequence[str]) -> list[Return]:
    """Every attempt to give back what these cases ask for, oldest first."""
    return await return_store.of_cases(tx, case_ids)
