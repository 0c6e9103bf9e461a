"""The customer's app as a browser without script meets it: home, sending, following, the rest."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable

import httpx
import pytest
from console_world import IN_PAGE, ONCE, TOKEN, Browser
from door_nodes import unsure_institution
from door_world import IBAN, World, opened

from qantara.rails.model import Status
from qantara.texts import Language

SCRIPT = "<script>alert(1)</script>"
PLACES = (
    *("", "/send", "/send?country=PK", "/send?country=MY", "/activity", "/activity?only=in"),
    *("/activity?q=nothing", "/accounts", "/accounts/acc_aisha", "/receive", "/pots", "/payees"),
    *("/schedules", "/schedules/new", "/more", "/help", "/help?about=rem_x"),
)


@pytest.fixture
async def world(servers) -> AsyncIterator[World]:
    async with opened(servers(18)) as made:
        yield made


class Customer(Browser):
    """A customer's browser, which finds the fields of the form it was shown."""

    async def let_in(self, key: str) -> None:
        answer = await self.fill("/app/sign-in", key=key, next="/app")
        assert (answer.status_code, answer.headers["location"]) == (303, "/app"), answer.text

    async def checked(self, **fields: str) -> str:
        """Ask for a payee; the payee's side answers meanwhile. The page of the check."""
        before = len(await self.world.my.sent("acmt.023.001.04"))
        wanted = {"country": "PK", "address_type": "MBNO", "address": "+92 300 1234567"} | fields
        form = f"/app/send?country={wanted['country']}"
        asked = asyncio.create_task(self._fill(form, "/app/send", wanted))
        sent = await self.world.my.waited_for("acmt.023.001.04", before + 1)
        await self.world.report(sent[-1], "BILAL M****")
        return _place(await asked)

    def _fill(self, path: str, action: str, fields: dict[str, str]) -> Awaitable[httpx.Response]:
        return self.fill(path, action, **fields)

    async def priced(self, **fields: str) -> str:
        """The page of a price for 500.00 from the account, unless told otherwise."""
        place = await self.checked()
        wanted = {"account": "acc_aisha", "pay": "500", "receive": "", "act": "quote"} | fields
        return _place(await self.fill(place, **wanted))

    async def form(self, path: str, **fields: str) -> dict[str, str]:
        """What the page's form would send, with these fields filled in."""
        page = await self.page(path)
        said = dict(re.findall(r'name="(pay|receive|account|named)" value="([^"]*)"', page))
        hidden = {"token": _first(TOKEN, page), "once": _first(ONCE, page)}
        return hidden | said | fields


def _first(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    assert found, page[:2000]
    return found[1]


def _place(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:3000]
    return answer.headers["location"]


async def customer(world: World, name: str = "aisha", language: str = "en") -> Customer:
    made = Customer(world, language)
    made.world = world
    await made.let_in(world.keys[name])
    return made


SEND = {"act": "send", "purpose": "FAMI"}


async def sent(me: Customer, **fields: str) -> str:
    place = await me.priced()
    return _place(await me.post(place, **await me.form(place, **(SEND | fields))))


async def test_a_customer_comes_in_by_key_and_staff_does_not(world):
    stranger = Browser(world)
    assert (await stranger.get("/app/activity")).headers["location"].startswith("/app/sign-in")
    answer = await stranger.fill("/app/sign-in", key=world.keys["maker"])
    assert (answer.status_code, await world.my.count("web.session")) == (401, 0)
    me = await customer(world)
    home = await me.page("/app")
    assert "1,000.00" in home
    assert '<html lang="en" dir="ltr"' in home
    assert (await me.get("/console")).status_code == 303


async def test_the_price_is_shown_in_full_before_the_yes_and_the_money_is_followed(world):
    me = await customer(world)
    place = await me.priced()
    page = await me.page(place)
    for shown in ("Our fee", "We exchange", "mid-market", "Total cost", "Guaranteed until"):
        assert shown in page
    assert "Send MYR\u00a0500.00" in page
    assert await world.my.count("ledger.hold") == 0
    track = _place(await me.post(place, **await me.form(place, **SEND, note="For school")))
    assert track.startswith("/app/payments/rem_")
    following = await me.page(track)
    assert 'http-equiv="refresh"' in following
    assert "On its way to DuitNow" in following
    assert "held" in await me.page("/app")
    await world.concluded(Status.ACCC)
    ended = await me.page(track)
    assert "BILAL M**** has it" in ended
    assert 'http-equiv="refresh"' not in ended
    receipt = await me.page(f"{track}/receipt")
    assert "UETR" in receipt
    assert "For school" in receipt
    assert "BILAL M****" in await me.page("/app/activity")
    assert "BILAL" not in await me.page("/app/activity?only=in")
    assert (await me.get(f"{track}/steps")).status_code == 200


async def test_either_amount_is_fixed_and_never_both(world):
    me = await customer(world)
    place = await me.priced(pay="", receive="31000,00")
    assert 'name="receive" value="31000.00"' in await me.page(place)
    check = place.rpartition("/")[0]
    both = await me.fill(check, account="acc_aisha", pay="5", receive="6", act="quote")
    assert (both.status_code, "One amount" in both.text) == (422, True)
    again = await me.post(place, **await me.form(place, pay="400", act="quote"))
    assert (again.status_code, 'value="400.00"' in again.text) == (200, True)
    odd = await me.fill(check, account="acc_aisha", pay="1,000", receive="", act="quote")
    assert (odd.status_code, 'value="1,000"' in odd.text) == (400, True)


async def test_another_amount_in_the_fields_is_priced_and_not_sent(world):
    me = await customer(world)
    place = await me.priced()
    answer = await me.post(place, **await me.form(place, **(SEND | {"pay": "700"})))
    assert (answer.status_code, "Send MYR\u00a0700.00" in answer.text) == (200, True)
    assert await world.my.count("ledger.hold") == 0


async def test_what_is_said_before_the_price_stands_beside_it_and_in_no_address(world):
    me = await customer(world)
    check = (await me.priced()).rpartition("/")[0]
    said = {"purpose": "FAMI", "note": "For school", "act": "quote"}
    answer = await me.fill(check, account="acc_aisha", pay="500", receive="", **said)
    assert answer.status_code == 200, answer.headers
    assert 'value="For school"' in answer.text
    assert '<option value="FAMI" selected>' in answer.text
    assert re.search(r'action="/app/send/chk_\w+/quo_\w+"', answer.text)
    assert "Send MYR\u00a0500.00" in answer.text


async def test_a_price_that_ran_out_is_offered_anew_in_place_and_nothing_is_lost(world):
    me = await customer(world)
    place = await me.priced()
    form = await me.form(place, **SEND, note="For school")
    world.clock.forward(601)
    await world.rate("63.00")
    answer = await me.post(place, **form)
    assert "The price had run out; nothing was sent" in answer.text
    assert 'value="For school"' in answer.text
    assert '<option value="FAMI" selected>' in answer.text
    fresh = _first(re.compile(r'action="(/app/send/chk_\w+/quo_\w+)"'), answer.text)
    assert fresh != place
    assert await world.my.count("ledger.hold") == 0
    assert "this price has run out" in await me.page(place)


async def test_the_yes_said_twice_or_in_two_windows_sends_once(world):
    me = await customer(world)
    place = await me.priced()
    first, second = await me.form(place, **SEND), await me.form(place, **SEND)
    places = {_place(await me.post(place, **form)) for form in (first, first, second)}
    other = await me.post(place, **(second | {"note": "Another word"}))
    assert {*places, _place(other)} == {places.pop()}
    assert len(await world.my.sent("pacs.008.001.13")) == 1
    assert (await world.balance())["held"] == "500.00"
    assert _place(await me.get(place)).startswith("/app/payments/")


async def test_what_is_refused_says_why_and_keeps_what_was_typed(world):
    me = await customer(world)
    place = await me.priced()
    answer = await me.post(place, **await me.form(place, act="send", purpose="", note="Dear B"))
    assert answer.status_code == 422
    assert 'class="cited"' in answer.text
    assert 'value="Dear B"' in answer.text
    sent_ = await me.post(place, **await me.form(place, **SEND))
    assert sent_.status_code == 303
    short = await me.priced(pay="5000")
    assert "Not enough in this account" in await me.page(short)
    forced = await me.post(short, **await me.form(short, **SEND))
    assert (forced.status_code, 'role="alert"' in forced.text) == (422, True)
    limit = await me.fill(
        short.rpartition("/")[0], account="acc_aisha", pay="90000", receive="", act="quote"
    )
    assert (limit.status_code, 'class="cited"' in limit.text) == (422, True)


async def test_a_rejection_says_that_the_money_is_back(world):
    me = await customer(world)
    track = await sent(me)
    await world.concluded(Status.RJCT, "AC04")
    page = await me.page(track)
    assert "Not sent" in page
    assert "is back in your account" in page
    assert (await world.balance())["available"] == "1000.00"


async def test_what_waits_for_a_person_names_the_rule(servers):
    async with opened(servers(18), unsure_institution()) as world:
        me = await customer(world)
        page = await me.page(await sent(me))
        assert "A person looks at it now" in page
        assert 'class="cited"' in page
        assert "waits for a person to look" in await me.page("/app")


async def test_a_payee_is_looked_for_and_script_in_words_stays_text(world):
    me = await customer(world)
    place = await me.checked(name="Bilal Malik")
    assert "name matches" in await me.page(place)
    assert "name does not match" in await me.page(await me.checked(name="Somebody Else"))
    for fields in ({"address": "12"}, {"address": SCRIPT}, {"name": SCRIPT * 9}, {"address": ""}):
        wanted = {"country": "PK", "address_type": "MBNO", "address": "+923001234567", "name": ""}
        answer = await me.fill("/app/send?country=PK", "/app/send", **(wanted | fields))
        assert answer.status_code == 400, fields
        assert IN_PAGE.search(answer.text) is None
    wrong = {"country": "XX", "address_type": "MBNO", "address": "+923001234567"}
    assert (await me.fill("/app/send?country=PK", "/app/send", **wrong)).status_code == 400
    longest = await me.post(place, **await me.form(place, pay="9" * 500, receive=""))
    assert longest.status_code == 400
    pot = await me.fill("/app/pots", account="acc_aisha", name=SCRIPT, goal="", goal_on="")
    page = await me.page(_place(pot))
    assert "&lt;script&gt;" in page
    assert IN_PAGE.search(page) is None


async def test_nobody_sees_or_uses_what_is_somebody_elses(world):
    me, other = await customer(world), await customer(world, "bo")
    place = await me.priced()
    track = await sent(me)
    pot = _place(await me.fill("/app/pots", account="acc_aisha", name="Mine", goal="", goal_on=""))
    uetr = _first(re.compile(r'UETR <bdi class="code" dir="ltr">([^<]+)'), await me.page(track))
    hidden = (place, place.rpartition("/")[0], track, f"{track}/receipt", f"{track}/steps", pot)
    for path in (*hidden, f"/app/payments/{uetr}", "/app/accounts/acc_aisha"):
        assert (await other.get(path)).status_code == 404, path
    paths = ("/app/activity/acc_aisha/1", "/app/payments/rem_nobody", "/app/payments/x")
    statement = "/app/activity/acc_aisha/statement?from=2026-03-01&to=2026-03-02&format=csv"
    for path in (*paths, "/app/schedules/sch_x", "/app/payees/ben_x", statement):
        assert (await other.get(path)).status_code == 404, path
    fields = await me.form(place, **SEND)
    own = await other.fill("/app/send?country=PK", place, **{k: fields[k] for k in ("pay", "act")})
    assert own.status_code == 404
    stopped = await other.fill("/app/more", "/app/accounts/acc_aisha", act="stop")
    assert stopped.status_code == 404
    assert (await other.get("/app/activity?account=acc_aisha")).status_code == 200


async def test_a_form_without_its_token_does_nothing(world):
    me, other = await customer(world), await customer(world, "bo")
    place = await me.priced()
    fields = await me.form(place, **SEND)
    theirs = _first(TOKEN, await other.page("/app/send?country=PK"))
    for token in ("", "0" * 64, theirs):
        assert (await me.post(place, **(fields | {"token": token}))).status_code == 403
    assert await world.my.count("ledger.hold") == 0


async def test_sending_is_stopped_and_resumed(world):
    me = await customer(world)
    place = await me.priced()
    account = "/app/accounts/acc_aisha"
    assert _place(await me.fill(account, act="stop")) == account
    assert "Sending is stopped" in await me.page("/app")
    answer = await me.post(place, **await me.form(place, **SEND))
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    assert _place(await me.fill(account, act="resume")) == account
    assert (await me.post(place, **await me.form(place, **SEND))).status_code == 303


async def test_a_payee_is_saved_renamed_paid_again_and_removed(world):
    me = await customer(world)
    track = await sent(me)
    await world.concluded(Status.ACCC)
    check = _first(re.compile(r'name="check" value="(chk_\w+)"'), await me.page(track))
    payee = _place(await me.fill(track, "/app/payees", check=check))
    assert _place(await me.fill(payee, act="rename", nickname="Bilal <3")) == payee
    assert "Bilal &lt;3" in await me.page("/app/send")
    terms = {"account": "acc_aisha", "payee": payee.rpartition("/")[2], "amount": "100"}
    rest = {"fixed": "source", "ceiling": "100.00", "rhythm": "monthly", "purpose": "FAMI"}
    days = {"first_on": "2026-03-05", "ends_on": "", "note": ""}
    order = _place(await me.fill("/app/schedules/new", **terms, **rest, **days))
    assert "Every month" in await me.page(order)
    low = await me.fill("/app/schedules/new", **terms, **(rest | {"ceiling": "1"}), **days)
    assert (low.status_code, 'role="alert"' in low.text) == (422, True)
    assert _place(await me.fill(order)) == order
    assert "Cancelled" in await me.page(order)
    assert _place(await me.fill(payee, act="remove")) == "/app/payees"
    assert "Bilal" not in await me.page("/app/payees")


async def test_pots_are_filled_and_emptied(world):
    me = await customer(world)
    pot = _place(
        await me.fill("/app/pots", account="acc_aisha", name="Ticket", goal="100", goal_on="")
    )
    assert _place(await me.fill(pot, act="in", amount="25")) == pot
    assert "25.00" in await me.page(pot)
    over = await me.fill(pot, act="out", amount="26")
    assert (over.status_code, 'role="alert"' in over.text) == (422, True)
    assert (await me.fill(pot, act="in", amount="-1")).status_code == 400
    assert "25.00 in pots" in await me.page("/app")
    assert _place(await me.fill(pot, act="close")) == "/app/pots"
    assert (await world.balance())["available"] == "1000.00"


async def test_a_statement_is_given_in_every_form(world):
    me = await customer(world)
    period = "from=2026-03-01&to=2026-03-02"
    kinds = {"html": "text/html", "csv": "text/csv", "camt.053": "application/xml"}
    for form, kind in kinds.items():
        answer = await me.get(f"/app/activity/acc_aisha/statement?{period}&format={form}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    for wrong in ("from=x&to=2026-03-02&format=csv", f"{period}&format=ofx"):
        assert (await me.get(f"/app/activity/acc_aisha/statement?{wrong}")).status_code == 400
    backwards = "from=2026-03-02&to=2026-03-01&format=csv"
    assert (await me.get(f"/app/activity/acc_aisha/statement?{backwards}")).status_code == 400
    entry = _first(re.compile(r'href="(/app/activity/acc_aisha/\d+)"'), await me.page("/app"))
    assert "1,000.00" in await me.page(entry)


@pytest.mark.parametrize("language", list(Language))
async def test_every_page_speaks_every_language_without_script(world, language):
    me = await customer(world, "aisha", language)
    place = await me.priced()
    track = await sent(me)
    await world.concluded(Status.ACCC)
    pot = _place(await me.fill("/app/pots", account="acc_aisha", name="P", goal="9", goal_on=""))
    check = _first(re.compile(r'name="check" value="(chk_\w+)"'), await me.page(track))
    payee = _place(await me.fill(track, "/app/payees", check=check))
    own = (place, place.rpartition("/")[0], track, f"{track}/receipt", pot, payee)
    for path in (*(f"/app{each}" for each in PLACES), *own):
        answer = await me.get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
        direction = "rtl" if language is Language.UR else "ltr"
        assert f'<html lang="{language}" dir="{direction}"' in answer.text
        assert IN_PAGE.search(answer.text) is None
        assert answer.headers["cache-control"] == "no-store"


async def test_a_page_that_is_nowhere_is_told_in_the_app(world):
    me = await customer(world)
    answer = await me.get("/app/nowhere")
    assert (answer.status_code, 'href="/app"' in answer.text) == (404, True)
    assert IBAN not in await me.page("/app/receive")
