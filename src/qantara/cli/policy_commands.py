"""The options of `qantara policy`; what each does stands in its own file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qantara.cli.show import guarded
from qantara.later import Later

if TYPE_CHECKING:
    from qantara.cli import policy as policy_command
    from qantara.cli import policy_regimes as regimes
    from qantara.cli import policy_trials as trials
else:
    policy_command = Later("qantara.cli.policy")
    regimes = Later("qantara.cli.policy_regimes")
    trials = Later("qantara.cli.policy_trials")

policy = typer.Typer(help="The law as data: decide, explain, compare, prove.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Act = Annotated[str, typer.Option(help="payment, account, cash, licence, ... of the vocabulary.")]
Source = Annotated[str, typer.Option("--from", help="Country of the sender, or of the act.")]
Destination = Annotated[str | None, typer.Option("--to", help="Country of the recipient.")]
Amount = Annotated[str | None, typer.Option(help="What leaves: `MYR:500.00`.")]
Received = Annotated[str | None, typer.Option(help="What arrives: `PKR:32500.00`.")]
Kind = Annotated[str, typer.Option(help="The sender: person or company.")]
Via = Annotated[str | None, typer.Option(help="The network between; nexus if a border is crossed.")]
Purpose = Annotated[str | None, typer.Option(help="ISO 20022 purpose code.")]
Given = Annotated[
    list[str] | None, typer.Option("--fact", help="A fact of the sender's side: name=value.")
]
Receiving = Annotated[
    list[str] | None, typer.Option("--recipient-fact", help="One of the recipient's side.")
]
On = Annotated[str | None, typer.Option(help="The day, as 2026-11-01; today if none.")]
Example = Annotated[
    bool, typer.Option("--example", help="With the example world's figures, which are no law.")
]
Speech = Annotated[str | None, typer.Option(help="In sentences: en, ms, ur or fr.")]


def _asked(*, prose: bool) -> Callable[..., None]:
    """The same question, answered as a table of rules or in sentences."""

    def command(
        *,
        source: Source,
        destination: Destination = None,
        amount: Amount = None,
        received: Received = None,
        kind: Kind = "person",
        via: Via = None,
        purpose: Purpose = None,
        fact: Given = None,
        recipient_fact: Receiving = None,
        act: Act = "payment",
        on: On = None,
        language: Speech = None,
        example: Example = False,
        as_json: Json = False,
    ) -> None:
        asked = policy_command.Question(
            act,
            source,
            destination,
            amount,
            received,
            kind,
            via,
            purpose,
            fact or [],
            recipient_fact or [],
            on,
            example,
            language or "en",
        )
        run = policy_command.explain if prose or language else policy_command.decide
        guarded(run(asked, as_json=as_json), as_json=as_json)

    return command


policy.command("decide", help="May this go, by which article, and what would change the answer?")(
    _asked(prose=False)
)
policy.command("explain", help="The same answer in sentences, in four languages.")(
    _asked(prose=True)
)


@policy.command()
def compare(
    topic: Annotated[str, typer.Argument(help="For example e_money, wire_data, sandboxes.")],
    country: Annotated[
        list[str] | None, typer.Option(help="Countries to lay side by side; all three if none.")
    ] = None,
    on: On = None,
    rate: Annotated[
        list[str] | None, typer.Option(help="To compare amounts: MYR:EUR=0.20.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """The regimes of several countries on one topic: the strictest, and what has no equivalent."""
    wish = regimes.compare(topic, country or ["MY", "PK", "FR"], on, rate or [], as_json=as_json)
    guarded(wish, as_json=as_json)


@policy.command()
def diff(
    first: Annotated[str, typer.Argument(help="The earlier day.")],
    second: Annotated[str, typer.Argument(help="The later day.")],
    book: Annotated[list[str] | None, typer.Option(help="Only these books: PK, EU.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """What reads otherwise on the second day than on the first, and whom it affects."""
    guarded(regimes.diff(first, second, book or [], as_json=as_json), as_json=as_json)


@policy.command()
def whatif(
    draft: Annotated[Path | None, typer.Option(help="A YAML file of values and rules.")] = None,
    adopt: Annotated[
        list[str] | None, typer.Option(help="A proposal's id, taken as in force.")
    ] = None,
    lend: Annotated[
        str | None, typer.Option("--as", help="PK:MY decides Pakistan's side by Malaysia's rules.")
    ] = None,
    rate: Annotated[
        list[str] | None, typer.Option(help="For the amounts then: PKR:MYR=0.0154.")
    ] = None,
    payments: Annotated[
        Path | None, typer.Option(help="A CSV file of payments; the world's own if none.")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Of each kind of change.")] = 3,
    *,
    as_json: Json = False,
) -> None:
    """What other rules would have done to real payments: refused, delayed or freed, and whose."""
    wish = trials.Wish(draft, adopt or [], lend, rate or [], payments, examples)
    guarded(trials.whatif(wish, as_json=as_json), as_json=as_json)


@policy.command()
def table(
    source: Source,
    destination: Annotated[str, typer.Option("--to", help="Country of the recipient.")],
    on: On = None,
    *,
    example: Example = False,
    as_json: Json = False,
) -> None:
    """The harmonised table of a corridor: what all rules together ask, and who asks it."""
    wish = regimes.table(source, destination, on, example=example, as_json=as_json)
    guarded(wish, as_json=as_json)


@policy.command()
def prove(
    source: Source,
    destination: Annotated[str, typer.Option("--to", help="Country of the recipient.")],
    on: On = None,
    *,
    example: Example = False,
    as_json: Json = False,
) -> None:
    """Prove that the corridor's table keeps every national rule; conflicts and gaps by example."""
    wish = trials.prove(source, destination, on, example=example, as_json=as_json)
    guarded(wish, as_json=as_json)


@policy.command()
def mutate(
    seed: Annotated[int, typer.Option(help="What all chance depends on.")] = 1,
    count: Annotated[int, typer.Option(min=1, help="How many faults.")] = 200,
    *,
    as_json: Json = False,
) -> None:
    """Put faults into the rulebooks, one at a time, and see what catches each."""
    guarded(trials.mutate(seed, count, as_json=as_json), as_json=as_json)


@policy.command()
def equivalences(*, as_json: Json = False) -> None:
    """Findings of one authority that another accepts, each with its act of recognition."""
    guarded(regimes.equivalences(as_json=as_json), as_json=as_json)


@policy.command()
def lint(*, as_json: Json = False) -> None:
    """Every defect of the rulebooks; values counted by book, status and confidence."""
    guarded(policy_command.lint(as_json=as_json), as_json=as_json)


@policy.command()
def cases(*, as_json: Json = False) -> None:
    """Decide every situation that stands beside the rules and values."""
    guarded(policy_command.cases(as_json=as_json), as_json=as_json)
