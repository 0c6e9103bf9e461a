"""Pictures of series: drawn from the table of the page, in its colours, as wide as it is."""

import re

import pytest
from browser_person import PHONE
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = (
    ("compliance", "console", "/console", "Payments by how they ended", 1),
    ("compliance", "console", "/console/liquidity", "Accounts over time", 2),
    ("supervisor-bnm", "regulator", "/regulator", "Payments abroad a day, 30 days", 1),
    ("supervisor-bnm", "regulator", "/regulator", "Value abroad a day, 30 days", 1),
    ("supervisor-bnm", "regulator", "/regulator/costs", "Total cost of sending, day by day", 1),
)
INK = """canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
    return [...colours];
}"""


async def cost_label(me) -> str:
    return str(await me.page.locator("series-chart").first.get_attribute("label"))


@pytest.mark.parametrize(("who", "site", "path", "label", "least"), PAGES)
async def test_a_series_is_drawn_and_its_table_can_be_read(person, who, site, path, label, least):
    me = await person(who, site)
    await me.goes(path)
    label = await cost_label(me) if path.endswith("/costs") else label
    pictures = me.finds("img", re.compile("^" + re.escape(label)))
    await expect(pictures.first).to_be_visible()
    assert await pictures.count() >= least
    assert len(await pictures.first.locator("canvas").evaluate(INK)) > 1
    table = me.finds("group", re.compile(re.escape(label) + "$"))
    await expect(table).to_be_hidden()
    await me.page.get_by_text(re.compile("^The figures as a table: " + re.escape(label))).click()
    await expect(table).to_be_visible()
    assert await table.get_by_role("row").count() > 20
    assert await me.judged() == []
    assert me.faults == []


async def test_a_picture_follows_the_width_of_the_page_and_its_theme(person):
    me = await person("supervisor-bnm", "regulator")
    await me.goes("/regulator/costs")
    canvas = me.finds("img", re.compile("^" + re.escape(await cost_label(me)))).locator("canvas")
    wide, light = (await canvas.bounding_box())["width"], set(await canvas.evaluate(INK))
    await me.resizes(PHONE)
    await expect(canvas).not_to_have_css("width", f"{wide}px")
    assert await me.overflow() == 0
    await me.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = set(await canvas.evaluate(INK))
    assert light - dark
    assert dark - light
    assert me.faults == []


async def test_without_script_the_table_is_there(machine, world, person):
    me = await person("compliance")
    kept = await me.context.storage_state()
    context = await machine.new_context(
        base_url=world.address, storage_state=kept, java_script_enabled=False
    )
    page = await context.new_page()
    await page.goto("/console/liquidity?window=day")
    assert await page.locator("canvas").count() == 0
    await page.get_by_text("The figures as a table").click()
    await expect(page.get_by_role("group", name="Accounts over time")).to_be_visible()
    await context.close()


async def test_only_pages_with_pictures_fetch_what_draws_them(person):
    me = await person("compliance")
    await me.goes("/console/customers")
    assert await me.page.locator("script[src*=uplot], script[src*=series]").count() == 0
