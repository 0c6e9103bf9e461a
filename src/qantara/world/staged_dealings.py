"""What a customer has going on with others: money asked for, a bill shared, cash, a dispute, an
account at another bank; and somebody who is about to become a customer.
"""

import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from qantara.clock import to_text, utc_now
from qantara.host.runtime import Runtime
from qantara.onboarding import flow as onboarding
from qantara.world import setup
from qantara.world.people import Resident
from qantara.world.staged_calls import Line

_FRIENDS = (3, 4)
"""Residents, by number, whom the customer asks."""
_STANDS = timedelta(days=7)
_PICKED_UP = {
    "name": "Chong Wei Contoh",
    "phone": "+60123456789",
    "identity_type": "passport",
    "identity_number": "MYA1234567",
}
_LATE = "The money was to be there within a minute, and my sister has not seen it yet."
_ANSWER = "TIPS confirmed it at once. May we ask the bank in Paris to look for it in your name?"
_PHONE, _CODE = "+60122999001", re.compile(r"\b\d{6}\b")
_TOLD: Mapping[str, Mapping[str, str]] = {
    "person": {"legal_name": "Nurul Contoh binti Misal", "born_on": "1996-05-21"},
    "document": {"type": "nric", "number": "960521-14-9001"},
}
Keys = Mapping[str, str]


async def stage(runtime: Runtime, at: str, keys: Keys, payment: str) -> dict[str, str]:
    """What the customer `person` has, by the names that paths use."""
    role = runtime.roles[at]
    people = setup.residents(role.spec.country, runtime.world.rulebook, utc_now().date())
    address = runtime.addresses[at]
    async with AsyncExitStack() as stack:
        me, company, agent, staff = [
            await stack.enter_async_context(Line.to(address, keys[name]))
            for name in ("person", "employer", "agent", "operations")
        ]
        found = await _asked(me, company, people)
        found |= await _cash(me, agent)
        found |= await _disputed(me, staff, payment)
        found |= await _own(me, people, role.spec.bic)
    return found


async def _account(line: Line) -> dict[str, Any]:
    return dict((await line.get("/v1/accounts"))["data"][0])


async def _checked(line: Line, whom: Resident) -> str:
    """A check of somebody of the same institution, by phone."""
    said = {"phone": whom.customer.phone}
    return str((await line.post("/v1/payee-checks/here", said))["id"])


async def _asked(me: Line, company: Line, people: list[Resident]) -> dict[str, str]:
    """A request made, one received, and a shared bill."""
    _firm, _first, self_, *_ = people
    ends = to_text(utc_now() + _STANDS)
    mine, theirs = await _account(me), await _account(company)
    money = {"currency": mine["currency"], "expires_at": ends}
    checks = [await _checked(me, people[number]) for number in _FRIENDS]
    made = await me.post(
        "/v1/money-requests",
        {"account_id": mine["id"], "payer_check_id": checks[0], "amount": "42.50"}
        | {"note": "Cinema on Saturday", **money},
    )
    asked = await company.post(
        "/v1/money-requests",
        {"account_id": theirs["id"], "payer_check_id": await _checked(company, self_)}
        | {"amount": "65.00", "note": "Two shirts of the uniform", **money},
    )
    shared = await me.post(
        "/v1/splits",
        {"account_id": mine["id"], "total": "128.40", "note": "Dinner at Contoh", **money}
        | {"parts": [{"payer_check_id": each} for each in checks]},
    )
    shown = {"made": made["id"], "asked": asked["id"], "split": shared["id"]}
    return shown | {"friend": checks[0]}


async def _cash(me: Line, agent: Line) -> dict[str, str]:
    """Cash that waits to be fetched, and cash that somebody else was paid."""
    mine = await _account(me)
    money = {"account_id": mine["id"], "currency": mine["currency"]}
    waiting = await me.post("/v1/cash/withdrawals", {"amount": "100.00", **money})
    sent = await me.post("/v1/cash/pickups", {"amount": "250.00", "recipient": _PICKED_UP} | money)
    shown = {"reference": sent["reference"], "code": sent["code"]}
    identity = _PICKED_UP["identity_number"]
    paid = await agent.post("/v1/cash/payouts", shown | {"identity": identity})
    found = {"order": waiting["id"], "reference": waiting["reference"]}
    return found | {"receipt": paid["id"]}


async def _disputed(me: Line, staff: Line, payment: str) -> dict[str, str]:
    """A dispute that staff have answered."""
    said = {"payment_id": payment, "kind": "not_received", "words": _LATE}
    made = await me.post("/v1/disputes", said)
    await staff.post(f"/v1/disputes/{made['id']}/answer", {"words": _ANSWER})
    return {"dispute": made["id"]}


async def _own(me: Line, people: list[Resident], bic: str) -> dict[str, str]:
    """An account in the customer's own name. No other bank of the country is simulated: it is the
    one that the customer has here.
    """
    _firm, _first, self_, *_ = people
    whose = {"country": self_.customer.country, "name": self_.name, "agent_bic": bic}
    asked = whose | {"address_type": "ACCT", "address": self_.account.number}
    check = await me.post("/v1/payee-checks", asked)
    wish = {"payee_check_id": check["id"], "label": "Salary account"}
    return {"own": (await me.post("/v1/own-accounts", wish))["id"]}


async def applicant(runtime: Runtime, at: str) -> str:
    """Somebody who has told half of what joining asks; what their browser keeps of it."""
    async with Line.to(runtime.addresses[at]) as line:
        code_id = (await line.post("/v1/onboarding/codes", {"phone": _PHONE}))["id"]
        async with runtime.roles[at].database.read() as tx:
            (sent, *_) = await onboarding.simulated_messages(tx, _PHONE, 1)
        (code,) = _CODE.findall(sent.text)
        proved = await line.post(f"/v1/onboarding/codes/{code_id}/answer", {"code": code})
        secret, path = (
            proved["secret"],
            f"/v1/onboarding/applications/{proved['application']['id']}",
        )
        for step, said in _TOLD.items():
            await line.put(f"{path}/{step}", said, secret)
    return f"{proved['application']['id']}.{secret}"
