"""What `qantara qr` does: one JSON line per code, or a card for a person."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from qantara import texts
from qantara.cli.show import EXIT_WRONG, out
from qantara.clock import from_text, utc_now
from qantara.errors import Malformed, QantaraError, Reason
from qantara.money import Money
from qantara.rails.qr import flow as codes
from qantara.rails.qr.currencies import BY_CODE
from qantara.rails.qr.model import Account, Code, ConsumerCode, Kind, Labels, Scheme
from qantara.rails.qr.schemes import CONFIDENCE, ROWS

_SEPA = "BCD"
_STDIN = "-"
_NO_CATEGORY = "0000"


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `encode` as they were given."""

    scheme: str | None
    merchant: str | None
    to: str | None
    acquirer: str | None
    amount: str | None
    currency: str | None
    name: str | None
    city: str | None
    postcode: str | None
    category: str | None
    reference: str | None
    bill: str | None
    purpose: str | None
    expires: str | None
    dynamic: bool | None


async def decode(text: str | None, file: Path | None, *, as_json: bool) -> int:
    """A card is for a person at a terminal; whoever reads a file or a pipe gets lines."""
    as_json = as_json or file is not None or not out.is_terminal
    status = 0
    for each in _given(text, file):
        try:
            code = codes.decode(each)
        except Malformed as error:
            status = EXIT_WRONG
            _wrong(error, as_json=as_json)
            continue
        if as_json:
            _line(_judged(code))
        else:
            _card(code)
    return status


def _given(text: str | None, file: Path | None) -> Iterator[str]:
    """The codes of a file, or the one of the command line."""
    if (text is None) == (file is None):
        raise Malformed(Reason.FIELD_MISSING, param="TEXT or --file")
    if file is None:
        yield _one(text)
        return
    whole = _read(file)
    if whole.startswith(_SEPA):
        yield whole
    else:
        yield from (line for line in whole.splitlines() if line)


def _one(text: str | None) -> str:
    if text is None:
        raise Malformed(Reason.FIELD_MISSING, param="TEXT")
    return sys.stdin.read().removesuffix("\n") if text == _STDIN else text


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        raise Malformed(Reason.FIELD_INVALID, param="--file", value=str(file)) from None


def _line(record: dict[str, Any]) -> None:
    """One JSON object on one line, so that a file of codes gives a file of records."""
    typer.echo(json.dumps(record, ensure_ascii=False))


def _wrong(error: QantaraError, *, as_json: bool) -> None:
    sentence = texts.sentence(error.reason, "en", error.facts)
    if as_json:
        told = {"code": error.reason.value, "detail": sentence, "facts": error.facts}
        _line({"error": told})
    else:
        out.print(Text(sentence, style="red"))


def _judged(code: Code | ConsumerCode) -> dict[str, Any]:
    record = codes.to_record(code)
    if isinstance(code, Code) and code.expires_at is not None:
        record["expired"] = codes.expired(code, utc_now()) is not None
    return record


def _card(code: Code | ConsumerCode) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column()
    rows = _payer_rows(code) if isinstance(code, ConsumerCode) else _payee_rows(code)
    for name, value in rows:
        if value:
            table.add_row(name, Text(value))
    out.print(table)


def _payee_rows(code: Code) -> Iterable[tuple[str, str | None]]:
    yield "scheme", f"{code.scheme} (confidence {CONFIDENCE[code.scheme]})"
    yield "pays", code.name
    for each in code.accounts:
        yield each.kind or each.scheme, _account(each)
    yield "amount", f"{code.currency} {code.amount}" if code.amount else "open"
    yield "made for", {None: None, True: "one payment", False: "any payment"}[code.dynamic]
    yield "where", ", ".join(filter(None, (code.city, code.postcode, code.country)))
    if code.tip:
        figure = code.tip.fixed or code.tip.percent or ""
        yield "tip", f"{code.tip.kind} {figure}".strip()
    if code.labels:
        for name in code.labels.__struct_fields__:
            if name != "rest":
                yield name.replace("_", " "), getattr(code.labels, name)
    if code.expires_at is not None:
        passed = " (expired)" if codes.expired(code, utc_now()) else ""
        yield "until", f"{code.expires_at:%Y-%m-%d %H:%M} UTC{passed}"


def _account(account: Account) -> str:
    """Its identifier, and what is known beside it."""
    parts = [account.value or account.guid or "", account.merchant, account.label]
    told = " ".join(filter(None, parts))
    return f"{told} at {account.acquirer}" if account.acquirer else told


def _payer_rows(code: ConsumerCode) -> Iterable[tuple[str, str | None]]:
    yield "shown by", "the payer"
    common = (code.common,) if code.common else ()
    for each in (*code.applications, *common):
        for name in each.__struct_fields__:
            if name not in {"transparent", "rest"}:
                yield name.replace("_", " "), getattr(each, name)


async def encode(wish: Wish, file: Path | None, *, as_json: bool) -> int:
    if (wish.scheme is None) == (file is None):
        raise Malformed(Reason.FIELD_MISSING, param="--scheme or --file")
    if file is None:
        _written(_wished(wish), as_json=as_json)
        return 0
    for line in _read(file).splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise Malformed(Reason.FIELD_INVALID, param="--file", value=str(file)) from None
        if isinstance(record, dict):
            record.pop("expired", None)
        _written(codes.from_record(record), as_json=as_json)
    return 0


def _written(code: Code | ConsumerCode, *, as_json: bool) -> None:
    text = codes.encode(code)
    if as_json:
        _line({"text": text})
    else:
        typer.echo(text)


def _wished(wish: Wish) -> Code:
    if wish.scheme not in set(Scheme):
        raise Malformed(Reason.FIELD_INVALID, param="--scheme", value=str(wish.scheme))
    scheme = Scheme(wish.scheme)
    kind, value = _payee(wish)
    row = next((row for row in ROWS if row.scheme is scheme), None)
    own = row.currencies[0] if row else _OTHER_CURRENCIES.get(scheme)
    currency = wish.currency or own
    if currency not in BY_CODE:
        raise Malformed(Reason.CURRENCY_UNKNOWN, param="--currency", value=str(currency))
    to_biller = wish.reference if kind is Kind.BILLER else None
    reference = None if to_biller else wish.reference
    labels = Labels(bill=wish.bill, reference=reference, purpose=wish.purpose)
    dynamic = wish.dynamic
    category = _NO_CATEGORY if row and "52" not in row.omits else None
    return Code(
        scheme,
        (Account(scheme, "", kind, value, wish.acquirer, reference_1=to_biller),),
        wish.name,
        wish.city,
        row.country if row else None,
        wish.postcode,
        wish.category or category,
        currency,
        None if wish.amount is None else Money.parse(wish.amount, BY_CODE[currency]),
        wish.amount is not None if dynamic is None and scheme is not Scheme.EPC else dynamic,
        labels=labels if labels != Labels() else None,
        expires_at=None if wish.expires is None else from_text(wish.expires),
    )


_OTHER_CURRENCIES = {Scheme.RAAST: "PKR", Scheme.EPC: "EUR"}


def _payee(wish: Wish) -> tuple[Kind, str]:
    if (wish.merchant is None) == (wish.to is None):
        raise Malformed(Reason.FIELD_MISSING, param="--merchant or --to")
    if wish.merchant is not None:
        return Kind.MERCHANT, wish.merchant
    kind, _, value = (wish.to or "").partition(":")
    if kind not in set(Kind) or not value:
        raise Malformed(Reason.FIELD_INVALID, param="--to", value=wish.to or "")
    return Kind(kind), value


async def draw(text: str | None, file: Path | None, *, as_json: bool) -> int:
    picture = codes.svg(codes.decode(_one(text)))
    if file is None:
        typer.echo(picture)
        return 0
    try:
        file.write_text(picture, encoding="utf-8")
    except OSError:
        raise Malformed(Reason.FIELD_INVALID, param="--out", value=str(file)) from None
    if as_json:
        _line({"file": str(file), "bytes": file.stat().st_size})
    else:
        out.print(Text(str(file)))
    return 0
