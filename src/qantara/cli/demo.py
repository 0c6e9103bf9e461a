"""`qantara demo`: a world in one command."""

import asyncio
from collections.abc import Iterator, Mapping

from rich.panel import Panel
from rich.table import Table

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, money, out, until_stopped
from qantara.host.runtime import Runtime
from qantara.world import abroad, demo, setup, worlds
from qantara.world.demo import Played, Scene
from qantara.world.verify import Books

_SIGNS = {"completed": "[green]received[/green]", "rejected": "[yellow]put back[/yellow]"}


async def run(*, once: bool, fresh: bool, beyond: bool, as_json: bool) -> int:
    """0 only if every payment went as its scene says and the books balance."""
    chosen = settings.load()
    name = abroad.NAME if beyond else worlds.DEMO
    place = worlds.folder(chosen, worlds.ONCE if once else name)

    def progress(text: str) -> None:
        if not as_json:
            out.print(f"[dim]· {text}[/dim]")

    async with worlds.database_server(chosen, progress) as server:
        if once or fresh:
            await worlds.erase(server, place)
        if beyond:
            worlds.lay(place, worlds.template(abroad.FILE))
        async with worlds.started(server, place, progress) as runtime:
            status = await _perform(runtime, place, as_json=as_json)
            if not once and status == 0:
                await _keep_serving(runtime, place, as_json=as_json)
            return status


async def _perform(runtime: Runtime, place: worlds.Folder, *, as_json: bool) -> int:
    if not as_json:
        _introduce(runtime)
    payments = []
    scenes = demo.scenes(runtime)
    async for scene, payment in demo.play(runtime, place.read_keys(), scenes):
        payments.append(payment)
        if not as_json:
            _tell(scene, payment)
    await worlds.quiet(runtime)
    cycles = await demo.settle(runtime)
    books = await worlds.read_books(runtime)
    good = books.balanced and all(
        demo.as_it_should(scene, payment) for scene, payment in zip(scenes, payments, strict=True)
    )
    if as_json:
        world = worlds.describe(runtime.world)
        told = {"payments": payments, "settlement": cycles, "books": books.to_json()}
        as_json_line({"world": world, **told})
    else:
        for cycle in cycles:
            nets = ", ".join(f"{net['role']} {money(net['net'])}" for net in cycle["net"])
            out.print(f"{cycle['system']} settled its net positions: {nets}")
        _tell_books(books)
    return 0 if good else EXIT_WRONG


def _introduce(runtime: Runtime) -> None:
    out.print()
    out.print("[bold]Qantara[/bold]: the open corridor, on this machine")
    if runtime.world.notice:
        out.print(f"[yellow]{runtime.world.notice}[/yellow]")
    out.print(
        "[dim]Institutions and people are invented; fees, spreads and caps are examples.[/dim]"
    )


def _tell(scene: Scene, payment: Played) -> None:
    quote = payment.quote
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column()
    table.add_row("debited", f"[bold]{money(payment.sent)}[/bold]")
    table.add_row("fee here", f"{money(quote.sender_fee)}  [dim]example[/dim]")
    rate, mid = quote.exchange_rate.rate, quote.mid_market_rate.rate
    table.add_row("rate", f"{rate}  [dim]example; mid-market {mid}[/dim]")
    table.add_row("fee there", f"{money(quote.recipient_fee)}  [dim]example[/dim]")
    table.add_row("total cost", f"{payment.total_cost_percent} %")
    table.add_row("promised", money(payment.disclosed_received))
    table.add_row("credited", f"[bold]{money(payment.received)}[/bold]")
    table.add_row("payee", str(payment.payee))
    table.add_row("way", payment.rail)
    valid = sum(1 for message in payment.messages if message["valid"])
    table.add_row("messages", f"{valid} of {len(payment.messages)} valid ISO 20022")
    table.add_row("UETR", payment.uetr)
    sign = _SIGNS.get(payment.status, f"[red]{payment.status}[/red]")
    if payment.reason:
        table.add_row("reason", f"{payment.reason.text} ({payment.reason.iso_code})")
    title = f"{scene.title} · {sign} after {payment.elapsed_ms} ms"
    out.print(Panel(table, title=title, title_align="left", border_style="cyan"))


def _tell_books(books: Books) -> None:
    told = books.to_json()
    table = Table(title="Books", title_justify="left", box=None, pad_edge=False)
    for name in ("check", "between", "difference"):
        table.add_column(name, style=None if name == "difference" else "dim")
    for entry in told["assets"]:
        table.add_row("sum of all books", entry["asset"], entry["sum"])
    for entry in told["mirrors"]:
        between = f"{entry['holder']} at {entry['keeper']}"
        table.add_row("mirror", between, f"{entry['difference']} {entry['asset']}")
    for entry in told["clearing"]:
        table.add_row("clearing", entry["account"], f"{entry['amount']} {entry['asset']}")
    for entry in told["safeguarding"]:
        table.add_row("safeguarding", entry["issuer"], f"{entry['difference']} {entry['asset']}")
    out.print(table)
    verdict = "[green]balanced[/green]" if books.balanced else "[red]not balanced[/red]"
    out.print(f"Books {verdict}: {len(books.reports)} books re-added row by row.")


_SITES = ("app", "console", "counter", "regulator")


def _tell_sites(runtime: Runtime, place: worlds.Folder) -> None:
    """The addresses of each institution, and as whom to sign in: people whom the demo invented,
    with keys and PINs drawn for this world.
    """
    keys = place.read_keys()
    for name, role in sorted(runtime.roles.items()):
        if role.spec.kind != "institution" or name not in runtime.addresses:
            continue
        out.print(f"[bold]{role.spec.title}[/bold]")
        for site in _SITES:
            out.print(f"  {site:<10} {runtime.addresses[name]}/{site}", highlight=False)
            for who, proof in _people(site, keys.get(name, {})):
                out.print(f"  [dim]{who:>24}[/dim]  {proof}", soft_wrap=True, highlight=False)


def _people(site: str, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Who comes in there: the name, and what is typed."""
    for name, said in keys.items():
        if site == "app" and name.startswith(setup.APP_PERSON):
            phone, pin, who = said.split(" ", 2)
            yield who, f"phone {phone}, PIN {pin}"
        if site == "console" and name in demo.CONSOLE_STAFF:
            yield name, said
        if site == "counter" and name in setup.AGENT_KEYS:
            yield name, said
        if site == "regulator" and name.startswith(setup.SUPERVISOR):
            yield name.removeprefix(setup.SUPERVISOR).upper(), said


def _tell_codes(runtime: Runtime) -> None:
    """The codes that merchants of this world show, to be scanned in the app."""
    countries = {role.country for role in runtime.world.of_kind("psp")}
    for merchant in abroad.MERCHANTS:
        if merchant.country in countries:
            out.print(
                f"[dim]{merchant.name}, {merchant.town}[/dim]  {merchant.code}", soft_wrap=True
            )


async def _keep_serving(runtime: Runtime, place: worlds.Folder, *, as_json: bool) -> None:
    """Serve until stopped; payments go on, so that no page is still."""
    if not as_json:
        for role, address in sorted(runtime.addresses.items()):
            out.print(f"[dim]{role}[/dim] {address}/openapi.json")
        out.print(f"[dim]keys[/dim] {place.keys}")
        _tell_sites(runtime, place)
        _tell_codes(runtime)
        out.print("Serving, with a payment now and then; try [bold]qantara send[/bold].")
        out.print("[dim]Ctrl-C stops.[/dim]")
    traffic = asyncio.create_task(demo.keep_moving(runtime, place.read_keys()))
    try:
        await until_stopped()
    finally:
        traffic.cancel()
        await asyncio.gather(traffic, return_exceptions=True)
