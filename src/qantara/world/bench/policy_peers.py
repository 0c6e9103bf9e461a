"""What rules are measured beside: the same three checks in plain Python, in Cedar and in Rego.

Balance, day and month of an account are held against the figures of its class and day. Cedar and
Rego are tools of development and are looked for only when they are asked for; each is given what
it can prepare beforehand (policies, data, requests).
"""

import importlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any

from qantara.errors import Reason, Unavailable
from qantara.money import Money
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.language.vocabulary import Facts, Party
from qantara.world.bench.policy_facts import CLASSES

CEDAR, REGO = "cedarpy", "regopy"
CHECKS = {
    "balance_after": "maximum.balance",
    "sent_today": "limit.daily",
    "sent_month": "limit.monthly",
}
"""Each fact, and the figure that bounds it."""
_LAST_DAY = date.max.toordinal()
Asked = tuple[Facts, date]
Decider = Callable[[], Sequence[bool]]
"""Decides all that it was made for; true is allowed."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A figure and the days on which it stands, counted from the first of all."""

    first: int
    last: int
    most: int


def figures(rulebook: Rulebook) -> dict[tuple[str, str], list[Edition]]:
    """By class and fact, in order of time; a stretch without a figure is left out."""
    found: dict[tuple[str, str], list[Edition]] = {}
    for class_ in CLASSES:
        for fact, aspect in CHECKS.items():
            for text in rulebook.editions(f"pk.account.{class_}.{aspect}"):
                if isinstance(text.value, Money) and text.binding:
                    first = 0 if text.valid_from is None else text.valid_from.toordinal()
                    last = _LAST_DAY if text.valid_to is None else text.valid_to.toordinal()
                    edition = Edition(first, last, text.value.minor)
                    found.setdefault((class_, fact), []).append(edition)
    return found


def rules(rulebook: Rulebook) -> Rulebook:
    """The rulebook with the rules of these checks alone."""
    bounds = {f"pk.account.{class_}.{aspect}" for class_ in CLASSES for aspect in CHECKS.values()}
    kept = [
        rule
        for rule in rulebook.rules
        if rule.exception_of is None
        and rule.requires is not None
        and rule.requires.rpartition(" ")[2] in bounds
    ]
    return Rulebook(rulebook.entries, kept, rulebook.jurisdictions.values())


def plain(rulebook: Rulebook, asked: Sequence[Asked]) -> Decider:
    """Dated figures in lists, searched by the day: what one would write by hand."""
    found = figures(rulebook)
    starts = {key: [each.first for each in editions] for key, editions in found.items()}

    def holds(class_: str, fact: str, seen: int, day: int) -> bool:
        place = bisect_right(starts[class_, fact], day) - 1
        if place < 0:
            return True
        edition = found[class_, fact][place]
        return day > edition.last or seen <= edition.most

    def allowed(party: Party, on: date) -> bool:
        day = on.toordinal()
        class_ = str(party.account_class)
        return (
            holds(class_, "balance_after", party.balance_after or 0, day)
            and holds(class_, "sent_today", party.sent_today or 0, day)
            and holds(class_, "sent_month", party.sent_month or 0, day)
        )

    return lambda: [allowed(facts.sender, on) for facts, on in asked]


def _requests(asked: Sequence[Asked]) -> Iterator[dict[str, Any]]:
    for facts, on in asked:
        told = {fact: getattr(facts.sender, fact) for fact in CHECKS}
        yield {"account_class": facts.sender.account_class, "on": on.toordinal(), **told}


def cedar(rulebook: Rulebook, asked: Sequence[Asked]) -> Decider:
    """Policies and entities parsed once, requests in one batch: its fastest form."""
    library = _load(CEDAR)
    forbidden = [
        f'forbid(principal, action, resource) when {{ context.account_class == "{class_}" &&'
        f" context.on >= {each.first} && context.on <= {each.last} &&"
        f" context.{fact} > {each.most} }};"
        for (class_, fact), editions in figures(rulebook).items()
        for each in editions
    ]
    text = "\n".join(["permit(principal, action, resource);", *forbidden])
    policies = library.PolicySet.from_str(text)
    entities = library.Entities.from_json_str("[]")
    act = {"principal": 'User::"a"', "action": 'Action::"send"', "resource": 'Account::"a"'}
    requests = [{**act, "context": told} for told in _requests(asked)]
    return lambda: [
        each.allowed for each in library.is_authorized_batch(requests, policies, entities)
    ]


_REGO = """package checks
default allow := false
beyond(seen, editions) if {
  some each in editions
  each[0] <= input.on
  input.on <= each[1]
  seen > each[2]
}
allow if {
  limits := data.figures[input.account_class]
  not beyond(input.balance_after, limits.balance_after)
  not beyond(input.sent_today, limits.sent_today)
  not beyond(input.sent_month, limits.sent_month)
}
"""


def rego(rulebook: Rulebook, asked: Sequence[Asked]) -> Decider:
    """Policy and data built into a bundle, inputs made beforehand: its fastest form."""
    library = _load(REGO)
    data: dict[str, dict[str, list[list[int]]]] = {}
    for (class_, fact), editions in figures(rulebook).items():
        told = [[each.first, each.last, each.most] for each in editions]
        data.setdefault(class_, {})[fact] = told
    interpreter = library.Interpreter()
    interpreter.add_data({"figures": data})
    interpreter.add_module("checks", _REGO)
    bundle = interpreter.build("data.checks.allow")
    inputs = [library.Input(told) for told in _requests(asked)]

    def allowed(given: object) -> bool:
        interpreter.set_input(given)
        # What is false is told as undefined: no expression holds.
        return any(each.expressions for each in interpreter.query_bundle(bundle).results)

    return lambda: [allowed(each) for each in inputs]


def _load(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        told = f"{error.name} is not installed; it comes with the group dev: uv sync --group dev"
        raise Unavailable(Reason.INTERNAL, detail=told) from error
