"""Every command and its options; what each does stands in its own file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qantara import __version__
from qantara.cli import agent_commands, qr_commands
from qantara.cli import supervision as supervision_command
from qantara.cli.policy_commands import policy
from qantara.cli.show import guarded
from qantara.later import Later

if TYPE_CHECKING:
    from qantara.cli import bench as bench_command
    from qantara.cli import chaos as chaos_command
    from qantara.cli import demo as demo_command
    from qantara.cli import doctor as doctor_command
    from qantara.cli import iso20022 as iso20022_command
    from qantara.cli import rehearsal as rehearsal_command
    from qantara.cli import reviews as reviews_command
    from qantara.cli import scheme as scheme_command
    from qantara.cli import send as send_command
    from qantara.cli import serve as serve_command
    from qantara.cli import verify as verify_command
else:
    bench_command = Later("qantara.cli.bench")
    chaos_command = Later("qantara.cli.chaos")
    demo_command = Later("qantara.cli.demo")
    doctor_command = Later("qantara.cli.doctor")
    iso20022_command = Later("qantara.cli.iso20022")
    rehearsal_command = Later("qantara.cli.rehearsal")
    reviews_command = Later("qantara.cli.reviews")
    scheme_command = Later("qantara.cli.scheme")
    send_command = Later("qantara.cli.send")
    serve_command = Later("qantara.cli.serve")
    verify_command = Later("qantara.cli.verify")

app = typer.Typer(
    help="The open corridor between Malaysia, Pakistan and France.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
iso20022 = typer.Typer(help="ISO 20022 messages.", no_args_is_help=True)
app.add_typer(iso20022, name="iso20022")
scheme = typer.Typer(help="The simulated scheme roles.", no_args_is_help=True)
app.add_typer(scheme, name="scheme")
reviews = typer.Typer(help="Payments that a person has to see.", no_args_is_help=True)
app.add_typer(reviews, name="reviews")
app.add_typer(agent_commands.app, name="agents")
app.add_typer(qr_commands.app, name="qr")
bench = typer.Typer(help="Figures as ratios to a yardstick of the same run.", no_args_is_help=True)
app.add_typer(bench, name="bench")
app.add_typer(policy, name="policy")
app.add_typer(supervision_command.app, name="supervision")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Send the payments on fresh data, then stop.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Erase the demo's world first and make it anew.")
    ] = False,
    beyond: Annotated[
        bool,
        typer.Option("--abroad", help="With six countries more, whose payment codes are paid."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a whole world and send real payments through it; keeps serving until stopped."""
    run = demo_command.run(once=once, fresh=fresh, beyond=beyond, as_json=as_json)
    guarded(run, as_json=as_json)


@app.command()
def serve(
    roles: Annotated[list[str] | None, typer.Argument(help="Roles to run; all if none.")] = None,
    world: Annotated[str, typer.Option(help="Which world under QANTARA_HOME.")] = "demo",
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Of a door.")] = None,
    *,
    standby: Annotated[
        bool, typer.Option("--standby", help="Wait until the process that writes has gone.")
    ] = False,
    door: Annotated[
        bool,
        typer.Option(
            "--door", help="Only answer people and their apps, beside an institution's writer."
        ),
    ] = False,
) -> None:
    """Run roles of a world in this process until stopped."""
    wish = serve_command.Wish(roles or [], world, standby, door, port)
    guarded(serve_command.run(wish), as_json=False)


@app.command()
def send(
    file: Annotated[Path | None, typer.Option(help="A pain.001.001.12 file to pay.")] = None,
    to: Annotated[str | None, typer.Option(help="Phone, IBAN or account number.")] = None,
    country: Annotated[str, typer.Option(help="Where the recipient's account is kept.")] = "PK",
    amount: Annotated[str | None, typer.Option(help='For example "500.00".')] = None,
    currency: Annotated[str, typer.Option(help="Of the amount.")] = "MYR",
    agent: Annotated[str | None, typer.Option(help="BIC, for an account number.")] = None,
    purpose: Annotated[str, typer.Option(help="ISO 20022 purpose code.")] = "SALA",
    note: Annotated[str | None, typer.Option(help="Words to the recipient.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Send one payment, or every instruction of a payment file, as the generated employer."""
    wish = send_command.Wish(file, to, country, amount, currency, agent, purpose, note)
    guarded(send_command.run(wish, as_json=as_json), as_json=as_json)


@app.command()
def verify(
    role: Annotated[str | None, typer.Option(help="Read only this role's book.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Re-add every book of the world and hold them against each other."""
    guarded(verify_command.run(role, as_json=as_json), as_json=as_json)


@app.command()
def chaos(
    *,
    seed: Annotated[int, typer.Option(help="What all chance depends on.")] = 1,
    schedules: Annotated[int, typer.Option(min=1, help="How many, each on fresh data.")] = 20,
    only: Annotated[
        int | None, typer.Option(min=0, help="Replay this one schedule, and show every step.")
    ] = None,
    real_kills: Annotated[
        int, typer.Option(min=0, help="Then kill so many running processes, the database too.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Break a whole world in every way there is, and have an auditor add it all up."""
    wish = chaos_command.run(seed, schedules, only, real_kills, as_json=as_json)
    guarded(wish, as_json=as_json)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """What this machine offers, what is configured, and whether it works."""
    guarded(doctor_command.run(as_json=as_json), as_json=as_json)


@iso20022.command()
def validate(
    file: Annotated[Path, typer.Argument(help="The message to judge.")],
    profile: Annotated[
        str | None,
        typer.Option(help="nexus, duitnow, raast, oct_inst, sct_inst, ... or customer."),
    ] = None,
    schemas: Annotated[
        Path | None, typer.Option(help="A folder of official schemas, to judge by those as well.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Judge a message against our usage guideline; every defect with its place."""
    guarded(iso20022_command.run(file, profile, schemas, as_json=as_json), as_json=as_json)


@scheme.command()
def codes(*, as_json: Json = False) -> None:
    """Provoke every reason code of pacs.002 and acmt.024 in a small world that is then erased."""
    guarded(scheme_command.run(as_json=as_json), as_json=as_json)


@scheme.command()
def run(
    payments: Annotated[int, typer.Option(min=6, help="How many, over the six directions.")] = 600,
    schemas: Annotated[
        Path | None, typer.Option(help="A folder of official schemas, to judge messages by.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Send many payments through a world of its own and reconcile it: every party's records,
    camt.054 of every system, every message. The world is then erased.
    """
    wish = rehearsal_command.run(payments, schemas, as_json=as_json)
    guarded(wish, as_json=as_json)


Institution = Annotated[str, typer.Option("--role", help="Which institution.")]
Payment = Annotated[str, typer.Argument(help="The id of a payment in review, rem_...")]
Why = Annotated[str | None, typer.Option("--reason", help="Why; asked of who proposes.")]
Citation = Annotated[str | None, typer.Option(help="Which text says so; of who proposes.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="As the second person: approve what the first proposed.")
]


@reviews.command("list")
def reviews_list(
    role: Institution = "my",
    state: Annotated[str, typer.Option(help="waiting, released, refused or lapsed.")] = "waiting",
    *,
    as_json: Json = False,
) -> None:
    """Payments in review, the longest first: which rule asks, what was seen, who proposed what."""
    wish = reviews_command.Wish(role=role, state=state)
    guarded(reviews_command.run(wish, as_json=as_json), as_json=as_json)


@reviews.command("release")
def reviews_release(
    payment: Payment,
    reason: Why = None,
    citation: Citation = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose to let a payment go, or approve that."""
    act = reviews_command.RELEASE
    wish = reviews_command.Wish(act, role, "", payment, reason, citation, approve)
    guarded(reviews_command.run(wish, as_json=as_json), as_json=as_json)


@reviews.command("refuse")
def reviews_refuse(
    payment: Payment,
    reason: Why = None,
    citation: Citation = None,
    role: Institution = "my",
    *,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Propose to refuse a payment and give its money back, or approve that."""
    act = reviews_command.REFUSE
    wish = reviews_command.Wish(act, role, "", payment, reason, citation, approve)
    guarded(reviews_command.run(wish, as_json=as_json), as_json=as_json)


@bench.command("ledger")
def bench_ledger(
    rounds: Annotated[int, typer.Option(help="How many of each part, yardstick included.")] = 3,
    seconds: Annotated[float, typer.Option(help="Of each part of a round.")] = 10.0,
    *,
    as_json: Json = False,
) -> None:
    """The ledger as payments use it, beside pgbench on the same server; then its book is re-added:
    single transfers of 512 clients, on one hot account, ready batches, holds and chains.
    """
    guarded(bench_command.ledger(rounds, seconds, as_json=as_json), as_json=as_json)


@bench.command("remittance")
def bench_remittance(
    only: Annotated[
        list[str] | None, typer.Option(help="one_process, http or http_single; all if none.")
    ] = None,
    *,
    memory: Annotated[
        bool, typer.Option("--memory", help="Measure only how memory grows to 100,000 payments.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Complete payments through all roles, every message validated leaving and entering: in one
    process, over HTTP in batches, and over HTTP one message a request.
    """
    wish = bench_command.remittance(only or [], memory=memory, as_json=as_json)
    guarded(wish, as_json=as_json)


@bench.command("messages")
def bench_messages(*, as_json: Json = False) -> None:
    """Building, parsing and validating pacs.008 and pacs.002 beside pyiso20022."""
    guarded(bench_command.messages(as_json=as_json), as_json=as_json)


@bench.command("policy")
def bench_policy(*, as_json: Json = False) -> None:
    """The law decided: with its whole trace, without, in columns; loaded and compiled. Beside plain
    Python, Cedar and Rego on the same checks.
    """
    guarded(bench_command.policy(as_json=as_json), as_json=as_json)


@bench.command("qr")
def bench_qr(*, as_json: Json = False) -> None:
    """Reading and writing payment codes of every scheme, beside reading the same facts as JSON."""
    guarded(bench_command.qr(as_json=as_json), as_json=as_json)


@bench.command("web")
def bench_web(*, as_json: Json = False) -> None:
    """Pages of every site over HTTP, their first loads, and 1,000 open streams that hear of one
    event; beside a stored file over the same connection.
    """
    guarded(bench_command.web(as_json=as_json), as_json=as_json)


@app.command()
def version() -> None:
    """Which version this is."""
    typer.echo(__version__)
