"""Pictures of the main pages: `python scripts/screenshots.py FOLDER` (needs Chromium).

A demo world is made for it, with payments on every page; each page is taken in English and Urdu,
light and dark, on a phone and a desktop. `--only NAME` takes one page. The pictures are as the
browser makes them; whoever puts one into the documents makes it small first.
"""

import argparse
import asyncio
import os
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from qantara import settings
from qantara.world import pages, staged, worlds
from qantara.world.pages import Shown
from qantara.world.staged import Staged

WORLD = "pictures"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
LANGUAGES, THEMES = ("en", "ur"), ("light", "dark")
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


def told(text: str) -> None:
    print(text, file=sys.stderr)


async def take(machine: Browser, world: Staged, name: str, shown: Shown, folder: Path) -> None:
    """One page in all its forms."""
    context = await machine.new_context(base_url=world.address, reduced_motion="reduce")
    kept = await world.enters(shown.site, shown.who) if shown.who else {}
    place = {"domain": "127.0.0.1", "path": f"/{shown.site}"}
    page = await context.new_page()
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        for language in LANGUAGES:
            for theme in THEMES:
                chosen = {"qantara_language": language, "qantara_theme": theme}
                await context.add_cookies(
                    [
                        {"name": key, "value": value, **place}
                        for key, value in (kept | chosen).items()
                    ]
                )
                await page.goto(shown.path.format(**world.ids))
                await page.evaluate("document.fonts.ready")
                await page.screenshot(path=folder / f"{name}-{size}-{language}-{theme}.png")
    await context.close()


async def run(folder: Path, only: str | None) -> None:
    chosen = settings.load()
    place = worlds.folder(chosen, WORLD)
    wanted = {name: each for name, each in pages.PICTURES.items() if only in {None, name}}
    program = os.environ.get("QANTARA_CHROMIUM") or shutil.which("chromium")
    async with worlds.database_server(chosen, told) as server, async_playwright() as playwright:
        await worlds.erase(server, place)
        staged.write(place)
        try:
            async with worlds.started(server, place, told) as runtime:
                world = await staged.stage(runtime, place.read_keys())
                machine = await playwright.chromium.launch(executable_path=program, args=FLAGS)
                for name, shown in wanted.items():
                    told(name)
                    await take(machine, world, name, shown, folder)
                await machine.close()
        finally:
            await worlds.erase(server, place)


def main() -> None:
    parser = argparse.ArgumentParser(description="Take pictures of the main pages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=sorted(pages.PICTURES))
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(run(chosen.folder, chosen.only))


if __name__ == "__main__":
    main()
