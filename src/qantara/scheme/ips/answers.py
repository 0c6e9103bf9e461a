"""Who may say what about a payment where it stands, and who is told of each move."""

from qantara.rails.model import Priority, Status
from qantara.scheme.ips.model import FIVE_STEPS, Event, Payment, Route, Side, State

_END = {Status.ACCC: Event.CONFIRM, Status.RJCT: Event.REJECT, Status.BLCK: Event.BLOCK}
_PAYEE = {
    Status.ACCC: Event.PSP_ACCEPT,
    Status.RJCT: Event.PSP_REJECT,
    Status.BLCK: Event.PSP_BLOCK,
}
_CUT_OFF = {Status.RJCT: Event.REJECT}
_ANSWERS: dict[tuple[Route, State, Side], dict[Status, Event]] = {
    (Route.OUT, State.AT_SOURCE_SAP, Side.SAP): {
        Status.ACCC: Event.SAP_ACCEPT,
        Status.RJCT: Event.SAP_REJECT,
    },
    (Route.OUT, State.AT_GATEWAY, Side.GATEWAY): {**_END, Status.ACWP: Event.HOLD},
    (Route.OUT, State.HELD, Side.GATEWAY): _END,
    (Route.IN, State.AT_DESTINATION_SAP, Side.SAP): {
        Status.ACTC: Event.SAP_ACCEPT,
        Status.RJCT: Event.SAP_REJECT,
    },
    (Route.IN, State.AT_DESTINATION_SAP, Side.GATEWAY): _CUT_OFF,
    (Route.IN, State.AT_PAYEE_PSP, Side.PSP): {**_PAYEE, Status.ACWP: Event.PSP_HOLD},
    (Route.IN, State.AT_PAYEE_PSP, Side.GATEWAY): _CUT_OFF,
    (Route.IN, State.HELD, Side.PSP): _PAYEE,
    (Route.IN, State.HELD, Side.GATEWAY): _CUT_OFF,
    (Route.IN, State.AT_CONFIRMATION, Side.GATEWAY): {
        Status.ACCC: Event.CONFIRM,
        Status.RJCT: Event.REJECT,
    },
    (Route.IN, State.AT_BLOCK_CONFIRMATION, Side.GATEWAY): {
        Status.ACCC: Event.BLOCK,
        Status.BLCK: Event.BLOCK,
        Status.RJCT: Event.REJECT,
    },
    (Route.INSIDE, State.AT_PAYEE_PSP, Side.PSP): _PAYEE,
}
_CONDITIONAL = {
    Event.PSP_ACCEPT: Event.PSP_VALIDATE,
    Event.PSP_BLOCK: Event.PSP_WILL_BLOCK,
}
_AFTER_BLOCK = frozenset({State.AT_BLOCK_CONFIRMATION, State.BLOCKED})
_AFTER_CREDIT = frozenset({State.AT_CONFIRMATION, State.SETTLED})
_GONE = frozenset({State.SETTLED, State.BLOCKED})
_AFTER_SAP = _AFTER_BLOCK | _AFTER_CREDIT | {State.HELD}
_KNOWN: dict[tuple[Side, Status], frozenset[State]] = {
    (Side.SAP, Status.ACCC): _AFTER_SAP | {State.AT_GATEWAY},
    (Side.SAP, Status.ACTC): _AFTER_SAP | {State.AT_PAYEE_PSP},
    (Side.PSP, Status.ACCC): _AFTER_CREDIT,
    (Side.PSP, Status.BLCK): _AFTER_BLOCK,
    (Side.PSP, Status.ACWP): _AFTER_SAP,
    (Side.GATEWAY, Status.ACCC): frozenset({State.SETTLED, State.BLOCKED}),
    (Side.GATEWAY, Status.BLCK): frozenset({State.BLOCKED}),
    (Side.GATEWAY, Status.ACWP): _AFTER_SAP | {State.REJECTED},
}
_ASKED = frozenset(
    {
        (Route.OUT, Side.SAP),
        (Route.IN, Side.SAP),
        (Route.IN, Side.PSP),
        (Route.INSIDE, Side.PSP),
    }
)

_BACK = (Side.SAP, Side.GATEWAY)
_BOTH = (Side.SAP, Side.PSP)
_TOLD: dict[tuple[Route, Event], tuple[Side, ...]] = {
    (Route.OUT, Event.SAP_REJECT): (Side.PSP,),
    (Route.OUT, Event.EXPIRE): _BOTH,
    (Route.OUT, Event.CONFIRM): _BOTH,
    (Route.OUT, Event.BLOCK): _BOTH,
    (Route.OUT, Event.REJECT): _BOTH,
    (Route.OUT, Event.HOLD): (Side.PSP,),
    (Route.IN, Event.SAP_REJECT): (Side.GATEWAY,),
    (Route.IN, Event.REFUSE): _BACK,
    (Route.IN, Event.PSP_ACCEPT): _BACK,
    (Route.IN, Event.PSP_BLOCK): _BACK,
    (Route.IN, Event.PSP_REJECT): _BACK,
    (Route.IN, Event.PSP_VALIDATE): (Side.GATEWAY,),
    (Route.IN, Event.PSP_WILL_BLOCK): (Side.GATEWAY,),
    (Route.IN, Event.PSP_HOLD): (Side.GATEWAY,),
    (Route.IN, Event.CONFIRM): _BOTH,
    (Route.IN, Event.BLOCK): (Side.SAP,),
    (Route.IN, Event.REJECT): _BOTH,
    (Route.IN, Event.EXPIRE): (*_BOTH, Side.GATEWAY),
    (Route.INSIDE, Event.PSP_ACCEPT): (Side.PAYER,),
    (Route.INSIDE, Event.PSP_BLOCK): (Side.PAYER,),
    (Route.INSIDE, Event.PSP_REJECT): (Side.PAYER,),
    (Route.INSIDE, Event.EXPIRE): (Side.PAYER, Side.PSP),
}


def event_of(payment: Payment, side: Side, status: Status) -> Event | None:
    """What a status does to a payment where it stands; None if this party has no say now.

    By five steps the payee's provider only promises, and until its confirmation the gateway may
    cut the payment off (the HIGH timer). By four it has credited, and nobody may. A payment of
    priority HIGH is never held for a check.
    """
    event = _ANSWERS.get((payment.route, payment.state, side), {}).get(status)
    conditional = payment.steps == FIVE_STEPS
    if event is Event.PSP_HOLD and payment.priority is Priority.HIGH:
        return None
    if payment.route is Route.IN and event is Event.REJECT and not conditional:
        return None
    if event is not None and conditional and payment.route is Route.IN:
        return _CONDITIONAL.get(event, event)
    return event


def known_already(payment: Payment, side: Side, status: Status) -> bool:
    """Whether this party said so before, or is only told back what it was told."""
    if status is Status.RJCT:
        return payment.state is State.REJECTED
    return payment.state in _KNOWN.get((side, status), frozenset())


def is_late(payment: Payment, side: Side, status: Status) -> bool:
    """Whether somebody who was asked says yes to what has been rejected meanwhile."""
    rejected = payment.state is State.REJECTED and status is not Status.RJCT
    return rejected and (payment.route, side) in _ASKED


def asks_for_end(payment: Payment, side: Side, status: Status) -> bool:
    """Whether a party says yes again because it has not heard that the payment is settled: the
    payee's provider, which waits for that before it credits, or the access provider, which
    keeps what it has reserved until then.
    """
    if side is Side.SAP:
        return payment.state in _GONE and status in {Status.ACCC, Status.ACTC}
    conditional = payment.route is Route.IN and payment.steps == FIVE_STEPS
    yes = side is Side.PSP and status is Status.ACCC
    return conditional and yes and payment.state is State.SETTLED


def must_hear(payment: Payment) -> bool:
    """Whether a rejection has to reach the payee's provider: it credits before the system has
    settled, so that it may have paid out what was rejected meanwhile.
    """
    return payment.route is not Route.OUT and payment.steps != FIVE_STEPS


def has_heard(payment: Payment, side: Side, status: Status) -> bool:
    """Whether the payee's provider agrees that a payment is rejected."""
    rejected = payment.state is State.REJECTED and status is Status.RJCT
    return rejected and side is Side.PSP and must_hear(payment)


def told(payment: Payment, event: Event) -> list[Side]:
    """Who hears of a move of a payment that is in the state before it."""
    unasked = {Side.PSP} if payment.state is State.AT_DESTINATION_SAP else set()
    there = {Side.GATEWAY, *payment.parties} - unasked
    return [side for side in _TOLD[payment.route, event] if side in there]
