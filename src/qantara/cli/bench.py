"""`qantara bench NAME`: figures as ratios to a yardstick of the same run."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.table import Table

from qantara import settings
from qantara.cli.show import as_json_line, err, out
from qantara.later import Later
from qantara.world.bench import layouts, remittance_memory
from qantara.world.bench import ledger as ledger_bench
from qantara.world.bench import messages as messages_bench
from qantara.world.bench import qr as qr_bench
from qantara.world.bench import remittance as remittance_bench
from qantara.world.bench.report import Report

if TYPE_CHECKING:
    from qantara.world.bench import policy as policy_bench
    from qantara.world.bench import web as web_bench
else:
    policy_bench = Later("qantara.world.bench.policy")
    web_bench = Later("qantara.world.bench.web")

Progress = Callable[[str], None]


async def run(measure: Callable[[Progress], Awaitable[Report]], *, as_json: bool) -> int:
    def progress(text: str) -> None:
        err.print(f"[dim]· {text}[/dim]")

    report = await measure(progress)
    if as_json:
        as_json_line(report.to_json())
    else:
        _tell(report)
    return 0


async def remittance(only: list[str], *, memory: bool, as_json: bool) -> int:
    chosen = settings.load()
    if memory:
        return await run(partial(remittance_memory.measure, chosen), as_json=as_json)
    plan = remittance_bench.Plan(layouts=layouts.named(only))
    return await run(partial(remittance_bench.measure, chosen, plan=plan), as_json=as_json)


async def ledger(rounds: int, seconds: float, *, as_json: bool) -> int:
    size = ledger_bench.Size(rounds=rounds, seconds=seconds)
    return await run(partial(ledger_bench.measure, settings.load(), size=size), as_json=as_json)


async def messages(*, as_json: bool) -> int:
    return await run(partial(messages_bench.measure, settings.load()), as_json=as_json)


async def policy(*, as_json: bool) -> int:
    return await run(partial(policy_bench.measure, settings.load()), as_json=as_json)


async def qr(*, as_json: bool) -> int:
    return await run(partial(qr_bench.measure, settings.load()), as_json=as_json)


async def web(*, as_json: bool) -> int:
    return await run(partial(web_bench.measure, settings.load()), as_json=as_json)


def _tell(report: Report) -> None:
    yardstick = report.yardstick
    title = f"{report.bench}: yardstick {yardstick.name}, {yardstick.per_second:,.0f} a second"
    table = Table(title=title, box=None)
    for column in ("", "a second", "x yardstick", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if not column else "right")
    for each in report.results:
        table.add_row(
            each.name,
            f"{each.per_second:,.0f}",
            f"{report.ratio(each):.3g}",
            "" if each.p50_ms is None else f"{each.p50_ms:.1f}",
            "" if each.p99_ms is None else f"{each.p99_ms:.1f}",
        )
    out.print(table)
    for each in report.results:
        _tell_more(each.name, each.more)
    _tell_more(report.bench, report.more)
    where = report.environment
    out.print(
        f"[dim]{where['cpus']} CPUs ({where['cpu_model']}), Python {where['python']},"
        f" load {where['load_average']} when it began[/dim]"
    )


def _tell_more(name: str, more: Mapping[str, Any]) -> None:
    """What stands behind a figure, a line each; what is itself a list of parts only in JSON."""
    for key, value in more.items():
        if isinstance(value, Mapping):
            plain = {k: v for k, v in value.items() if not isinstance(v, Mapping)}
            told = ", ".join(f"{k} {v}" for k, v in plain.items())
        else:
            told = str(value)
        if told:
            out.print(f"[dim]{name} {key}:[/dim] {told}", soft_wrap=True)
