"""`qantara bench remittance --memory`: what a process with every role holds after many payments."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qantara.settings import Settings
from qantara.world.bench import layouts, report
from qantara.world.bench.layouts import LAYOUTS, Layout
from qantara.world.bench.payments import Load
from qantara.world.bench.remittance import YARDSTICK, judge, loaded, made, rest, yardstick_rate
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import Progress


@dataclass(frozen=True, slots=True)
class Size:
    """Growth is told from the first of `marks`, counted in payments, to the last."""

    marks: tuple[int, ...] = (20_000, 40_000, 60_000, 80_000, 100_000)
    clients: int = 48
    layout: Layout = LAYOUTS[0]


async def measure(settings: Settings, progress: Progress, size: Size | None = None) -> Report:
    size = size or Size()
    where = report.environment()
    yardstick = Yardstick(YARDSTICK, yardstick_rate(1.0))
    held = []
    async with made(settings, progress) as (server, place):
        async with layouts.running(settings, server, place, size.layout, progress) as site:
            load = Load(site.runtime)
            began = time.perf_counter()
            async with loaded(load):
                for mark in size.marks:
                    await load.closed(size.clients, _until(load, mark))
                    gc.collect()
                    held.append([round(each.rss_mb, 1) for each in await site.spent()])
                    progress(f"{load.completed:,} payments: {held[-1]} MB")
                seconds = time.perf_counter() - began
            await rest(server, place)
        books = await judge(server, place, load.completed, progress)
    more = _growth(size, held)
    result = Result("memory", load.completed / seconds, more=more)
    return Report("remittance", yardstick, (result,), where, books)


def _until(load: Load, mark: int) -> Callable[[], bool]:
    return lambda: load.completed >= mark


def _growth(size: Size, held: list[list[float]]) -> dict[str, Any]:
    pairs = zip(held[0], held[-1], strict=True)
    return {
        "rss_mb": dict(zip(map(str, size.marks), held, strict=True)),
        "growth": [round(last / first - 1, 4) for first, last in pairs],
        "highest_mb": max(each for mark in held for each in mark),
    }
