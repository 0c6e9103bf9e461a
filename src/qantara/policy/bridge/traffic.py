"""Payments that rules are tried on, and the files they are read from."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from qantara.errors import Malformed, Reason
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding import asking
from qantara.policy.language.vocabulary import PARTY_FACTS, Facts, FactType

COLUMNS = (
    "id",
    "on",
    "customer",
    "source_country",
    "destination_country",
    "source_amount",
    "destination_amount",
    "sender_kind",
    "rails",
    "purpose",
)
"""What every file of payments has; `sender.x` and `recipient.x` may follow."""
MOST_TOLD = 20
"""Bad lines that are named; of more the count is told."""
_RAILS = 3
_DIGITS = 18
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_TOLD_OTHERWISE = {
    "sender": {"country", "currency", "amount", "rail", "customer_kind"},
    "recipient": {"country", "currency", "amount", "rail"},
}


class Payment(Struct, frozen=True):
    """A payment that was made or asked for, and whose it was."""

    id: str
    on: date
    customer: str
    facts: Facts

    @property
    def corridor(self) -> str:
        return f"{self.facts.sender.country}-{self.destination}"

    @property
    def destination(self) -> str:
        recipient = self.facts.recipient
        return self.facts.sender.country if recipient is None else recipient.country


def read_payments(rulebook: Rulebook, path: Path) -> list[Payment]:
    """The payments of a CSV file, amounts in major units; an empty cell is not known.

    `Malformed` names every line that cannot be read, and the column in it.
    """
    payments: list[Payment] = []
    problems: list[str] = []
    seen: set[str] = set()
    for line, header, cells in _lines(path):
        try:
            payment = _payment(rulebook, _by_name(header, cells))
        except Malformed as error:
            facts = error.facts
            told = f"{facts['param']}: {facts.get('value', 'missing')}"
            problems.append(f"line {line}: {told}")
            continue
        if payment.id in seen:
            problems.append(f"line {line}: id: {payment.id} stands twice")
        seen.add(payment.id)
        payments.append(payment)
    if problems:
        more = len(problems) - MOST_TOLD
        told = "; ".join(problems[:MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
        raise _invalid(path.name, told)
    return payments


def _invalid(param: str, value: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=param, value=value)


def _lines(path: Path) -> Iterator[tuple[int, Sequence[str], Sequence[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(path, header)
            for cells in reader:
                if cells:
                    yield reader.line_num, header, cells
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _invalid(path.name, str(error)) from None


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise _invalid(path.name, f"line 1: no column {', '.join(missing)}")
    for name in header:
        if header.count(name) > 1:
            raise _invalid(path.name, f"line 1: the column {name} stands twice")
        owner, _, fact = name.partition(".")
        known = fact in PARTY_FACTS and fact not in _TOLD_OTHERWISE.get(owner, PARTY_FACTS)
        if name not in COLUMNS and not known:
            raise _invalid(path.name, f"line 1: no fact {name}")


def _by_name(header: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(header):
        raise _invalid("cells", f"{len(cells)} under {len(header)} columns")
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True)}


def _payment(rulebook: Rulebook, row: Mapping[str, str]) -> Payment:
    for name in ("id", "customer", "source_amount", "rails"):
        if not row[name]:
            raise Malformed(Reason.FIELD_MISSING, param=name)
    try:
        on = date.fromisoformat(row["on"])
    except ValueError:
        raise _invalid("on", row["on"]) from None
    return Payment(row["id"], on, row["customer"], asking.read_facts(rulebook, _told(row)))


def _told(row: Mapping[str, str]) -> dict[str, Any]:
    """A line as facts are told in JSON."""
    rails = row["rails"].split()
    if len(rails) > _RAILS:
        raise _invalid("rails", row["rails"])
    purpose = row["purpose"]
    told: dict[str, Any] = {
        "act": "payment",
        "via": rails[1] if len(rails) == _RAILS else "",
        "elements": ["purposeCode"] if purpose else [],
        "sender": {"country": row["source_country"], "rail": rails[0]},
        "recipient": {"country": row["destination_country"], "rail": rails[-1]},
    }
    fixed = {
        "sender.amount": row["source_amount"],
        "sender.customer_kind": row["sender_kind"],
        "recipient.amount": row["destination_amount"],
    }
    more = {name: cell for name, cell in row.items() if "." in name}
    for name, cell in (fixed | more).items():
        owner, _, fact = name.partition(".")
        if cell:
            told[owner][fact] = _typed(name, PARTY_FACTS[fact].type, cell)
    return told | ({"purpose": purpose} if purpose else {})


def _typed(name: str, kind: FactType, cell: str) -> Any:
    if kind is FactType.FLAG:
        if cell.lower() not in _FLAGS:
            raise _invalid(name, cell)
        return _FLAGS[cell.lower()]
    if kind in {FactType.COUNT, FactType.DURATION}:
        if not (cell.isascii() and cell.isdigit() and len(cell) <= _DIGITS):
            raise _invalid(name, cell)
        return int(cell)
    return cell.split() if kind is FactType.CODES else cell
