"""An authority at the regulator console, as its people use it."""

import re

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
RESULT = re.compile(r"[0-9]+ payments? under other rules")


async def test_an_authority_tries_the_rules_of_another_country_and_reads_what_becomes(person):
    me = await person("supervisor-bnm", "regulator")
    await me.goes("/regulator")
    await me.finds("link", "What-if").click()
    await me.finds("combobox", "Or the rules of another country").select_option(label="Pakistan")
    await me.finds("button", "Try it").click()
    await expect(me.finds("heading", RESULT)).to_be_visible()
    rows = me.finds("main").get_by_role("row")
    await expect(rows.first).to_contain_text("What becomes of them")
    told = await me.finds("heading", RESULT).inner_text()
    assert int(re.findall(r"\d+", told)[0]) > 0
    assert me.faults == []


async def test_a_lower_limit_shows_whom_it_would_refuse_and_the_look_is_kept(person):
    me = await person("supervisor-bnm", "regulator")
    await me.goes("/regulator/whatif")
    figure = "duitnow.limit.transaction.person = 100.00"
    await me.finds("textbox", "Figures changed").fill(figure)
    await me.finds("button", "Try it").click()
    refused = me.finds("row", re.compile("refused that were not"))
    await expect(refused).to_contain_text("DuitNow Transfer limits")
    await expect(me.finds("textbox", "Figures changed")).to_have_value(figure)
    await me.finds("link", "Access log").click()
    await me.sees(re.compile("whatif"))
    assert me.faults == []
