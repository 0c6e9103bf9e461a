"""Pages that come only after a press: confirming, prices, codes, shares, errors. Each as axe and a
small phone meet it, in a language from the left and in one from the right.
"""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from browser_person import NARROW, PHONE, Person

from qantara.texts import Language
from qantara.web.words import Words, words

pytestmark = pytest.mark.asyncio(loop_scope="session")
WAYS = (("en", "light", PHONE), ("ur", "dark", NARROW))


@pytest_asyncio.fixture(loop_scope="session")
async def self_(machine, world) -> AsyncIterator[Person]:
    """A customer who came in by PIN, at a browser of their own."""
    made = await Person.at(machine, world, "app", service_workers="block")
    await made.enters("app-1")
    yield made
    await made.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(machine, world) -> AsyncIterator[Person]:
    made = await Person.at(machine, world, "app", service_workers="block")
    yield made
    await made.leaves()


async def fills(me: Person, label: str, text: str) -> None:
    await me.page.get_by_label(label, exact=True).fill(text)


async def presses(me: Person, name: str) -> None:
    await me.finds("button", name, exact=True).click()
    await me.page.wait_for_load_state()


async def price_of_cash(me: Person, t: Words) -> None:
    await me.goes("/app/cash/withdraw")
    await fills(me, t("cash.amount"), "50")
    await presses(me, t("pay.show_cost"))


async def code_for_cash(me: Person, t: Words) -> None:
    await me.goes("/app/cash/orders/{order}")
    await presses(me, t("cash.renew"))
    await me.sees(re.compile(r"^\d{6}$"))


async def price_of_withdrawal(me: Person, t: Words) -> None:
    await me.goes("/app/topup/{own}")
    await fills(me, t("request.amount"), "20")
    await presses(me, t("pay.show_cost"))


async def shares_of_a_bill(me: Person, t: Words) -> None:
    await me.goes("/app/split/new")
    await fills(me, t("split.total"), "100")
    await fills(me, t("split.phone"), "+60122000003")
    await presses(me, t("split.add"))
    await me.finds("radio", t("split.stated")).check()
    assert await me.page.get_by_label(t("split.own"), exact=True).is_visible()
    await me.finds("radio", t("split.equal")).check()
    assert not await me.page.get_by_label(t("split.own"), exact=True).is_visible()
    await presses(me, t("split.show"))


async def nobody_to_ask(me: Person, t: Words) -> None:
    await me.goes("/app/request")
    await fills(me, t("request.phone"), "+60129999999")
    await presses(me, t("request.find"))
    await me.sees(t.reason("alias_unknown"))


async def confirming(me: Person, t: Words) -> None:
    """A wrong PIN is told as such: the person is signed in."""
    await me.goes("/app/request/{asked}")
    await me.finds("button", re.compile(r"65\.00")).click()
    await fills(me, t("confirm.pin"), "111222")
    await me.finds("button", re.compile(r"65\.00")).click()
    await me.sees(t("confirm.wrong"))


async def two_pins_that_differ(me: Person, t: Words) -> None:
    await me.goes("/app/profile")
    await me.page.get_by_text(t("profile.change_pin"), exact=True).first.click()
    for label, pin in (("profile.pin_old", "1"), ("join.pin_new", "2"), ("join.pin_again", "3")):
        await fills(me, t(label), pin * 6)
    await presses(me, t("profile.change_pin"))
    await me.sees(t("join.pin_differs"))
    assert await me.page.get_by_label(t("join.pin_new"), exact=True).is_visible()


async def menu_of_a_simple_phone(me: Person, t: Words) -> None:
    await me.goes("/app/ussd")
    await presses(me, t("dial.dial"))


STEPS = (
    *(price_of_cash, code_for_cash, price_of_withdrawal, shares_of_a_bill, nobody_to_ask),
    *(confirming, two_pins_that_differ, menu_of_a_simple_phone),
)


@pytest.mark.parametrize(("language", "theme", "size"), WAYS, ids=["en", "ur"])
async def test_nothing_is_wrong_with_a_page_after_a_press(self_, language, theme, size):
    me = self_
    await me.likes(language, theme, size)
    for step in STEPS:
        await step(me, words(Language(language)))
        assert (step, await me.judged(), await me.overflow()) == (step, [], 0)
        assert await me.finds("heading", level=1).count() == 1


@pytest.mark.parametrize(("language", "theme", "size"), WAYS, ids=["en", "ur"])
async def test_nothing_is_wrong_with_the_code_of_who_joins(newcomer, language, theme, size):
    me, t = newcomer, words(Language(language))
    await me.likes(language, theme, size)
    await me.goes("/app/join")
    await fills(me, t("enter.phone"), "+60122999" + ("010" if language == "en" else "011"))
    await presses(me, t("join.send_code"))
    await fills(me, t("join.code_field"), "000000")
    await presses(me, t("join.on"))
    await me.sees(t.reason("code_wrong"))
    assert (await me.judged(), await me.overflow()) == ([], 0)
