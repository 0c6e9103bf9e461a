"""From rules in words to rules of one day and one way: every value's figure in its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from qantara.errors import Malformed, NotFound, Reason
from qantara.policy.books import datum
from qantara.policy.books.entries import Effect, Rule, Silence, Value, ValueType
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding.decision import SURENESS, Finding, Frame
from qantara.policy.deciding.framing import measured
from qantara.policy.language.expression import (
    LOCAL,
    BadExpressionError,
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    Not,
    OneOf,
    Scope,
    Sum,
    Type,
    ValueRef,
    facts_in,
    parse,
    parts,
    values_in,
)
from qantara.policy.language.meaning import evaluate
from qantara.policy.language.topics import Remedy
from qantara.policy.language.vocabulary import DERIVED, Act, Side

SILENT = "no text in force"
LAST = frozenset({Remedy.GIVE_PURPOSE, Remedy.GIVE_DATA})
"""What whoever asks can put right at once is told last: all else must be met before."""


class Key(Struct, frozen=True):
    """Which rules are meant: an act, between whom, on which day."""

    act: Act
    source: str
    destination: str
    on: date


@dataclass(frozen=True, slots=True)
class Part:
    """One condition. `tree` is None where no figure stands for `missing`; `fails` says whether
    that silence refuses.
    """

    tree: Node | None
    frame: Frame
    facts: tuple[str, ...] = ()
    missing: str = ""
    fails: bool = False

    @property
    def constant(self) -> bool | None:
        """What it is without any facts; None if it depends on them."""
        if self.tree is None or self.facts:
            return None
        return bool(evaluate(self.tree, {}))


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule of the day; `instead` are places of the exceptions that take its place."""

    rule: Rule
    side: Side
    when: tuple[Part, ...]
    requires: tuple[Part, ...]
    frame: Frame
    instead: tuple[int, ...] = field(default=())


def scope(rulebook: Rulebook, jurisdiction: str) -> Scope:
    """What the rules of a book may name."""
    book = rulebook.jurisdictions.get(jurisdiction)
    currency = LOCAL if book is None or book.currency is None else book.currency

    def value_type(id_: str, index: str | None) -> Type | None:
        if index is None:
            editions = rulebook.editions(id_)
            return datum.type_of(editions[0].type, editions[0].unit) if editions else None
        family = [e for e in rulebook.value_ids if fnmatchcase(e, f"{id_}.*")]
        if not family:
            return None
        first = rulebook.editions(family[0])[0]
        unit = LOCAL if first.type is ValueType.MONEY else first.unit
        return datum.type_of(first.type, unit)

    return Scope(currency, value_type)


def trees(rulebook: Rulebook, rule: Rule) -> tuple[Node, Node | None]:
    """The rule's two conditions, parsed once; `Malformed` names file, line and what is wrong."""
    found = rulebook.trees.get(id(rule))
    if found is None:
        names = scope(rulebook, rule.jurisdiction)
        try:
            when = parse(rule.when, names)
            requires = None if rule.requires is None else parse(rule.requires, names)
        except BadExpressionError as error:
            raise Malformed(
                Reason.RULEBOOK_INVALID, file=rule.place, entry=rule.id, problem=str(error)
            ) from None
        found = rulebook.trees[id(rule)] = (when, requires)
    return found


def resolve(rulebook: Rulebook, key: Key) -> list[Bound]:
    """The rules that apply, in the order they are told, exceptions before what they replace."""
    rules = list(_touching(rulebook, key))
    rules.sort(key=lambda each: (each[0].remedy in LAST, each[0].jurisdiction, each[0].id))
    _check_edition(rulebook, key, rules)
    ordered = _exceptions_first(rules)
    places: dict[str, list[int]] = {}
    for place, (rule, _) in enumerate(ordered):
        if rule.exception_of is not None:
            places.setdefault(rule.exception_of, []).append(place)
    bound: list[Bound | None] = []
    for rule, side in ordered:
        instead = set(_below(ordered, places, rule.id))
        for place in places.get(rule.exception_of or "", ()):
            if ordered[place][0].priority > rule.priority:
                instead |= {place, *_below(ordered, places, ordered[place][0].id)}
        bound.append(_bind(rulebook, key, rule, side, tuple(sorted(instead))))
    return _dropped(bound)


def _below(
    ordered: list[tuple[Rule, Side]], places: Mapping[str, list[int]], rule_id: str
) -> Iterator[int]:
    """The places of a rule's exceptions and of theirs, which stand in its place as well."""
    for place in places.get(rule_id, ()):
        yield place
        yield from _below(ordered, places, ordered[place][0].id)


def _dropped(bound: list[Bound | None]) -> list[Bound]:
    """Without the rules that can never apply here, the places of the others moved up."""
    moved: dict[int, int] = {}
    for place, each in enumerate(bound):
        if each is not None:
            moved[place] = len(moved)
    return [
        Bound(
            each.rule,
            each.side,
            each.when,
            each.requires,
            each.frame,
            tuple(moved[place] for place in each.instead if place in moved),
        )
        for each in bound
        if each is not None
    ]


def _touching(rulebook: Rulebook, key: Key) -> Iterator[tuple[Rule, Side]]:
    books: Mapping[Side, tuple[str, ...]]
    if key.act is Act.PAYMENT:
        books = {
            Side.SENDING: (*rulebook.touched(key.source), *rulebook.networks),
            Side.RECEIVING: (*rulebook.touched(key.destination), *rulebook.networks),
        }
    else:
        books = {Side.HOME: rulebook.touched(key.source)}
    for rule in rulebook.rules_on(key.on):
        if rule.act is key.act and rule.jurisdiction in books.get(rule.side, ()):
            yield rule, rule.side


def _check_edition(rulebook: Rulebook, key: Key, rules: list[tuple[Rule, Side]]) -> None:
    """A day before every edition of a country's rules about the act is an error, not silence."""
    for country in dict.fromkeys((key.source, key.destination)):
        books = set(rulebook.touched(country))
        known = [r for r in rulebook.rules if r.act is key.act and r.jurisdiction in books]
        starts = [rule.valid_from for rule in known if rule.binding and rule.valid_from]
        dateless = any(rule.binding and rule.valid_from is None for rule in known)
        bound = any(rule.jurisdiction in books for rule, _ in rules)
        if starts and not dateless and not bound and key.on < min(starts):
            first = min(starts)
            place = next(r.place for r in known if r.valid_from == first)
            raise NotFound(
                Reason.RULEBOOK_VALUE_MISSING,
                id=f"{country} {key.act}",
                on=f"{key.on} (the first edition begins {first}, {place})",
            )


def _exceptions_first(rules: list[tuple[Rule, Side]]) -> list[tuple[Rule, Side]]:
    """A rule stands after all that may take its place."""
    by_base: dict[str, list[tuple[Rule, Side]]] = {}
    present = {rule.id for rule, _ in rules}
    for each in rules:
        base = each[0].exception_of
        if base in present and base is not None:
            by_base.setdefault(base, []).append(each)
    ordered: list[tuple[Rule, Side]] = []

    def put(each: tuple[Rule, Side]) -> None:
        for exception in sorted(by_base.get(each[0].id, ()), key=lambda e: -e[0].priority):
            put(exception)
        ordered.append(each)

    for each in rules:
        if each[0].exception_of not in present:
            put(each)
    return ordered


def _bind(
    rulebook: Rulebook, key: Key, rule: Rule, side: Side, instead: tuple[int, ...]
) -> Bound | None:
    """The rule with its figures; None if it cannot apply on this way at all."""
    when, requires = trees(rulebook, rule)
    conditions = tuple(_part(rulebook, key, rule, side, each) for each in parts(when))
    if any(part.constant is False for part in conditions):
        return None
    conditions = tuple(part for part in conditions if part.constant is None)
    asked = () if requires is None else parts(requires)
    required = tuple(_part(rulebook, key, rule, side, each) for each in asked)
    frame = _frame(rulebook, key, rule, side, when)
    return Bound(rule, side, conditions, required, _due(rulebook, key, rule, frame), instead)


def _index(key: Key, side: Side, rulebook: Rulebook, word: str) -> str:
    here, there = key.source, key.destination
    if side is Side.RECEIVING:
        here, there = there, here
    if word == "way":
        return f"{key.source}-{key.destination}"
    if word == "country":
        return here
    if word == "other_country":
        return there
    known = rulebook.jurisdictions.get(here)
    return "-" if known is None or known.currency is None else known.currency


def _value(rulebook: Rulebook, key: Key, side: Side, ref: ValueRef) -> tuple[str, Value | None]:
    id_ = ref.id
    if ref.index is not None:
        id_ = f"{id_}.{_index(key, side, rulebook, ref.index)}"
    return id_, rulebook.find(id_, key.on)


def _part(rulebook: Rulebook, key: Key, rule: Rule, side: Side, tree: Node) -> Part:
    """One condition with its figures. A text that does not bind is no figure."""
    figures: dict[ValueRef, Literal] = {}
    frame = _frame(rulebook, key, rule, side, tree)
    for ref in values_in(tree):
        id_, value = _value(rulebook, key, side, ref)
        if value is None or not value.binding or value.value is None:
            silent = value is None or not value.binding
            fails = silent and rule.when_silent is Silence.REFUSE
            told = measured(_told_way(frame, tree), tree)
            if silent and value is not None:
                told = replace(told, provision=f"{value.citation} ({value.status}, not in force)")
            if fails:
                told = replace(told, failing=_failing(rule, sure=rule.sure))
            asked = tuple(fact for fact in facts_in(tree) if fact not in DERIVED)
            return Part(None, told, asked, id_, fails)
        figures[ref] = Literal(datum.raw_of(value.value), ref.type)
    known = _filled(tree, figures, _derived(rulebook, key, side))
    return Part(known, measured(_told_way(frame, tree), known), facts_in(known))


def _derived(rulebook: Rulebook, key: Key, side: Side) -> Mapping[str, bool]:
    """The facts that the way itself tells."""
    here = key.destination if side is Side.RECEIVING else key.source
    return {
        "crosses_border": key.source != key.destination,
        "law_read": bool(rulebook.touched(here)),
    }


def _told_way(frame: Frame, tree: Node) -> Frame:
    ways = [ref for ref in values_in(tree) if ref.index == "way"]
    return replace(frame, threshold_text="open") if ways else frame


def _filled(tree: Node, figures: Mapping[ValueRef, Literal], known: Mapping[str, bool]) -> Node:
    def of(node: Node) -> Node:
        match node:
            case ValueRef():
                return figures[node]
            case FactRef(name=name) if name in known:
                return Literal(known[name], node.type)
            case Not(operand=operand):
                return Not(of(operand))
            case Joined(word=word, operands=operands):
                return Joined(word, tuple(of(each) for each in operands))
            case Compared(operator=operator, left=left, right=right):
                return Compared(operator, of(left), of(right))
            case OneOf(left=left, choices=choices):
                return OneOf(of(left), choices)
            case Sum(operator=operator, left=left, right=right, type=type_):
                return Sum(operator, of(left), of(right), type_)
            case _:
                return node

    return of(tree)


def _frame(rulebook: Rulebook, key: Key, rule: Rule, side: Side, tree: Node) -> Frame:
    """The texts of one condition: of the figure it reads, and of the rule itself."""
    found = [_value(rulebook, key, side, ref) for ref in values_in(tree)]
    entries = [rule, *(value for _, value in found if value is not None)]
    value_id, value = found[0] if found else ("", None)
    cited = value.citation if value is not None else None if found else rule.citation
    least = min(entries, key=lambda entry: SURENESS.index(entry.confidence))
    return Frame(
        rule=rule.id,
        effect=rule.effect.value,
        side=side.value,
        value_id=value_id,
        provision=SILENT if cited is None else str(cited),
        rule_provision=str(rule.citation),
        instrument_url=None if cited is None else cited.url,
        unit="" if value is None else value.unit,
        failing=_failing(rule, sure=least.sure),
        status=(rule if value is None else value).status.value,
        confidence=least.confidence.value,
        label=next((entry.label for entry in entries if entry.label), ""),
        reason=None if rule.reason is None else rule.reason.value,
        duty=rule.duty,
        remedy=None if rule.remedy is None else rule.remedy.value,
        place=rule.place,
    )


def _failing(rule: Rule, *, sure: bool) -> Finding:
    return Finding.FAILED if rule.effect is Effect.REFUSE and sure else Finding.NOTED


def _due(rulebook: Rulebook, key: Key, rule: Rule, frame: Frame) -> Frame:
    """What a duty asks to be collected or shown, and by when."""
    fields, within = (
        None if id_ is None else rulebook.find(id_, key.on) for id_ in (rule.fields, rule.within)
    )
    listed = fields.value if fields is not None and fields.binding else None
    told = ""
    if within is not None and within.binding and within.value is not None:
        told = f"{within.value} {within.unit}"
    return replace(frame, fields=listed if isinstance(listed, tuple) else (), within=told)
