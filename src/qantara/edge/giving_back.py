"""Giving a payment back: what is asked of the gateway before, and the act once approved."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from qantara.access import flow as access
from qantara.access.model import ACTIONS, Action, AuditEntry, Principal, Proposal
from qantara.db import Tx
from qantara.edge.calls import Call
from qantara.edge.offers import offered
from qantara.errors import Conflict, NotFound, QantaraError, Refused
from qantara.ids import AccountId, CustomerId
from qantara.money import Money, asset
from qantara.rails.cases import Side
from qantara.remittance import flow as remittance
from qantara.remittance.case_model import Payer
from qantara.remittance.model import GatewayQuote, Institution, PriceRequest
from qantara.remittance.return_rules import Terms
from qantara.remittance.returning import AskReturn, GiveBack, Planned


def payload_of(ask: AskReturn, text: str | None) -> Mapping[str, Any]:
    """What a proposal keeps of how to give back."""
    agreed = ask.terms.consented
    return {
        "case_id": ask.case_id,
        "fault": ask.terms.fault.value,
        "from": ask.terms.payer.value,
        "consented": None if agreed is None else str(agreed),
        "currency": None if agreed is None else agreed.asset.code,
        "text": text,
    }


def _ask(payload: Mapping[str, Any]) -> AskReturn:
    agreed = payload["consented"]
    consented = None if agreed is None else Money.parse(agreed, asset(payload["currency"]))
    terms = Terms(Side(payload["fault"]), Payer(payload["from"]), consented)
    return AskReturn(payload["case_id"], terms)


async def planned(call: Call, ask: AskReturn) -> Planned | Refused:
    """What would have to be exchanged, as things stand; raises what cannot be helped."""
    async with call.door.database.read() as tx:
        found = (await remittance.plan_returns(tx, call.door.node, [ask]))[0]
    if isinstance(found, QantaraError):
        raise found
    return found


async def prepared(call: Call, proposal_id: str) -> tuple[GatewayQuote, ...]:
    """The gateway's offers for the return that a proposal proposes; none for any other act.

    They are asked for here, outside the transaction, and bind for as long as a quote does.
    """
    async with call.door.database.read() as tx:
        found = await access.proposal(tx, proposal_id)
    if isinstance(found, NotFound) or found.action is not Action.CASE_RETURN:
        return ()
    access.require(call.principal, ACTIONS[found.action].scope)
    plan = await planned(call, _ask(found.payload))
    if isinstance(plan, Refused):
        raise Conflict(plan.reason, **{name: str(said) for name, said in plan.facts.items()})
    wish = PriceRequest(
        CustomerId(""),
        AccountId(plan.payment.account_id or ""),
        plan.country,
        plan.plan.fixed,
        plan.plan.asked,
    )
    offers = await offered(call.door, wish, plan.plan.asked)
    if isinstance(offers, Refused):
        raise Conflict(offers.reason, **{name: str(said) for name, said in offers.facts.items()})
    return offers


async def give_back(
    tx: Tx,
    node: Institution,
    proposal: Proposal,
    by: Principal,
    offers: tuple[GatewayQuote, ...],
    now: datetime,
) -> None:
    """Do what was proposed; an error undoes the approval."""
    said = proposal.payload
    command = GiveBack(_ask(said), by.id, offers, said["text"])
    outcome = (await remittance.give_back(tx, node, [command], now))[0]
    error = remittance.refusal_of(outcome)
    if error is not None:
        raise error
    details = {"proposal": proposal.id, "fault": said["fault"], "from": said["from"]}
    await access.record(tx, [AuditEntry(by.id, "case_returned", said["case_id"], details)], now)
