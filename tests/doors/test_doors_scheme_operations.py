"""The doors of a scheme role's operator: a payment system, and a simulated bank."""

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from door_world import Hand, Place, place

from moments import NOW
from qantara import ids
from qantara.access.model import Role, Scope
from qantara.db import Server
from qantara.edge import Envelope
from qantara.money import MYR, Money
from qantara.rails import flow as rails
from qantara.rails.model import AccountRef, Agent, DomesticTransfer, Party, Profile, Proxy
from qantara.scheme.ips import flow as ips
from qantara.scheme.ips.model import (
    Alias,
    Funding,
    IpsNode,
    Participant,
    ParticipantKind,
    Settlement,
)
from qantara.scheme.psp import flow as psp
from qantara.scheme.psp.model import Account, Condition, PspNode
from qantara.scheme.psp.model import Funding as Deposit

INSIDE = Profile.DUITNOW_DOMESTIC
NAME = "pacs.008.001.13/duitnow_domestic"
SYSTEM = IpsNode(
    role="duitnow",
    bic="DNOWMYK0",
    name="DuitNow",
    country="MY",
    asset=MYR,
    profile=Profile.DUITNOW,
    settlement=Settlement.DEFERRED_NET,
    maximum=Money(50_000_00, MYR),
    participants=(
        Participant("timur", "TIMUMYK0", ParticipantKind.PSP),
        Participant("barat", "BARAMYK0", ParticipantKind.PSP),
    ),
    gateway="nexus",
    gateway_bic="NEXSSGS0",
    clearing_system="RPP",
    net_debit_cap=Money(10_000_00, MYR),
)
PAYER = Account("7700000001", Party("Aisha Rahman", "MY", "Ipoh"), iban=False)
BANK = PspNode(
    role="timur",
    bic="TIMUMYK0",
    name="Timur Contoh Bank (simulated participant)",
    country="MY",
    asset=MYR,
    profile=Profile.DUITNOW,
    domestic=INSIDE,
    ips="duitnow",
    ips_bic="DNOWMYK0",
    clearing_system="RPP",
    gateway="nexus",
    prefix="77",
    accounts=(PAYER,),
)


@dataclass
class Operated:
    there: Place
    keys: dict[str, str]

    async def get(self, path: str, by: str = "first") -> Any:
        headers = {"authorization": f"Bearer {self.keys[by]}"}
        answer = await self.there.client.get(f"/v1{path}", headers=headers)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    async def post(
        self, path: str, body: dict[str, Any] | None = None, by: str = "first", key: str = ""
    ) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {self.keys[by]}",
            "idempotency-key": key or uuid.uuid4().hex,
        }
        return await self.there.client.post(f"/v1{path}", json=body or {}, headers=headers)


async def nobody(_role: str, _path: str) -> bytes:
    raise AssertionError("nobody is asked here")


async def open_system(tx: Any, node: Any, commands: Any, now: Any) -> list[None]:
    await ips.open_books(tx, node, now)
    return [None] * len(commands)


async def open_bank(tx: Any, node: Any, commands: Any, now: Any) -> list[None]:
    await psp.open_books(tx, node, now)
    return [None] * len(commands)


async def operated(there: Place) -> Operated:
    keys = {name: await there.key(name, Role.OPERATOR, None) for name in ("first", "second")}
    keys["reader"] = await there.key("reader", Role.OPERATOR, None, Scope.SCHEME_READ)
    return Operated(there, keys)


@pytest.fixture
async def system(servers: Callable[[int], Server]) -> AsyncIterator[Operated]:
    async with place(servers(18), "ips", SYSTEM, nobody, Hand()) as there:
        await there.do(open_system, None)
        for role in ("timur", "barat"):
            await there.do(ips.fund, Funding(role, role, Money(5_000_00, MYR)))
        yield await operated(there)


@pytest.fixture
async def bank(servers: Callable[[int], Server]) -> AsyncIterator[Operated]:
    async with place(servers(18), "psp", BANK, nobody, Hand()) as there:
        await there.do(open_bank, None)
        await there.do(psp.fund, Deposit("payer", Money(1_000_00, MYR), PAYER.number))
        yield await operated(there)


def payment(amount: int = 100_00) -> DomesticTransfer:
    return DomesticTransfer(
        message_id=ids.new_message_id(),
        created_at=NOW,
        clearing_system="RPP",
        uetr=ids.new_uetr(),
        end_to_end_id=ids.new_message_id(),
        transaction_id=ids.new_message_id(),
        settlement_amount=Money(amount, MYR),
        settlement_on=NOW.date(),
        accepted_at=NOW,
        instructing_agent=Agent("TIMUMYK0"),
        instructed_agent=Agent("BARAMYK0"),
        debtor=Party("Aisha Rahman", "MY", "Ipoh"),
        debtor_account=AccountRef(other=PAYER.number),
        debtor_agent=Agent("TIMUMYK0"),
        creditor_agent=Agent("BARAMYK0"),
        creditor=Party("Bo Lim", "MY", "Melaka"),
        creditor_account=AccountRef(other="8800000001"),
    )


async def carried(system: Operated, transfer: DomesticTransfer) -> None:
    raw = rails.build(transfer, INSIDE)
    envelope = Envelope(transfer.message_id, NAME, transfer.uetr, raw)
    assert (await system.there.intake.take("timur", [envelope]))[0].accepted


async def test_a_participant_is_suspended_by_two_people_and_resumed_by_two(
    system: Operated,
) -> None:
    for word, suspended in (("suspend", True), ("resume", False)):
        wish = {"why": "it does not answer"}
        proposed = await system.post(f"/scheme/participants/barat/{word}", wish)
        assert proposed.status_code == httpx.codes.CREATED, proposed.text
        path = f"/proposals/{proposed.json()['id']}/approve"
        assert (await system.post(path)).status_code == httpx.codes.FORBIDDEN
        assert (await system.post(path, by="second")).json()["state"] == "approved"
        shown = {each["role"]: each for each in (await system.get("/scheme/participants"))["data"]}
        assert (shown["barat"]["suspended_at"] is not None) is suspended
        assert shown["barat"]["why"] == ("it does not answer" if suspended else None)
        transfer = payment()
        await carried(system, transfer)
        seen = await system.get(f"/scheme/payments/{transfer.uetr}")
        assert seen["reason"] == ("AG11" if suspended else None)


async def test_what_cannot_be_suspended_is_a_problem(system: Operated) -> None:
    unknown = await system.post("/scheme/participants/selatan/suspend", {"why": "?"})
    assert unknown.json()["code"] == "institution_unknown"
    again = await system.post("/scheme/participants/barat/resume", {"why": "?"})
    path = f"/proposals/{again.json()['id']}/approve"
    assert (await system.post(path, by="second")).status_code == httpx.codes.CONFLICT
    reader = await system.post("/scheme/participants/barat/suspend", {"why": "?"}, by="reader")
    assert reader.status_code == httpx.codes.FORBIDDEN


async def test_payments_are_filtered_paged_and_told_with_all_that_happened(
    system: Operated,
) -> None:
    transfers = [payment(amount) for amount in (100_00, 200_00, 60_000_00)]
    for transfer in transfers:
        await carried(system, transfer)
    page = await system.get("/scheme/payments?limit=2")
    rest = await system.get(f"/scheme/payments?limit=2&starting_after={page['data'][-1]['uetr']}")
    assert (page["has_more"], rest["has_more"]) == (True, False)
    every = {each["uetr"] for each in [*page["data"], *rest["data"]]}
    assert every == {transfer.uetr for transfer in transfers}
    refused = await system.get("/scheme/payments?state=rejected&party=timur")
    assert [each["reason"] for each in refused["data"]] == ["AM23"]
    assert (await system.get("/scheme/payments?party=nobody"))["data"] == []
    assert (await system.get("/scheme/payments?since=2031-01-01T00:00:00Z"))["data"] == []
    one = await system.get(f"/scheme/payments/{transfers[1].uetr}")
    assert one["amount"] == {"amount": "200.00", "currency": "MYR"}
    assert (one["payer"], one["payee"]) == ("timur", "barat")
    assert [event["event"] for event in one["events"]] == ["carry"]
    told = [(each["direction"], each["peer"], each["valid"]) for each in one["messages"]]
    assert told == [("in", "timur", True), ("out", "barat", True)]


async def test_a_payment_nobody_knows_is_not_found(system: Operated) -> None:
    headers = {"authorization": f"Bearer {system.keys['first']}"}
    path = f"/v1/scheme/payments/{ids.new_uetr()}"
    answer = await system.there.client.get(path, headers=headers)
    assert answer.status_code == httpx.codes.NOT_FOUND
    cursor = await system.there.client.get(
        f"/v1/scheme/payments?starting_after={ids.new_uetr()}", headers=headers
    )
    assert cursor.json()["code"] == "cursor_malformed"


async def test_positions_are_shown_and_settled_once(system: Operated) -> None:
    await carried(system, payment())
    shown = {each["role"]: each for each in (await system.get("/scheme/positions"))["data"]}
    assert shown["timur"] == {
        "role": "timur",
        "currency": "MYR",
        "settlement": "5000.00",
        "net": "0.00",
        "reserved": "100.00",
        "floor": "-10000.00",
    }
    first, second = [await system.post("/scheme/cycles", key="now") for _ in range(2)]
    assert first.status_code == httpx.codes.CREATED
    assert first.json() == second.json()
    page = await system.get("/scheme/cycles")
    assert [each["id"] for each in page["data"]] == [first.json()["id"]]


async def test_the_directory_is_read_in_order(system: Operated) -> None:
    for number in range(3):
        alias = Alias(
            Proxy("MBNO", f"+6012345678{number}"),
            AccountRef(other=f"880000000{number}"),
            "BARAMYK0",
            "Bo Lim",
            "MY",
            "Melaka",
        )
        await system.there.do(ips.register_aliases, alias)
    page = await system.get("/scheme/directory?limit=2")
    assert [each["alias"] for each in page["data"]] == ["+60123456780", "+60123456781"]
    rest = await system.get("/scheme/directory?starting_after=MBNO:%2B60123456781")
    assert [each["account"] for each in rest["data"]] == ["8800000002"]
    assert (page["has_more"], rest["has_more"]) == (True, False)


async def test_a_bank_opens_accounts_and_changes_what_is_the_matter_with_them(
    bank: Operated,
) -> None:
    body = {
        "number": "7700000002",
        "iban": False,
        "name": "Bo Lim",
        "country": "MY",
        "town": "Melaka",
        "conditions": ["blocked"],
        "maximum": "500.00",
    }
    made = await bank.post("/scheme/accounts", body)
    assert made.status_code == httpx.codes.CREATED, made.text
    assert (made.json()["conditions"], made.json()["maximum"]) == (["blocked"], "500.00")
    path = "/scheme/accounts/7700000002/conditions"
    changed = await bank.post(path, {"conditions": [Condition.DECEASED.value]})
    assert changed.json()["conditions"] == ["deceased"]
    listed = await bank.get("/scheme/accounts?starting_after=7700000001")
    assert [each["conditions"] for each in listed["data"]] == [["deceased"]]
    unknown = await bank.post("/scheme/accounts/77999/conditions", {"conditions": []})
    assert unknown.status_code == httpx.codes.NOT_FOUND
    wrong = await bank.post(path, {"conditions": ["cursed"]})
    assert wrong.status_code == httpx.codes.BAD_REQUEST


ORDER = {
    "account": PAYER.number,
    "payee_account": "8800000001",
    "payee_name": "Bo Lim",
    "payee_town": "Melaka",
    "agent_bic": "BARAMYK0",
    "country": "MY",
    "currency": "MYR",
    "amount": "100.00",
}


async def test_a_bank_sends_what_it_is_told_right_or_wrong(bank: Operated) -> None:
    right = await bank.post("/scheme/payments", ORDER, key="one")
    assert right.status_code == httpx.codes.CREATED, right.text
    again = await bank.post("/scheme/payments", ORDER, key="one")
    assert again.json() == right.json()
    (raw,) = await bank.there.sent(NAME)
    assert rails.validate(raw, INSIDE) == []
    changed = {"uetr": right.json()["uetr"], "accepted_at": "2020-01-01T00:00:00Z"}
    wrong = await bank.post("/scheme/payments", ORDER | {"changed": changed})
    assert wrong.json()["uetr"] == right.json()["uetr"]
    broken = await bank.post("/scheme/payments", ORDER | {"xml": "<nothing/>", "booked": False})
    assert broken.status_code == httpx.codes.CREATED
    assert (await bank.there.sent(NAME))[-1] == b"<nothing/>"
    shown = await bank.get(f"/scheme/payments/{right.json()['uetr']}")
    assert (shown["state"], shown["payer"]) == ("sent", PAYER.number)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"amount": "5000.00"}, "insufficient_funds"),
        ({"account": "7799999999"}, "account_not_found"),
        ({"amount": "1.001"}, "amount_scale"),
        ({"changed": {"message_id": "/x/"}}, "message_schema"),
        ({"colour": "red"}, "field_invalid"),
    ],
)
async def test_what_the_bank_itself_cannot_send_is_a_problem(
    bank: Operated, order: dict[str, Any], code: str
) -> None:
    answer = await bank.post("/scheme/payments", ORDER | order)
    assert answer.json()["code"] == code, answer.text
