"""A payment file on its way: each instruction judged, sent and answered by itself."""

import asyncio
import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from qantara import ids
from qantara.client import AsyncClient, Order, Payee, Problem, calls, plans
from qantara.client.model import Account
from qantara.clock import utc_now
from qantara.errors import Malformed, QantaraError, Reason
from qantara.money import Money, asset
from qantara.rails import flow as rails
from qantara.rails.model import (
    Initiation,
    InitiationReport,
    InstructionState,
    InstructionStatus,
    MessageName,
    PaymentInstruction,
    Profile,
)
from qantara.reasons import REASONS

AT_ONCE = 48
_STATE = {
    "completed": InstructionState.ACCC,
    "rejected": InstructionState.RJCT,
    "refused": InstructionState.RJCT,
    "blocked": InstructionState.RJCT,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one instruction. `code` is the ISO 20022 reason where it was refused."""

    instruction: PaymentInstruction
    status: InstructionState
    code: str = ""
    reason: str = ""
    detail: str = ""
    uetr: str = ""
    sent: str = ""
    received: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "end_to_end_id": self.instruction.end_to_end_id,
            "amount": self.instruction.amount,
            "currency": self.instruction.currency,
            "status": self.status.value,
            "code": self.code,
            "reason": self.reason,
            "detail": self.detail,
            "uetr": self.uetr,
            "sent": self.sent,
            "received": self.received,
        }


def read(path: Path) -> Initiation:
    """The pain.001 in a file; `InvalidMessage` names every structural defect with its place."""
    message = rails.read(path.read_bytes(), Profile.CUSTOMER, MessageName.INITIATION)
    if not isinstance(message, Initiation):
        raise TypeError(f"{path} was read as {type(message).__name__}")
    return message


def _refuse(line: PaymentInstruction, reason: Reason, detail: str) -> Outcome:
    return Outcome(line, InstructionState.RJCT, REASONS[reason].iso, reason.value, detail)


def judge(line: PaymentInstruction, number: int, account: Account) -> Order | Outcome:
    """The order an instruction stands for, or what is wrong with it as it is written."""
    for defect in rails.instruction_defects(line, number):
        return _refuse(line, defect.code, f"{defect.xpath}: {defect.message}")
    try:
        amount = Money.parse(line.amount, asset(line.currency))
    except Malformed as error:
        return _refuse(line, error.reason, str(error))
    if amount.minor <= 0:
        return _refuse(line, Reason.AMOUNT_NOT_POSITIVE, f"the amount is {line.amount}")
    reference, agent = line.creditor_account, line.creditor_agent
    if reference.iban:
        payee = Payee(reference.iban[:2], "IBAN", reference.iban, agent.bic if agent else None)
    elif reference.proxy:
        payee = Payee(line.creditor.country or "", reference.proxy.type, reference.proxy.value)
    else:
        bic = agent.bic if agent else None
        payee = Payee(line.creditor.country or "", "ACCT", reference.other or "", bic)
    if not payee.country:
        return _refuse(line, Reason.FIELD_MISSING, "the creditor's country is missing")
    return Order(
        account_id=account.id,
        payee=payee,
        amount=line.amount,
        currency=line.currency,
        fixed="source" if line.currency == account.currency else "destination",
        purpose=line.purpose,
        note=line.remittance,
        reference=line.reference,
    )


async def send(
    client: AsyncClient, initiation: Initiation, sent: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """Send every instruction, many at a time; the outcomes in the order of the file.

    An instruction's key is made of the file's id and its own, so a file sent again pays nobody
    twice: it finds the first answers.
    """
    account = await _debtor(client, initiation)
    gate = asyncio.Semaphore(AT_ONCE)
    seen: set[str] = set()
    tasks = []
    for number, line in enumerate(initiation.instructions, 1):
        order = judge(line, number, account)
        if line.end_to_end_id in seen:
            order = _refuse(line, Reason.DUPLICATE_REFUSED, "this EndToEndId stands twice")
        seen.add(line.end_to_end_id)
        tasks.append(_one(client, gate, initiation, line, order, sent))
    return await asyncio.gather(*tasks)


async def _debtor(client: AsyncClient, initiation: Initiation) -> Account:
    """The account the file debits, among the signed-in customer's own."""
    number = initiation.debtor_account.number
    for account in (await client.do(calls.accounts())).data:
        if account.number == number:
            return account
    raise Malformed(Reason.ACCOUNT_NOT_FOUND, param="DbtrAcct", value=number or "")


async def _one(
    client: AsyncClient,
    gate: asyncio.Semaphore,
    initiation: Initiation,
    line: PaymentInstruction,
    order: Order | Outcome,
    sent: Callable[[Outcome], None],
) -> Outcome:
    if isinstance(order, Outcome):
        sent(order)
        return order
    words = f"{initiation.message_id}\x1f{line.end_to_end_id}"
    key = hashlib.sha256(words.encode()).hexdigest()[:32]
    async with gate:
        outcome = await _pay(client, line, order, key)
    sent(outcome)
    return outcome


async def _pay(client: AsyncClient, line: PaymentInstruction, order: Order, key: str) -> Outcome:
    try:
        paid = await client.run(plans.pay(order, key))
    except Problem as problem:
        code = problem.iso_code
        return Outcome(line, InstructionState.RJCT, code, problem.code, problem.detail)
    except QantaraError as error:
        return Outcome(line, InstructionState.PDNG, REASONS[error.reason].iso, error.reason.value)
    quote, done = paid.quote, paid.remittance
    status = _STATE.get(done.state, InstructionState.PDNG)
    return Outcome(
        line,
        status,
        code=(done.refusal.iso_code if done.refusal else None) or "",
        reason=done.reason or "",
        detail=done.refusal.text if done.refusal else "",
        uetr=done.uetr or "",
        sent=str(quote.total_debit),
        received=str(quote.received) if status is InstructionState.ACCC else "",
    )


def report(initiation: Initiation, outcomes: Sequence[Outcome]) -> bytes:
    """The pain.002 that answers the file, instruction by instruction."""
    states = {outcome.status for outcome in outcomes}
    whole = states.pop() if len(states) == 1 else InstructionState.PART
    record = InitiationReport(
        message_id=ids.new_message_id(),
        created_at=utc_now().replace(microsecond=0),
        initiator=initiation.initiator,
        original_message_id=initiation.message_id,
        original_count=initiation.count,
        status=whole,
        original_batch_id=initiation.batch_id,
        statuses=tuple(_status(outcome) for outcome in outcomes),
    )
    return rails.build(record, Profile.CUSTOMER)


def _status(outcome: Outcome) -> InstructionStatus:
    return InstructionStatus(
        end_to_end_id=outcome.instruction.end_to_end_id,
        status=outcome.status,
        instruction_id=outcome.instruction.instruction_id,
        uetr=outcome.uetr or None,
        reason=outcome.code or None,
        reason_texts=(outcome.reason,) if outcome.reason else (),
    )


def write_csv(path: Path, outcomes: Sequence[Outcome]) -> None:
    """One line per instruction, for a spreadsheet."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(outcomes[0].to_json()) if outcomes else ["empty"])
        writer.writeheader()
        writer.writerows(outcome.to_json() for outcome in outcomes)


def totals(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """How many instructions ended how, and what was sent in sum."""
    counts: dict[str, int] = {}
    reasons: dict[str, int] = {}
    amount = Decimal(0)
    for outcome in outcomes:
        counts[outcome.status.value] = counts.get(outcome.status.value, 0) + 1
        if outcome.reason:
            reasons[outcome.reason] = reasons.get(outcome.reason, 0) + 1
        if outcome.status is InstructionState.ACCC:
            amount += Decimal(outcome.sent.split()[0])
    return {"count": len(outcomes), "by_status": counts, "by_reason": reasons, "sent": str(amount)}
