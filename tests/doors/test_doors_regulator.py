"""The pages of authorities, as a browser without script meets them."""

import asyncio
import re
from datetime import timedelta

import pytest
from console_world import Browser
from supervision_world import MINE, THEIRS, Pair, add, outcome, pair

from moments import NOW
from qantara.db.figures import CaseMoved
from qantara.edge import Envelope
from qantara.supervision import flow
from qantara.supervision.flow import Reporter
from qantara.supervision.model import AGGREGATE

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
PATHS = (
    *("", "/corridors", "/costs", "/policies", "/policies/compare", "/policies/diff", "/whatif"),
    *("/policies/decide", "/policies/soundness", "/complaints", "/reported", "/log"),
)


@pytest.fixture
async def nodes(servers):
    async with pair(servers(18)) as made:
        yield made


async def supervisor(nodes: Pair, name: str = "bnm", language: str = "en") -> Browser:
    made = Browser(nodes.my, language)
    fields = {"key": nodes.my.keys[name], "next": "/regulator"}
    answer = await made.fill("/regulator/sign-in", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/regulator"), answer.text
    return made


async def busy(nodes: Pair) -> None:
    """A day of many payments in both directions, and one that Lahore told."""
    back = {"way": "in", "source": "PK", "destination": "MY"}
    money = {"source_currency": "PKR", "destination_currency": "MYR", "bucket": None}
    for each in (
        outcome(TODAY, 40),
        outcome(TODAY, 3, "held"),
        outcome(TODAY, 7, **back, **money),
        CaseMoved(TODAY, "dispute", "customer", 2, 1),
    ):
        await nodes.my.my.do(add, each)
    theirs = outcome(TODAY, 9, source="PK", destination="FR", source_currency="PKR")
    await nodes.pk.do(add, theirs)
    await nodes.pk.do(Reporter(THEIRS).report, {"day": TODAY.isoformat()})
    (raw,) = await nodes.pk.sent(AGGREGATE)
    offer = flow.read(raw)
    envelope = Envelope(offer.message_id, AGGREGATE, None, raw)
    assert (await nodes.my.my.intake.take("pk", [envelope]))[0].accepted


@pytest.mark.parametrize("language", ["en", "ms", "ur", "fr"])
async def test_every_page_is_whole_in_every_language(nodes, language):
    await busy(nodes)
    browser = await supervisor(nodes, language=language)
    for path in (*PATHS, f"/reported/pk/{TODAY}"):
        page = await browser.page(f"/regulator{path}")
        assert f'lang="{language}"' in page, path
        assert ('dir="rtl"' in page[:200]) == (language == "ur"), path
        assert page.count("<h1") == 1, path


async def test_the_overview_shows_the_day_in_figures_and_arches(nodes):
    await busy(nodes)
    page = await (await supervisor(nodes)).page("/regulator")
    assert "4,000.00" in page
    assert "40 payments" in page
    assert "target 3.00" in page
    arch = re.compile(r'class="arch (\w+)" d="M\d+ \d+ A[\d. ]+ 0 0 1 \d+ \d+"')
    for sheet in ("wide", "narrow"):
        flows, costs = re.findall(rf'<svg class="chart {sheet}".*?</svg>', page, re.DOTALL)
        assert sorted(arch.findall(flows)) == ["between", "into", "out"]
        assert flows.count('class="place"') == 3
        assert 'class="target"' in costs


async def test_the_thickest_arch_carries_most(nodes):
    await busy(nodes)
    page = await (await supervisor(nodes)).page("/regulator/corridors")
    found = re.findall(r'class="arch (\w+)"[^>]+stroke-width="([\d.]+)"', page)
    assert next(kind for kind, _ in found) == max(found, key=lambda each: float(each[1]))[0]
    table = page[page.index("<table") :]
    assert table.index("Malaysia <span") < table.index("Pakistan <span"), "sent stands first"


async def test_costs_are_judged_by_the_target_and_its_citation(nodes):
    await busy(nodes)
    page = await (await supervisor(nodes)).page("/regulator/costs")
    assert "below the target" in page
    assert "General Assembly resolution 70/1, target 10.c" in page
    await nodes.my.my.do(add, outcome(TODAY, 90, fees=90 * 400))
    page = await (await supervisor(nodes)).page("/regulator/costs")
    assert "not below the target" in page


async def test_reported_days_are_shown_as_they_were_signed(nodes):
    await busy(nodes)
    await nodes.my.my.do(add, outcome(YESTERDAY, 2))
    await nodes.told(Reporter(MINE))
    browser = await supervisor(nodes)
    page = await browser.page("/regulator/reported")
    assert page.count("verified") == 2
    assert "this institution" in page
    told = await browser.page(f"/regulator/reported/pk/{TODAY}")
    assert THEIRS.key_id in told.replace("<wbr>", "")
    own = await browser.page(f"/regulator/reported/my/{YESTERDAY}")
    assert "few" in own
    for path in ("pk/2020-01-01", "pk/never", f"nobody/{TODAY}"):
        answer = await browser.get(f"/regulator/reported/{path}")
        assert answer.status_code == 404, path


async def test_each_page_stands_in_the_log_that_both_see(nodes):
    browser = await supervisor(nodes)
    await browser.page("/regulator/corridors?days=7")
    await browser.page("/regulator/policies")
    page = (await browser.page("/regulator/log")).replace("<wbr>", "")
    for asked in ("corridors?days=7", "/regulator/policies", "/regulator/log"):
        assert f"GET /regulator/{asked.removeprefix('/regulator/')}" in page
    async with nodes.my.my.door.database.read() as tx:
        kept = await flow.access_log(tx, ["BNM"])
    assert len(kept) == 3


async def test_only_authorities_of_here_come_in(nodes):
    for name in ("maker", "aisha"):
        browser = Browser(nodes.my)
        answer = await browser.fill("/regulator/sign-in", key=nodes.my.keys[name], next="")
        assert answer.status_code == 401, name
    browser = await supervisor(nodes, "sbp")
    for path in PATHS:
        answer = await browser.get(f"/regulator{path}")
        assert answer.status_code == 403, path
        assert "another jurisdiction" in answer.text
    async with nodes.my.my.door.database.read() as tx:
        kept = await flow.access_log(tx, ["SBP"])
    assert {each.entry.act for each in kept} == {"supervision_refused"}


async def test_an_authority_has_no_place_in_the_console_of_staff(nodes):
    browser = Browser(nodes.my)
    answer = await browser.fill("/console/sign-in", key=nodes.my.keys["bnm"], next="/console")
    assert answer.status_code == 401
    answer = await (await supervisor(nodes)).get("/console")
    assert answer.headers["location"].startswith("/console/sign-in")


async def ended(browser: Browser, path: str) -> str:
    """The page of a trial once it is over."""
    async with asyncio.timeout(60):
        while "refresh" in (answer := await browser.get(path)).headers:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert answer.status_code == 200
    return answer.text


async def test_a_trial_runs_beside_the_pages_and_tells_counts_alone(nodes):
    made = await nodes.my.remitted()
    browser = await supervisor(nodes)
    figure = "duitnow.limit.transaction.person = 100.00"
    answer = await browser.fill("/regulator/whatif", values=figure)
    assert answer.status_code == 303, answer.text
    page = await ended(browser, answer.headers["location"])
    assert "1 payment under other rules" in page
    assert "refused that were not" in page
    assert "497.50" in page, "what was to reach the other side"
    assert made["id"] not in page.replace("<wbr>", "")
    assert "cus_aisha" not in page


async def test_another_country_s_rules_and_a_draft_are_tried(nodes):
    await nodes.my.remitted()
    browser = await supervisor(nodes)
    answer = await browser.fill("/regulator/whatif", country="PK")
    assert "1 payment under other rules" in await ended(browser, answer.headers["location"])
    answer = await browser.fill("/regulator/whatif", draft="label: nothing\nvalues: [")
    page = await ended(browser, answer.headers["location"])
    assert 'role="alert"' in page


async def test_a_trial_is_its_own_and_says_something(nodes):
    browser = await supervisor(nodes)
    for fields in ({}, {"values": "no equals sign"}, {"country": "PK", "values": "a = 1"}):
        answer = await browser.fill("/regulator/whatif", **fields)
        assert answer.status_code == 400, fields
    answer = await browser.fill("/regulator/whatif", values="nexus.no.such = 1")
    place = answer.headers["location"]
    assert 'role="alert"' in await ended(browser, place)
    other = await supervisor(nodes, "sc")
    assert (await other.get(place)).status_code == 404
