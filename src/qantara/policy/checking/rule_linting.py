"""What can be wrong with rules: their effect, their exceptions, whether they can ever bind."""

from collections.abc import Iterator
from datetime import date

from qantara.policy.books.entries import (
    BOOKS_WITHOUT_LAW,
    Defect,
    DefectKind,
    Effect,
    Entry,
    Rule,
    Silence,
    ValueType,
)
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding.resolving import trees
from qantara.policy.language.expression import (
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    OneOf,
    parts,
    values_in,
)
from qantara.policy.language.topics import Topic
from qantara.policy.language.vocabulary import PARTY_FACTS, PERSONAL_DATA, Act, FactType, Side


def lint(rulebook: Rulebook) -> Iterator[Defect]:
    for rule in rulebook.rules:
        yield from _effect(rule)
        yield from _named(rulebook, rule)
        yield from _binds(rulebook, rule)
    yield from _exceptions(rulebook)


def _defect(kind: DefectKind, entry: Entry, detail: str) -> Defect:
    return Defect(kind, entry.id, detail, entry.place)


def _effect(rule: Rule) -> Iterator[Defect]:
    """A refusal has a reason and a condition, a duty has neither; the side fits the act."""
    duty = rule.effect.is_duty
    if duty != (rule.duty is not None) or duty == (rule.reason is not None):
        yield _defect(DefectKind.EXPRESSION, rule, f"{rule.effect}: reason or duty is wrong")
    if duty == (rule.requires is not None):
        yield _defect(DefectKind.EXPRESSION, rule, f"{rule.effect}: requires is wrong")
    if not duty and rule.remedy is None:
        yield _defect(DefectKind.EXPRESSION, rule, "a refusal says what can be done")
    if (rule.act is Act.PAYMENT) == (rule.side is Side.HOME):
        yield _defect(DefectKind.EXPRESSION, rule, f"{rule.act} has no side {rule.side}")
    if rule.when_silent is Silence.REFUSE and rule.effect is not Effect.REFUSE:
        yield _defect(DefectKind.EXPRESSION, rule, "only a refusal can refuse in silence")


def _named(rulebook: Rulebook, rule: Rule) -> Iterator[Defect]:
    """What a duty asks for is a list of known things, and by when, a time."""
    for id_, kind in ((rule.fields, ValueType.CODES), (rule.within, ValueType.DURATION)):
        if id_ is None:
            continue
        editions = rulebook.editions(id_)
        if not editions or editions[0].type is not kind:
            yield _defect(DefectKind.EXPRESSION, rule, f"no book has a value {id_} of type {kind}")
    for code in _listed(rulebook, rule):
        if code not in LISTABLE:
            yield _defect(DefectKind.EXPRESSION, rule, f"{rule.fields}: nothing is called {code}")


LISTABLE = frozenset((*PERSONAL_DATA, *PARTY_FACTS["disclosed"].choices, *Topic))
"""What a duty can ask to be collected or shown; a topic, where nothing was checked on it."""


def _listed(rulebook: Rulebook, rule: Rule) -> Iterator[str]:
    for edition in () if rule.fields is None else rulebook.editions(rule.fields):
        yield from edition.value if isinstance(edition.value, tuple) else ()


def meets(one: Entry, other: Entry) -> bool:
    """Whether two texts share a day."""
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_to or date.max, other.valid_to or date.max)
    return first <= last


def _binds(rulebook: Rulebook, rule: Rule) -> Iterator[Defect]:
    """A binding rule can be met: its conditions do not exclude each other, and on some of its
    days a text binds for every value it reads.
    """
    if not rule.binding:
        return
    when, requires = trees(rulebook, rule)
    conditions = parts(when)
    if any(excludes(one, other) for one in conditions for other in conditions):
        yield _defect(DefectKind.NEVER_BINDS, rule, "its conditions exclude each other")
    if Literal(value=False, type=when.type) in conditions:
        yield _defect(DefectKind.NEVER_BINDS, rule, "it never applies")
    for ref in (ref for tree in (when, requires) if tree is not None for ref in values_in(tree)):
        if ref.index is not None or rule.jurisdiction in BOOKS_WITHOUT_LAW:
            continue
        editions = [e for e in rulebook.editions(ref.id) if not e.label]
        if all(not each.binding for each in editions):
            told = f"{ref.id} is no text in force"
            yield _defect(DefectKind.PROPOSAL_ENFORCED, rule, told)
        elif not any(each.binding and meets(each, rule) for each in editions):
            yield _defect(DefectKind.NEVER_BINDS, rule, f"{ref.id} binds on none of its days")


def excludes(one: Node, other: Node) -> bool:
    """Whether two conditions can be seen to contradict each other: the same choice or flag, told
    to be two different things.
    """
    first, second = _choices(one), _choices(other)
    if first is None or second is None or first[0] != second[0]:
        return False
    return not first[1] & second[1]


def _choices(node: Node) -> tuple[str, frozenset[object]] | None:
    """A fact and the things it may be, where a condition says just that."""
    match node:
        case Compared(operator="==", left=FactRef(name=name), right=Literal(value=value)):
            return name, frozenset({value})
        case Compared(operator="==", left=Literal(value=value), right=FactRef(name=name)):
            return name, frozenset({value})
        case OneOf(left=FactRef(name=name), choices=choices):
            return name, frozenset(choices)
        case FactRef(name=name, type=type_) if type_.kind is FactType.FLAG:
            return name, frozenset({True})
        case Joined(word="or", operands=operands):
            found = [_choices(each) for each in operands]
            names = {each[0] for each in found if each is not None}
            if None in found or len(names) != 1:
                return None
            return names.pop(), frozenset().union(*(e[1] for e in found if e is not None))
        case _:
            return _negated(node)


def _negated(node: Node) -> tuple[str, frozenset[object]] | None:
    operand = getattr(node, "operand", None)
    if isinstance(operand, FactRef) and operand.type.kind is FactType.FLAG:
        return operand.name, frozenset({False})
    return None


def _exceptions(rulebook: Rulebook) -> Iterator[Defect]:
    """An exception names a rule of the same act and side; two of equal rank exclude each other."""
    by_id = {rule.id: rule for rule in rulebook.rules}
    editions = {id_: [rule for rule in rulebook.rules if rule.id == id_] for id_ in by_id}
    exceptions = [rule for rule in rulebook.rules if rule.exception_of is not None]
    for rule in exceptions:
        bases = editions.get(str(rule.exception_of), [])
        binding = [base for base in bases if base.binding]
        if not bases:
            yield _defect(DefectKind.EXCEPTION, rule, f"no rule {rule.exception_of}")
        elif any((base.act, base.side) != (rule.act, rule.side) for base in bases):
            told = f"{rule.exception_of} is about another act or side"
            yield _defect(DefectKind.EXCEPTION, rule, told)
        elif any(rule.id in _above(by_id, base) for base in bases):
            yield _defect(DefectKind.EXCEPTION, rule, "it is an exception of itself")
        elif binding and rule.binding and not any(meets(base, rule) for base in binding):
            told = f"{rule.exception_of} binds on none of its days"
            yield _defect(DefectKind.EXCEPTION, rule, told)
    for place, one in enumerate(exceptions):
        for other in exceptions[place + 1 :]:
            if _rival(rulebook, one, other):
                told = f"{other.id} has the same rank and may apply at the same time"
                yield _defect(DefectKind.EXCEPTION, one, told)


def _above(by_id: dict[str, Rule], rule: Rule) -> set[str]:
    """The ids of everything a rule is, in the end, an exception of, itself included."""
    found: set[str] = set()
    at: Rule | None = rule
    while at is not None and at.id not in found:
        found.add(at.id)
        at = by_id.get(at.exception_of) if at.exception_of is not None else None
    return found


def _rival(rulebook: Rulebook, one: Rule, other: Rule) -> bool:
    same = (one.exception_of, one.priority) == (other.exception_of, other.priority)
    if not same or one.id == other.id or not meets(one, other):
        return False
    if one.binding != other.binding:
        return False
    first, second = (parts(trees(rulebook, rule)[0]) for rule in (one, other))
    return not any(excludes(a, b) for a in first for b in second)
