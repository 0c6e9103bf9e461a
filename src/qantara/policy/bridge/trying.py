"""What if: payments decided by the rules as they are and as they might be, and what differs.

Every payment is decided twice, in columns, by the packs of its way and day; days between which no
text changes share a pack. Only the examples are decided by the engine that traces.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from qantara.errors import Malformed, NotFound, Reason
from qantara.money import Money
from qantara.policy.books.datum import CURRENCIES
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge.traffic import Payment
from qantara.policy.deciding.columns import UNKNOWN, Columns, Verdicts, judged
from qantara.policy.deciding.decision import Decision, Frame
from qantara.policy.deciding.masking import DUE, FAILED, NOTED
from qantara.policy.deciding.pack import Pack, pack
from qantara.policy.deciding.resolving import Bound, Key
from qantara.policy.language.vocabulary import Act, Facts

EXAMPLES = 5
Restate = Callable[[Facts], Facts]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Change(StrEnum):
    """What becomes of a payment: refused that was not, delayed for a person that was not, free of
    either that was not; or as free as before, with a duty that it did not have.
    """

    REFUSED = "refused"
    REVIEWED = "reviewed"
    FREED = "freed"
    DUTIES = "duties"


class Total(Struct, frozen=True):
    """How many payments, and how much they move in the money they are sent in. Payments whose
    amount is not known count, but move nothing.
    """

    payments: int
    value: Mapping[str, Money]

    def to_json(self) -> dict[str, Any]:
        told = {currency: str(money) for currency, money in sorted(self.value.items())}
        return {"payments": self.payments, "value": told}


class RuleTotal(Struct, frozen=True):
    """What one rule has to do with a change: of payments freed, the rule that held them."""

    rule: str
    provision: str
    rule_provision: str
    label: str
    total: Total

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "provision": self.provision,
            "rule_provision": self.rule_provision,
            "label": self.label,
            **self.total.to_json(),
        }


class Example(Struct, frozen=True):
    """One payment decided with its whole trace, before and after."""

    payment: Payment
    before: Decision
    after: Decision

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.payment.id,
            "on": self.payment.on.isoformat(),
            "customer": self.payment.customer,
            "corridor": self.payment.corridor,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


class Changed(Struct, frozen=True):
    """Everything that changes in one way."""

    change: Change
    total: Total
    customers: tuple[str, ...]
    corridors: Mapping[str, Total]
    rules: tuple[RuleTotal, ...]
    examples: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "change": self.change.value,
            **self.total.to_json(),
            "customers": {"count": len(self.customers), "ids": list(self.customers)},
            "corridors": {way: total.to_json() for way, total in self.corridors.items()},
            "rules": [each.to_json() for each in self.rules],
            "examples": [each.to_json() for each in self.examples],
        }


class Trial(Struct, frozen=True):
    """What the other rules would have done to the payments. `outside` are payments of a day for
    which no rules are known.
    """

    now: str
    then: str
    payments: int
    outside: tuple[str, ...]
    changes: tuple[Changed, ...]

    def of(self, change: Change) -> Changed:
        return next(each for each in self.changes if each.change is change)

    def to_json(self) -> dict[str, Any]:
        return {
            "now": self.now,
            "then": self.then,
            "payments": self.payments,
            "unchanged": self.payments
            - len(self.outside)
            - sum(each.total.payments for each in self.changes),
            "outside": list(self.outside),
            "changes": [each.to_json() for each in self.changes],
        }


def try_out(
    now: Rulebook,
    then: Rulebook,
    payments: Sequence[Payment],
    *,
    restate: Restate | None = None,
    examples: int = EXAMPLES,
) -> Trial:
    """Decide every payment by both. `restate` says how its facts read under the other rules.

    `Malformed` names a payment whose money is not that of its country.
    """
    facts = [payment.facts for payment in payments]
    stated = facts if restate is None else [restate(each) for each in facts]
    as_is = Columns.of(facts)
    as_then = as_is if restate is None else Columns.of(stated)
    found = {change: _Found() for change in Change}
    outside: list[str] = []
    for key, rows in _groups(now, then, payments):
        try:
            before, after = pack(now, key), pack(then, key)
        except NotFound:
            outside += [payments[row].id for row in rows]
            continue
        pair = _Pair(
            before,
            after,
            judged(before, as_is.rows(rows), marked=True),
            judged(after, as_then.rows(rows), marked=True),
        )
        for change in Change:
            found[change].add(rows, pair, change)
    book = _Book(now, then, payments, stated, _amounts(as_is))
    changes = tuple(_changed(book, change, each, examples) for change, each in found.items())
    return Trial(now.version, then.version, len(payments), tuple(outside), changes)


def _groups(
    now: Rulebook, then: Rulebook, payments: Sequence[Payment]
) -> Iterator[tuple[Key, Rows]]:
    """Payments that the same two packs decide."""
    turns = _turns(now, then)
    groups: dict[tuple[Act, str, str, int], list[int]] = {}
    for row, payment in enumerate(payments):
        _check_money(now, payment)
        facts = payment.facts
        stretch = bisect_right(turns, payment.on)
        way = (facts.act, facts.sender.country, payment.destination, stretch)
        groups.setdefault(way, []).append(row)
    for (act, source, destination, _), rows in groups.items():
        on = payments[rows[0]].on
        yield Key(act, source, destination, on), np.array(rows, np.intp)


def _turns(*rulebooks: Rulebook) -> list[date]:
    """The days on which a text begins, or is no more: between two of them nothing changes."""
    found: set[date] = set()
    for book in rulebooks:
        for entry in (*book.entries, *book.rules):
            if entry.valid_from is not None:
                found.add(entry.valid_from)
            if entry.valid_to is not None and entry.valid_to < date.max:
                found.add(entry.valid_to + timedelta(days=1))
    return sorted(found)


def _check_money(rulebook: Rulebook, payment: Payment) -> None:
    facts = payment.facts
    for side in (facts.sender, facts.recipient or facts.sender):
        known = rulebook.jurisdictions.get(side.country)
        if known is not None and known.currency != side.currency:
            raise Malformed(
                Reason.CURRENCY_MISMATCH, param=payment.id, currency=str(known.currency)
            )


@dataclass(frozen=True, slots=True)
class _Pair:
    """One group of payments under both packs."""

    before: Pack
    after: Pack
    was: Verdicts
    is_: Verdicts

    def mask(self, change: Change) -> Mask:
        was, is_ = self.was.outcome, self.is_.outcome
        match change:
            case Change.REFUSED:
                return np.asarray((is_ == FAILED) & (was != FAILED))
            case Change.REVIEWED:
                return np.asarray((is_ == NOTED) & (was != NOTED))
            case Change.FREED:
                return np.asarray((is_ < NOTED) & (was >= NOTED))
            case Change.DUTIES:
                new = np.zeros(len(is_), np.bool_)
                for _, rows in self.new_duties():
                    new |= rows
                return np.asarray(new & (is_ < NOTED) & (was < NOTED))

    def by_rule(self, change: Change) -> Iterator[tuple[Bound, Mask]]:
        """The rules that bring a change about, each with its rows."""
        match change:
            case Change.REFUSED:
                yield from _refusing(self.after, self.is_)
            case Change.REVIEWED:
                yield from _noting(self.after, self.is_)
            case Change.FREED:
                yield from _refusing(self.before, self.was)
                for bound, rows in _noting(self.before, self.was):
                    yield bound, rows & (self.was.outcome == NOTED)
            case Change.DUTIES:
                yield from self.new_duties()

    def new_duties(self) -> Iterator[tuple[Bound, Mask]]:
        had = {bound.rule.id: rows for bound, rows in _weighing(self.before, self.was, DUE)}
        for bound, rows in _weighing(self.after, self.is_, DUE):
            yield bound, rows & ~had.get(bound.rule.id, np.False_)


def _refusing(decider: Pack, verdicts: Verdicts) -> Iterator[tuple[Bound, Mask]]:
    for place in np.unique(verdicts.refusing):
        if place >= 0:
            yield decider.bound[place], np.asarray(verdicts.refusing == place)


def _noting(decider: Pack, verdicts: Verdicts) -> Iterator[tuple[Bound, Mask]]:
    return _weighing(decider, verdicts, NOTED)


def _weighing(decider: Pack, verdicts: Verdicts, weight: int) -> Iterator[tuple[Bound, Mask]]:
    if verdicts.marks is not None:
        for place, bound in enumerate(decider.bound):
            yield bound, np.asarray(verdicts.marks[place] == weight)


@dataclass(slots=True)
class _Found:
    """The rows of one change as they are found, whole and by rule and citation."""

    rows: list[Rows] = field(default_factory=list)
    by_rule: dict[tuple[str, str], list[Rows]] = field(default_factory=dict)
    cited: dict[tuple[str, str], Frame] = field(default_factory=dict)

    def add(self, rows: Rows, pair: _Pair, change: Change) -> None:
        changed = pair.mask(change)
        if not changed.any():
            return
        self.rows.append(rows[changed])
        for bound, held in pair.by_rule(change):
            both = held & changed
            if both.any():
                frame = bound.requires[0].frame if bound.requires else bound.frame
                text = frame.rule, frame.provision
                self.cited.setdefault(text, frame)
                self.by_rule.setdefault(text, []).append(rows[both])


@dataclass(frozen=True, slots=True)
class _Book:
    """What a report is made from."""

    now: Rulebook
    then: Rulebook
    payments: Sequence[Payment]
    stated: Sequence[Facts]
    amounts: NDArray[np.int64]

    def total(self, rows: Rows) -> Total:
        currencies = np.array([self.payments[row].facts.sender.currency for row in rows])
        value = {}
        for currency in np.unique(currencies):
            amounts = self.amounts[rows[currencies == currency]]
            asset = CURRENCIES[str(currency)]
            value[str(currency)] = Money(exact_sum(amounts[amounts != UNKNOWN]), asset)
        return Total(len(rows), value)

    def example(self, row: int) -> Example:
        payment = self.payments[row]
        facts = payment.facts
        key = Key(facts.act, facts.sender.country, payment.destination, payment.on)
        after = pack(self.then, key).decide(self.stated[row])
        return Example(payment, pack(self.now, key).decide(facts), after)


def _amounts(columns: Columns) -> NDArray[np.int64]:
    column = columns.column("sender.amount")
    return np.full(columns.size, UNKNOWN) if column is None else column.values


def exact_sum(values: NDArray[np.int64]) -> int:
    """The sum as a whole number of any size: halves are summed apart, so that neither wraps."""
    high, low = values >> 32, values & 0xFFFF_FFFF
    return (int(high.sum()) << 32) + int(low.sum())


def _changed(book: _Book, change: Change, found: _Found, examples: int) -> Changed:
    rows = _together(found.rows)
    ways: dict[str, list[int]] = {}
    for row in rows:
        ways.setdefault(book.payments[row].corridor, []).append(int(row))
    by_rule = {text: _together(each) for text, each in found.by_rule.items()}
    rules = [_rule_total(book, found.cited[text], each) for text, each in by_rule.items()]
    picked = [int(each[0]) for each in by_rule.values()] + [int(row) for row in rows[:examples]]
    return Changed(
        change,
        book.total(rows),
        tuple(sorted({book.payments[row].customer for row in rows})),
        {way: book.total(np.array(each, np.intp)) for way, each in sorted(ways.items())},
        tuple(sorted(rules, key=lambda each: (-each.total.payments, each.rule))),
        tuple(book.example(row) for row in list(dict.fromkeys(picked))[:examples]),
    )


def _together(rows: Sequence[Rows]) -> Rows:
    return np.sort(np.concatenate(rows)) if rows else np.zeros(0, np.intp)


def _rule_total(book: _Book, frame: Frame, rows: Rows) -> RuleTotal:
    told = frame.rule, frame.provision, frame.rule_provision, frame.label
    return RuleTotal(*told, book.total(rows))
