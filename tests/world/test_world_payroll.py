"""A payment file through the API: each instruction judged, paid or refused by itself, once."""

import asyncio
import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from world_trials import Home, Servers

from qantara.client import AsyncClient, Order, Payee, calls, plans
from qantara.clock import utc_now
from qantara.errors import QantaraError
from qantara.rails import flow as rails
from qantara.rails.model import (
    AccountRef,
    Agent,
    Initiation,
    InitiationReport,
    InstructionState,
    Party,
    PaymentInstruction,
    Profile,
    Proxy,
)
from qantara.world import payroll, setup, worlds
from qantara.world.payroll import Outcome
from qantara.world.people import Resident
from qantara.world.verify import Books

pytestmark = [
    pytest.mark.xdist_group("world-payroll"),
    pytest.mark.asyncio(loop_scope="module"),
]
PK_BIC = "RAVIPKK0"


@dataclass
class Office:
    """The employer at a desk, and the residents of Lahore."""

    client: AsyncClient
    runtime: Any
    there: list[Resident]
    home: Home
    number: str

    async def books(self) -> Books:
        await worlds.quiet(self.runtime)
        return await worlds.read_books(self.runtime)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    home = Home(tmp_path_factory.mktemp("payroll-home"), servers(18))
    place = home.folder("payroll")
    await home.server.prepare()
    await worlds.erase(home.server, place)
    async with worlds.started(home.server, place, lambda _: None) as runtime:
        key = place.read_keys()["my"]["employer"]
        there = setup.residents("PK", runtime.world.rulebook, utc_now().date())
        async with AsyncClient(runtime.addresses["my"], key) as client:
            number = (await client.do(calls.accounts())).data[0].number
            yield Office(client, runtime, there, home, number)
    await worlds.erase(home.server, place)


def line(name: str, resident: Resident, **changes: Any) -> PaymentInstruction:
    """A right instruction by phone; `changes` make it something else."""
    made = PaymentInstruction(
        end_to_end_id=name,
        amount="120.00",
        currency="MYR",
        creditor=Party(resident.customer.legal_name, country="PK", town="Lahore"),
        creditor_account=AccountRef(proxy=Proxy("MBNO", resident.customer.phone or "")),
        creditor_agent=Agent(PK_BIC),
        purpose="SALA",
        remittance="Wages",
    )
    return replace(made, **changes)


def lines(there: list[Resident]) -> list[PaymentInstruction]:
    one, two, three, four = there[2:6]
    full = there[setup.FULL_WALLET]
    iban = AccountRef(iban=two.account.number)
    return [
        line("phone", one),
        line("iban", two, creditor_account=iban),
        line("fixed", three, amount="9000.00", currency="PKR"),
        line("fixed-iban", four, amount="8000.50", currency="PKR", creditor_account=iban),
        line("fine", one, amount="120.005"),
        line("none", one, amount="0.00"),
        line("asset", one, currency="USD"),
        line("stranger", one, creditor_account=AccountRef(proxy=Proxy("MBNO", "+923009999999"))),
        line("no-phone", one, creditor_account=AccountRef(proxy=Proxy("MBNO", "+9230"))),
        line("bad-iban", two, creditor_account=AccountRef(iban=f"PK00{two.account.number[4:]}")),
        line("huge", one, amount="999999999.00"),
        line("full", full),
        line("phone", one, amount="130.00"),
    ]


ENDS = {
    "phone": ("ACCC", ""),
    "iban": ("ACCC", ""),
    "fixed": ("ACCC", ""),
    "fixed-iban": ("ACCC", ""),
    "fine": ("RJCT", "amount_scale"),
    "none": ("RJCT", "amount_not_positive"),
    "asset": ("RJCT", "currency_unknown"),
    "stranger": ("RJCT", "alias_unknown"),
    "no-phone": ("RJCT", "phone_invalid"),
    "bad-iban": ("RJCT", "iban_invalid"),
    "huge": ("RJCT", "amount_above_limit"),
    "full": ("RJCT", "balance_above_ceiling"),
}


def written(path: Path, office: Office, instructions: list[PaymentInstruction]) -> Path:
    """The file as an employer's program would write it."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.12"><CstmrCdtTrfInitn>'
        "<GrpHdr><MsgId>WAGES-1</MsgId><CreDtTm>2026-03-02T08:00:00.000Z</CreDtTm>"
        f"<NbOfTxs>{len(instructions)}</NbOfTxs><InitgPty><Nm>Kilang Contoh</Nm></InitgPty>"
        "</GrpHdr><PmtInf><PmtInfId>WAGES-1-1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<ReqdExctnDt><Dt>2026-03-02</Dt></ReqdExctnDt><Dbtr><Nm>Kilang Contoh</Nm>"
        "<PstlAdr><TwnNm>Kuala Lumpur</TwnNm><Ctry>MY</Ctry></PstlAdr></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>{office.number}</Id></Othr></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><BICFI>WAUEMYK0</BICFI></FinInstnId></DbtrAgt>"
    )
    body = "".join(_written(each) for each in instructions)
    path.write_text(f"{head}{body}</PmtInf></CstmrCdtTrfInitn></Document>")
    return path


def _written(each: PaymentInstruction) -> str:
    reference = each.creditor_account
    account = f"<Id><IBAN>{reference.iban}</IBAN></Id>"
    if reference.proxy is not None:
        account = f"<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>{reference.proxy.value}</Id></Prxy>"
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{each.end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{each.currency}">{each.amount}</InstdAmt></Amt>'
        f"<CdtrAgt><FinInstnId><BICFI>{PK_BIC}</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>{each.creditor.name}</Nm><PstlAdr><TwnNm>Lahore</TwnNm><Ctry>PK</Ctry>"
        f"</PstlAdr></Cdtr><CdtrAcct>{account}</CdtrAcct>"
        f"<Purp><Cd>SALA</Cd></Purp><RmtInf><Ustrd>Wages</Ustrd></RmtInf></CdtTrfTxInf>"
    )


@dataclass
class Paid:
    initiation: Initiation
    outcomes: list[Outcome]
    books: Books


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def paid(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Paid:
    path = written(tmp_path_factory.mktemp("file") / "wages.xml", office, lines(office.there))
    initiation = payroll.read(path)
    outcomes = await payroll.send(office.client, initiation)
    return Paid(initiation, outcomes, await office.books())


async def test_every_instruction_ends_as_it_should(paid: Paid) -> None:
    told = [(o.instruction.end_to_end_id, o.status.value, o.reason) for o in paid.outcomes]
    assert told == [
        *((name, *end) for name, end in ENDS.items()),
        ("phone", "RJCT", "duplicate_refused"),
    ]


async def test_every_refusal_has_an_iso_code_and_words(paid: Paid) -> None:
    for outcome in paid.outcomes:
        if outcome.status is InstructionState.RJCT:
            assert len(outcome.code) == 4
            assert outcome.detail


async def test_an_amount_fixed_there_is_received_to_the_paisa(paid: Paid) -> None:
    received = {o.instruction.end_to_end_id: o.received for o in paid.outcomes if o.received}
    assert received["fixed"] == "9000.00 PKR"
    assert received["fixed-iban"] == "8000.50 PKR"
    sent = {o.instruction.end_to_end_id: o.sent for o in paid.outcomes if o.received}
    assert sent["phone"] == sent["iban"] == "120.00 MYR"


async def test_the_answer_is_a_valid_pain_002_and_speaks_of_each(paid: Paid) -> None:
    raw = payroll.report(paid.initiation, paid.outcomes)
    assert rails.validate(raw, Profile.CUSTOMER) == []
    report = rails.read(raw, Profile.CUSTOMER)
    assert isinstance(report, InitiationReport)
    assert report.status is InstructionState.PART
    assert report.original_message_id == "WAGES-1"
    assert [each.status for each in report.statuses] == [o.status for o in paid.outcomes]
    assert [each.reason or "" for each in report.statuses] == [o.code for o in paid.outcomes]


async def test_the_table_has_a_line_for_each(paid: Paid, tmp_path: Path) -> None:
    payroll.write_csv(tmp_path / "outcomes.csv", paid.outcomes)
    with (tmp_path / "outcomes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["end_to_end_id"] for row in rows] == [*ENDS, "phone"]
    assert [row["status"] for row in rows].count("ACCC") == 4


async def test_the_totals_add_up(paid: Paid) -> None:
    totals = payroll.totals(paid.outcomes)
    assert totals["count"] == 13
    assert totals["by_status"] == {"ACCC": 4, "RJCT": 9}
    accepted = [Decimal(o.sent.split()[0]) for o in paid.outcomes if o.received]
    assert Decimal(totals["sent"]) == sum(accepted)


async def test_the_books_balance_and_the_employer_paid_what_was_told(
    office: Office, paid: Paid
) -> None:
    assert paid.books.balanced
    account = (await office.client.do(calls.accounts())).data[0]
    spent = Decimal(setup.EMPLOYER_OPENING["MY"]) / 100 - Decimal(account.balance)
    assert spent == Decimal(payroll.totals(paid.outcomes)["sent"])


async def test_the_same_file_again_pays_nobody_twice(office: Office, paid: Paid) -> None:
    again = await payroll.send(office.client, paid.initiation)
    assert [each.to_json() for each in again] == [each.to_json() for each in paid.outcomes]
    books = await office.books()
    counts = [
        {role: report.transfers for role, report in each.reports.items()}
        for each in (paid.books, books)
    ]
    assert counts[0] == counts[1]


async def test_a_payment_found_again_is_told_as_it_stands_now(office: Office) -> None:
    """The stored answer to the first yes says `accepted` for ever; the payment went on."""
    client, key = office.client, "left-early"
    account = (await client.do(calls.accounts())).data[0].id
    payee = Payee("PK", "MBNO", office.there[9].customer.phone or "")
    order = Order(account, payee, "55.00", "MYR", purpose="SALA")
    quote = await client.do(calls.new_quote(order, f"quote/{key}"))
    check = await client.do(calls.new_payee_check(payee, f"check/{key}"))
    left = await client.do(calls.accept(order, quote.id, check.id, f"accept/{key}"))
    assert not left.final
    async with asyncio.timeout(20):
        while not (await client.do(calls.remittance(left.id))).final:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    again = (await client.run(plans.pay(order, key))).remittance
    assert (again.id, again.state) == (left.id, "completed")


async def test_another_customers_account_cannot_be_debited(office: Office, paid: Paid) -> None:
    foreign = replace(paid.initiation, debtor_account=AccountRef(other="700000000002"))
    with pytest.raises(QantaraError) as caught:
        await payroll.send(office.client, foreign)
    assert caught.value.reason == "account_not_found"
