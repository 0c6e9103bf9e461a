"""The verbs of a remittance, on the sending and on the receiving side."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qantara.db import Tx
from qantara.db.mail import Received, take
from qantara.errors import NotFound, Reason
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.rails.model import PaymentStatus
from qantara.remittance import inbound_store, payee_store, receiving, sending, store
from qantara.remittance.model import (
    CAPITAL,
    FEES,
    INCOMING,
    OUTGOING,
    CheckState,
    Inbound,
    Institution,
    PayeeCheck,
    Remittance,
)
from qantara.remittance.payees import answer_resolution, check_payee, payee_answered
from qantara.remittance.quoting import interbank_amount, quote, record_reference_rates
from qantara.remittance.receiving import receive
from qantara.remittance.sending import accept, acknowledge, bounce
from qantara.remittance.store import events_after, events_of, last_event, of_customer

__all__ = [
    "accept",
    "acknowledge",
    "answer_resolution",
    "bounce",
    "check_payee",
    "conclude",
    "events_after",
    "events_of",
    "expire",
    "interbank_amount",
    "last_event",
    "of_customer",
    "open_books",
    "payee_answered",
    "payee_checks",
    "quote",
    "receive",
    "received_payments",
    "record_reference_rates",
    "remittances",
]


async def open_books(
    tx: Tx, node: Institution, commands: Sequence[None], now: datetime
) -> list[None]:
    """Open the institution's own accounts; customers' accounts come with the customers."""
    asset, ips = node.asset, node.ips
    await ledger.open_accounts(
        tx,
        [
            NewAccount(node.claim, asset, AccountClass.SAFEGUARDED, keeper=ips),
            NewAccount(node.own, asset, AccountClass.OWN_FUNDS, keeper=ips),
            NewAccount(OUTGOING, asset, AccountClass.CLEARING),
            NewAccount(INCOMING, asset, AccountClass.CLEARING),
            NewAccount(FEES, asset, AccountClass.INCOME),
            NewAccount(CAPITAL, asset, AccountClass.EQUITY),
        ],
        now,
    )
    return [None] * len(commands)


async def conclude(
    tx: Tx, node: Institution, received: Sequence[Received[PaymentStatus]], now: datetime
) -> list[sending.Concluded]:
    """Take pacs.002: the end of a payment we sent, or the confirmation of one we received.

    Which of the two it is, the message it answers says: a UETR alone could be of either side.
    """
    await take(tx, [each.message for each in received], now)
    answers = [each.record for each in received]
    ours = await sending.conclude(tx, node, answers, now)
    foreign = [isinstance(said, NotFound) for said in ours]
    rest = [answer for answer, other in zip(answers, foreign, strict=True) if other]
    confirmed = iter(await receiving.confirm(tx, node, rest, now) if rest else [])
    return [next(confirmed) if other else said for said, other in zip(ours, foreign, strict=True)]


async def expire(tx: Tx, node: Institution, commands: Sequence[None], now: datetime) -> list[int]:
    """Look after whatever has waited too long; the number of things looked after."""
    subjects = await store.due(tx, 500, now)
    await sending.time_out(tx, node, [s for s in subjects if s.startswith("rem_")], now)
    checks = await payee_store.lock(tx, [s for s in subjects if s.startswith("chk_")])
    late = [check for check in checks.values() if check.state is CheckState.ASKED]
    await payee_store.time_out(tx, [check.id for check in late], now)
    await store.add_events(tx, [(check.id, "timed_out") for check in late], now)
    await store.clear_deadlines(tx, list(checks))
    unconfirmed = [s for s in subjects if not s.startswith(("rem_", "chk_"))]
    again = now + timedelta(seconds=node.overdue_seconds)
    await store.set_deadlines(tx, [(subject, again) for subject in unconfirmed])
    return [len(subjects)] * len(commands)


async def remittances(tx: Tx, ids: Sequence[str]) -> list[Remittance | NotFound]:
    found = await store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.REMITTANCE_NOT_FOUND, id=each) for each in ids]


async def payee_checks(tx: Tx, ids: Sequence[str]) -> list[PayeeCheck | NotFound]:
    found = await payee_store.by_ids(tx, ids)
    return [found.get(each) or NotFound(Reason.PAYEE_NOT_CONFIRMED, id=each) for each in ids]


async def received_payments(tx: Tx, uetrs: Sequence[str]) -> list[Inbound | NotFound]:
    found = await inbound_store.by_uetrs(tx, uetrs)
    return [found.get(each) or NotFound(Reason.REMITTANCE_NOT_FOUND, uetr=each) for each in uetrs]
