"""Cash in: an agent takes banknotes, and its float becomes the customer's money."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from qantara.agents import receipt_store, rules, store
from qantara.agents.commands import Deposit
from qantara.agents.deciding import CashAct, decide
from qantara.agents.model import Agent, Kind, Member, Receipt
from qantara.db import Tx, events
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Posted
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, AliasType, CustomerState, Holding

Deposited = Receipt | Refused | Conflict | NotFound
NUMBERS = frozenset({"IBAN", "ACCT"})
"""Address types that name an account; any other is an alias."""
COMPLETED = "completed"


class _Due(Struct, frozen=True):
    """A deposit that only law and the book can still refuse."""

    said: Deposit
    agent: Agent
    payee: Holding
    receipt: Receipt


async def deposit(
    tx: Tx, node: Member, commands: Sequence[Deposit], now: datetime
) -> list[Deposited]:
    """Credit customers with what agents took for them, out of the agents' floats.

    The same deposit again gives the same receipt, another one under its id a `Conflict`.
    """
    first: dict[str, Deposit] = {}
    for each in commands:
        first.setdefault(each.id, each)
    before = await receipt_store.by_ids(tx, list(first))
    fresh = [each for each in first.values() if each.id not in before]
    agents = await store.by_ids(tx, [each.agent_id for each in commands])
    payees = await found_at(tx, [(each.address_type, each.address) for each in commands])
    judged = {each.id: _judge(node, each, agents, payees, now) for each in fresh}
    done: dict[str, Receipt | Refused | NotFound] = {
        key: verdict for key, verdict in judged.items() if not isinstance(verdict, _Due)
    }
    done |= await _take(tx, node, [e for e in judged.values() if isinstance(e, _Due)], now)
    return [_told(each, first[each.id], before.get(each.id), payees, done) for each in commands]


def _told(
    said: Deposit,
    first: Deposit,
    before: Receipt | None,
    payees: Mapping[tuple[str, str], Holding | NotFound],
    done: Mapping[str, Receipt | Refused | NotFound],
) -> Deposited:
    if before is None:
        return done[said.id] if said == first else Conflict(Reason.ID_REUSED, id=said.id)
    payee = payees[said.address_type, said.address]
    account_id = payee.account.id if isinstance(payee, Holding) else ""
    same = (said.agent_id, account_id, said.amount) == (
        before.agent_id,
        before.account_id,
        before.amount,
    )
    return before if same else Conflict(Reason.ID_REUSED, id=said.id)


async def found_at(
    tx: Tx, addresses: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Holding | NotFound]:
    """The accounts of this institution at addresses (type, value)."""
    wanted = list(dict.fromkeys(addresses))
    numbers = [each for each in wanted if each[0] in NUMBERS]
    aliases = [each for each in wanted if each[0] in set(AliasType)]
    by_number = await parties.account_by_number(tx, [value for _, value in numbers])
    by_alias = await parties.resolve_alias(tx, [(AliasType(kind), v) for kind, v in aliases])
    nobody = NotFound(Reason.ALIAS_UNKNOWN)
    found: dict[tuple[str, str], Holding | NotFound] = dict.fromkeys(wanted, nobody)
    found |= zip(numbers, by_number, strict=True)
    found |= zip(aliases, by_alias, strict=True)
    return found


def _judge(
    node: Member,
    said: Deposit,
    agents: Mapping[str, Agent],
    payees: Mapping[tuple[str, str], Holding | NotFound],
    now: datetime,
) -> _Due | Refused | NotFound:
    agent, payee = agents.get(said.agent_id), payees[said.address_type, said.address]
    if agent is None:
        return NotFound(Reason.AGENT_NOT_FOUND, id=said.agent_id)
    objection = rules.agent_objection(agent) or rules.amount_objection(node, said.amount)
    if objection is not None:
        return objection
    if isinstance(payee, QantaraError):
        return Refused(Reason.PAYEE_UNKNOWN)
    if payee.account.state is not AccountState.OPEN:
        return Refused(Reason.PAYEE_CLOSED)
    if payee.customer.state is CustomerState.DECEASED:
        return Refused(Reason.CUSTOMER_DECEASED)
    if payee.customer.id == agent.customer_id:
        return Refused(Reason.SAME_ACCOUNT)
    receipt = Receipt(
        id=said.id,
        kind=Kind.DEPOSIT,
        agent_id=agent.id,
        customer_id=payee.customer.id,
        account_id=payee.account.id,
        person=payee.customer.id,
        amount=said.amount,
        fee=rules.price(node.cash_prices, Kind.DEPOSIT, said.amount),
        commission=rules.price(node.cash_commissions, Kind.DEPOSIT, said.amount),
        recorded_at=now,
    )
    return _Due(said, agent, payee, receipt)


async def _take(
    tx: Tx, node: Member, due: Sequence[_Due], now: datetime
) -> dict[str, Receipt | Refused]:
    acts = [
        CashAct(each.said.id, each.receipt.person, each.said.amount, each.payee.customer.kind.value)
        for each in due
    ]
    refused = dict(
        zip([each.said.id for each in due], await decide(tx, node, acts, now), strict=True)
    )
    allowed = [each for each in due if refused[each.said.id] is None]
    chains = [
        rules.deposit_bookings(node, each.said, each.agent, each.payee, each.receipt, now)
        for each in allowed
    ]
    posted = iter(await ledger.post(tx, [link for chain in chains for link in chain], now))
    for each, chain in zip(allowed, chains, strict=True):
        refused[each.said.id] = _refusal([next(posted) for _ in chain])
    kept = await receipt_store.add(
        tx, [each.receipt for each in allowed if refused[each.said.id] is None]
    )
    await events.add(tx, [(each.id, COMPLETED) for each in kept], now)
    receipts = {each.id: each for each in kept}
    return {key: refusal or receipts[key] for key, refusal in refused.items()}


def _refusal(outcomes: Sequence[Posted]) -> Refused | None:
    """Why the book took none of it; that the float is short is the agent's own matter."""
    causes = [each.refusal for each in outcomes if each.refusal is not None]
    if not causes:
        return None
    if outcomes[0].code.reason is Reason.INSUFFICIENT_FUNDS:
        return Refused(Reason.FLOAT_SHORT, rule="cash.float")
    return rules.first_cause(causes)
