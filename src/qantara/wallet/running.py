"""What standing orders do on their days: remind, ask for the payee, pay, or say why not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara import ids
from qantara.db import Tx, events
from qantara.domestic import flow as domestic
from qantara.domestic.records import Send, Transfer
from qantara.errors import Conflict, QantaraError, Reason, Refused
from qantara.payees import flow as payees
from qantara.payees.model import CheckState, PayeeCheck
from qantara.remittance.model import Institution
from qantara.wallet import beneficiary_store, rules
from qantara.wallet import schedule_store as store
from qantara.wallet.beneficiaries import check_again
from qantara.wallet.model import RUN_TRANSITIONS, Beneficiary, RunEvent, RunState, Use
from qantara.wallet.schedule_model import Run, RunMove, Schedule
from qantara.wallet.schedules import above_ceiling, after, least_debit

REMINDED = "reminded"
BATCH = 100
_DAY = timedelta(days=1)


async def run_due(tx: Tx, node: Institution, commands: Sequence[None], now: datetime) -> list[int]:
    """Look after all standing orders; how many days began and runs moved."""
    told = await store.remind(tx, (now + _DAY).date(), BATCH)
    await events.add(tx, [(each, REMINDED) for each in told], now)
    begun = await _begin(tx, node, now)
    moved = await _go_on(tx, node, now)
    late = await _time_out(tx, now)
    return [begun + moved + late] * len(commands)


async def _begin(tx: Tx, node: Institution, now: datetime) -> int:
    """The days that have come: each asks anew whose account it is, and the order goes on."""
    due = await store.lock_due(tx, now.date(), BATCH)
    if not due:
        return 0
    runs = [_run(order, now) for order in due]
    await store.add_runs(tx, runs)
    await store.go_on(tx, [after(order, now.date(), now) for order in due])
    uses = [
        Use(order.terms.beneficiary_id, order.terms.customer_id, run.check_id)
        for order, run in zip(due, runs, strict=True)
    ]
    asked = await check_again(tx, node, uses, now)
    refused = [
        RunMove(run, RunEvent.REFUSE, refusal=refusal_of(outcome))
        for run, outcome in zip(runs, asked, strict=True)
        if not isinstance(outcome, PayeeCheck)
    ]
    await advance(tx, refused, now)
    return len(due)


def _run(order: Schedule, now: datetime) -> Run:
    day = order.next_on or now.date()
    key = ids.derived("run", order.id, day.isoformat())
    return Run(key, order.id, RunState.CHECKING, day, ids.derived("chk", key), now)


def refusal_of(outcome: Refused | QantaraError) -> Refused:
    return outcome if isinstance(outcome, Refused) else Refused(outcome.reason)


async def advance(tx: Tx, moves: Sequence[RunMove], now: datetime) -> None:
    """Make moves and tell of those that end a run, under the order's own id."""
    if not moves:
        return
    made = [(move, RUN_TRANSITIONS[move.run.state, move.event]) for move in moves]
    if not all(await store.advance(tx, made, now)):
        raise Conflict(Reason.STATE_CONFLICT, detail="a run moved meanwhile")
    told = [(m.run.schedule_id, s.value) for m, s in made if s is not RunState.QUOTING]
    await events.add(tx, told, now)


async def _go_on(tx: Tx, node: Institution, now: datetime) -> int:
    """Runs whose payee has been asked for: paid inside the system, or on to a quote."""
    runs = await store.runs_in(tx, RunState.CHECKING, BATCH)
    if not runs:
        return 0
    checks = dict(
        zip(
            [run.id for run in runs],
            await payees.checks(tx, [run.check_id for run in runs]),
            strict=True,
        )
    )
    ready = {
        run.id: check
        for run in runs
        if isinstance(check := checks[run.id], PayeeCheck) and check.state is not CheckState.ASKED
    }
    orders = await store.by_ids(tx, [run.schedule_id for run in runs if run.id in ready])
    saved = await beneficiary_store.by_ids(
        tx, [each.terms.beneficiary_id for each in orders.values()]
    )
    moves: list[RunMove] = []
    paying: list[tuple[Run, Send]] = []
    for run in runs:
        if run.id in ready:
            order = orders[run.schedule_id]
            payee = saved[order.terms.beneficiary_id]
            step = _step(node, run, order, payee, ready[run.id], now)
            if isinstance(step, Send):
                paying.append((run, step))
            else:
                moves.append(step)
    moves += await _pay(tx, node, paying, now)
    await advance(tx, moves, now)
    return len(moves)


def _step(
    node: Institution,
    run: Run,
    order: Schedule,
    payee: Beneficiary,
    check: PayeeCheck,
    now: datetime,
) -> Send | RunMove:
    """A name that is told otherwise than when the payee was saved needs its owner's eyes."""
    terms = order.terms
    objection = payees.objection(check, now)
    is_another = check.warning is Reason.PAYEE_NAME_MISMATCH or rules.name_changed(payee, check)
    if objection is None and is_another:
        objection = Refused(Reason.PAYEE_NAME_MISMATCH, rule="schedule.payee")
    if objection is None and check.country == node.country:
        objection = above_ceiling(terms, least_debit(node, terms, payee))
    if objection is not None:
        return RunMove(run, RunEvent.REFUSE, refusal=objection)
    if check.country != node.country:
        return RunMove(run, RunEvent.CONFIRM)
    return Send(
        ids.derived("trf", run.id),
        terms.customer_id,
        terms.account_id,
        check.id,
        terms.amount,
        terms.purpose,
        terms.note,
        terms.reference,
        payee.asked_name,
    )


async def _pay(
    tx: Tx, node: Institution, paying: Sequence[tuple[Run, Send]], now: datetime
) -> list[RunMove]:
    if not paying:
        return []
    outcomes = await domestic.send(tx, node, [send for _, send in paying], now)
    return [
        RunMove(run, RunEvent.PLACE, outcome.id)
        if isinstance(outcome, Transfer)
        else RunMove(run, RunEvent.REFUSE, refusal=refusal_of(outcome))
        for (run, _), outcome in zip(paying, outcomes, strict=True)
    ]


async def _time_out(tx: Tx, now: datetime) -> int:
    """What has not been quoted for a day will not be paid: its day is over."""
    waiting = await store.runs_in(tx, RunState.QUOTING, BATCH)
    late = [
        RunMove(run, RunEvent.TIME_OUT, refusal=Refused(Reason.TIMED_OUT))
        for run in waiting
        if now - run.begun_at > _DAY
    ]
    await advance(tx, late, now)
    return len(late)
