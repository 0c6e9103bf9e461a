"""`qantara qr ...`: the commands about payment codes and their options."""

from pathlib import Path
from typing import Annotated

import typer

from qantara.cli import qr
from qantara.cli.show import guarded

app = typer.Typer(help="Payment codes (QR): read, write, draw.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line, nothing else.")]
Text = Annotated[str | None, typer.Argument(help="The text of a code; - reads it from the input.")]


@app.command()
def decode(
    text: Text = None,
    file: Annotated[
        Path | None, typer.Option(help="Codes, one a line; a SEPA code keeps its lines.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say whom a code pays, by which scheme, how much and until when; or what is wrong with it.
    A card at a terminal; one JSON line a code with --json, from a file, or into a pipe.
    """
    guarded(qr.decode(text, file, as_json=as_json), as_json=as_json)


@app.command()
def encode(
    *,
    scheme: Annotated[str | None, typer.Option(help="duitnow, raast, promptpay, epc, ...")] = None,
    merchant: Annotated[str | None, typer.Option(help="The payee's merchant id.")] = None,
    to: Annotated[
        str | None, typer.Option(help="The payee as KIND:VALUE; iban:PK..., phone:+66...")
    ] = None,
    acquirer: Annotated[
        str | None, typer.Option(help="The payee's bank: its number or BIC.")
    ] = None,
    amount: Annotated[str | None, typer.Option(help='For example "10.00"; open if none.')] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; else the scheme's own.")] = None,
    name: Annotated[str | None, typer.Option(help="The payee's name.")] = None,
    city: Annotated[str | None, typer.Option(help="The payee's city.")] = None,
    postcode: Annotated[str | None, typer.Option(help="The payee's postcode.")] = None,
    category: Annotated[str | None, typer.Option(help="Merchant category, four digits.")] = None,
    reference: Annotated[str | None, typer.Option(help="The payee's reference.")] = None,
    bill: Annotated[str | None, typer.Option(help="Number of the bill.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the payment is for.")] = None,
    expires: Annotated[
        str | None, typer.Option(help="Until when; ISO 8601 with offset or Z.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Records as decode --json prints them, one a line.")
    ] = None,
    dynamic: Annotated[
        bool | None, typer.Option("--dynamic/--static", help="For one payment, or for many.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a code from its facts, or again from what decode printed."""
    wish = qr.Wish(
        scheme=scheme,
        merchant=merchant,
        to=to,
        acquirer=acquirer,
        amount=amount,
        currency=currency,
        name=name,
        city=city,
        postcode=postcode,
        category=category,
        reference=reference,
        bill=bill,
        purpose=purpose,
        expires=expires,
        dynamic=dynamic,
    )
    guarded(qr.encode(wish, file, as_json=as_json), as_json=as_json)


@app.command()
def draw(
    text: Text = None,
    out: Annotated[Path | None, typer.Option(help="The SVG file to write.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Draw a code that can be read as SVG: into a file, or to the output without --out."""
    guarded(qr.draw(text, out, as_json=as_json), as_json=as_json)
