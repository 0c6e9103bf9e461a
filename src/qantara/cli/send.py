"""`qantara send`: one payment or a whole file, signed in as the generated employer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status
from rich.table import Table
from rich.text import Text

from qantara import settings
from qantara.cli.show import EXIT_WRONG, as_json_line, err, money, out
from qantara.client import AsyncClient, Order, Paid, Payee, calls, plans
from qantara.client.model import Remittance, ReviewGround
from qantara.errors import Malformed, Reason, Unavailable
from qantara.world import payroll, worlds

SENDER, KEY = "my", "employer"


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of the command as they were given."""

    file: Path | None
    to: str | None
    country: str
    amount: str | None
    currency: str
    agent: str | None
    purpose: str
    note: str | None


async def run(wish: Wish, *, as_json: bool) -> int:
    if (wish.file is None) == (wish.to is None):
        raise Malformed(Reason.FIELD_MISSING, param="--file or --to")
    async with _signed_in(as_json=as_json) as client:
        if wish.file is not None:
            return await _file(client, wish.file, as_json=as_json)
        return await _one(client, wish, as_json=as_json)


@asynccontextmanager
async def _signed_in(*, as_json: bool) -> AsyncIterator[AsyncClient]:
    """The employer, at the running world, else at the newest (or a new one), started for this."""
    chosen = settings.load()
    place = worlds.chosen_or_new(chosen)

    def progress(text: str) -> None:
        if not as_json:
            err.print(f"[dim]· {text}[/dim]")

    async with worlds.joined(chosen, place, progress) as addresses:
        if SENDER not in addresses:
            told = f"the world {place.name} runs without it"
            raise Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=SENDER, detail=told)
        key = place.read_keys()[SENDER][KEY]
        async with AsyncClient(addresses[SENDER], key) as client:
            yield client


async def _one(client: AsyncClient, wish: Wish, *, as_json: bool) -> int:
    if wish.to is None or wish.amount is None:
        raise Malformed(Reason.FIELD_MISSING, param="--amount")
    payee = Payee(wish.country, _kind(wish.to), wish.to, wish.agent)
    account = (await client.do(calls.accounts())).data[0]
    order = Order(
        account_id=account.id,
        payee=payee,
        amount=wish.amount,
        currency=wish.currency,
        fixed="source" if wish.currency == account.currency else "destination",
        purpose=wish.purpose,
        note=wish.note,
    )
    with Status("sending", console=err) if not as_json else nullcontext():
        paid = await client.run(plans.pay(order))
    if as_json:
        as_json_line({"quote": paid.quote, "payee": paid.check, "remittance": paid.remittance})
    else:
        _tell(paid)
    return 0 if paid.remittance.state == "completed" else EXIT_WRONG


def _kind(address: str) -> str:
    """A phone begins with +, an IBAN with two letters; anything else is an account number."""
    if address.startswith("+"):
        return "MBNO"
    return "IBAN" if address[:2].isalpha() else "ACCT"


def _tell(paid: Paid) -> None:
    quote, check, done = paid.quote, paid.check, paid.remittance
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column()
    for name, value in (
        ("to", check.display_name or check.state),
        ("debited", money(quote.total_debit)),
        ("received" if done.state == "completed" else "promised", money(quote.received)),
        ("total cost", f"{quote.total_cost_percent} %"),
        ("state", done.state),
        ("why", done.refusal.text if done.refusal else ""),
        ("review", done.review.text if done.review else ""),
        ("rule", "; ".join(f"{g.rule}: {g.provision}" for g in _grounds(done))),
        ("UETR", done.uetr),
        ("note", quote.notice),
    ):
        if value:
            table.add_row(name, Text(str(value)))
    out.print(table)
    if not done.final and done.state != "in_review":
        out.print(
            "No answer yet. The money stays reserved, and the payment is asked about again by "
            f"itself; it stands at GET /v1/remittances/{done.id}."
        )


def _grounds(done: Remittance) -> list[ReviewGround]:
    return done.review.grounds if done.review else []


async def _file(client: AsyncClient, path: Path, *, as_json: bool) -> int:
    if not path.is_file():
        raise Malformed(Reason.FIELD_INVALID, param="--file", value=str(path))
    initiation = payroll.read(path)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=as_json,
    ) as bar:
        task = bar.add_task("paying", total=len(initiation.instructions))
        outcomes = await payroll.send(client, initiation, lambda _: bar.advance(task))
    answer, table = path.with_suffix(".pain002.xml"), path.with_suffix(".outcomes.csv")
    answer = Path.cwd() / answer.name
    table = Path.cwd() / table.name
    answer.write_bytes(payroll.report(initiation, outcomes))
    payroll.write_csv(table, outcomes)
    totals = payroll.totals(outcomes)
    if as_json:
        as_json_line(
            {
                "file": str(path),
                "message_id": initiation.message_id,
                **totals,
                "answer": str(answer),
                "csv": str(table),
                "outcomes": [outcome.to_json() for outcome in outcomes],
            }
        )
    else:
        for status, count in sorted(totals["by_status"].items()):
            out.print(f"{status} {count}")
        for reason, count in sorted(totals["by_reason"].items()):
            out.print(f"[dim]  {reason} {count}[/dim]")
        out.print(f"Answers: {answer} and {table}")
    return 0
