"""Cash: ordered in the app, paid out by an agent who is shown a code and a document."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from browser_customer import found_in_activity
from browser_person import NO_WORKER, PHONE, Person
from playwright.async_api import expect

from qantara.client import calls
from qantara.clock import utc_now
from qantara.world import setup
from qantara.world.staged import AT, Staged

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def me(machine, world) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "app", **NO_WORKER)
    await made.signs_in(world.key("app-1"))
    await made.resizes(PHONE)
    yield made
    await made.leaves()


def document_of(world: Staged, name: str) -> str:
    """The number of the document of somebody whom the world has invented."""
    on = utc_now().date()
    people = setup.residents(AT.upper(), world.runtime.world.rulebook, on)
    phone = world.key(name).split()[0]
    (found,) = (each.customer for each in people if each.customer.phone == phone)
    assert found.identity
    return found.identity.value


async def agent_pays(world: Staged, reference: str, code: str, document: str) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {world.key('agent')}",
        "idempotency-key": calls.fresh_key(),
    }
    said = {"reference": reference, "code": code, "identity": document}
    async with httpx.AsyncClient(base_url=world.address, headers=headers) as client:
        return await client.post("/v1/cash/payouts", json=said)


async def fact(me: Person, name: str) -> str:
    """What stands beside a name on a page of facts."""
    told = await me.finds("main").inner_text()
    found = re.search(rf"^{name}\s+(.+)$", told, re.MULTILINE)
    assert found, told
    return found[1].strip()


async def confirms(me: Person) -> None:
    """With the PIN, where the page of the price was not enough; until the order stands."""
    asked = me.finds("button", re.compile("^Confirm "))
    await expect(asked.or_(me.finds("status")).first).to_be_visible()
    if await asked.count():
        await me.page.get_by_label("Your PIN").fill(me.world.key("app-1").split()[1])
        await asked.dblclick()
    await expect(me.finds("main")).to_contain_text("Reference")


async def orders(me: Person, amount: str) -> tuple[str, str]:
    """From home to the page of an order; its reference and its code."""
    await me.goes("/app/more")
    await me.finds("link", re.compile("^Cash")).click()
    await me.finds("link", re.compile("^Withdraw at an agent With a reference")).click()
    await me.finds("textbox", "Amount in cash").fill(amount)
    await me.finds("button", "Show the cost").click()
    await me.finds("button", re.compile("^Order for ")).click()
    await confirms(me)
    code = re.search(r"\b[0-9]{6}\b", await me.finds("status").first.inner_text())
    assert code
    return await fact(me, "Reference"), code[0]


async def test_cash_is_ordered_and_an_agent_pays_it_for_code_and_document(me, person, world):
    reference, code = await orders(me, "80.00")
    teller = await person("agent", "counter")
    await teller.resizes(PHONE)
    await teller.goes("/counter")
    await teller.finds("main").get_by_role("link", name="Pay cash out").click()
    await teller.finds("textbox", "Reference").fill(reference)
    await teller.finds("button", "Find the order").click()
    await teller.finds("textbox", "Number of the document").fill(document_of(world, "app-1"))
    await teller.finds("textbox", "Code of six digits").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    await teller.finds("button", "Pay out MYR").click()
    await expect(teller.finds("alert")).to_be_focused()
    assert (await teller.judged(), await teller.overflow()) == ([], 0)
    await teller.finds("textbox", "Code of six digits").fill(code)
    await teller.finds("button", "Pay out MYR").dblclick()
    await teller.page.wait_for_url(re.compile("/counter/receipts/"))
    await expect(teller.finds("heading", level=1)).to_contain_text("80.00")
    await me.goes("/app/cash")
    await me.finds("link", re.compile("80.00")).first.click()
    await expect(me.finds("main")).to_contain_text("Paid")
    await expect(me.finds("button", "Cancel")).to_have_count(0)
    await me.finds("link", "Receipt").click()
    await expect(me.finds("main")).to_contain_text("80.00")
    assert me.faults == []


async def test_an_agent_takes_cash_for_an_account_whose_name_it_has_seen(person, world):
    teller = await person("agent", "counter")
    await teller.goes("/counter/deposit")
    await teller.finds("textbox", "Number").fill(world.key("app-2").split()[0])
    await teller.finds("textbox", "Amount in cash (MYR)").fill("60.00")
    await teller.finds("button", "See whose account it is").click()
    await expect(teller.finds("main")).to_contain_text("Account of")
    assert await teller.judged() == []
    await teller.finds("button", "Credit MYR").dblclick()
    await teller.page.wait_for_url(re.compile("/counter/receipts/"))
    payee = await person("app-2", "app")
    found = await found_in_activity(payee, "60.00")
    await expect(found).to_have_count(1)
    assert teller.faults == []


async def test_an_order_is_taken_back_and_its_code_opens_nothing(me, world):
    reference, code = await orders(me, "81.00")
    await me.finds("button", "Cancel").click()
    await expect(me.finds("main")).to_contain_text("Cancelled")
    answer = await agent_pays(world, reference, code, document_of(world, "app-1"))
    assert answer.status_code == 409, answer.text
    assert me.faults == []


async def test_an_order_that_was_sent_twice_stands_once(me):
    await me.goes("/app/cash/withdraw")
    await me.finds("textbox", "Amount in cash").fill("82.00")
    await me.finds("button", "Show the cost").click()
    await me.finds("button", re.compile("^Order for ")).dblclick()
    await confirms(me)
    await me.page.reload()
    await expect(me.finds("main")).to_contain_text("Reference")
    await me.goes("/app/cash")
    await expect(me.finds("link", re.compile("82.00"))).to_have_count(1)


async def test_what_cannot_be_ordered_is_told_and_stays_typed(me):
    await me.goes("/app/cash/withdraw")
    await me.finds("textbox", "Amount in cash").fill("eighty")
    await me.finds("button", "Show the cost").click()
    await expect(me.finds("alert")).to_be_focused()
    await expect(me.finds("textbox", "Amount in cash")).to_have_value("eighty")
