"""Rules of one day as flat Python: one function that traces, one that only judges.

The text is made from checked trees alone. It names local variables, numbered constants and
nothing else, and runs without builtins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qantara.policy.deciding.decision import Finding, Frame, Outcome, Step
from qantara.policy.deciding.resolving import Bound, Part
from qantara.policy.language.expression import (
    NUMBERS,
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    Not,
    OneOf,
    Sum,
    walk,
)
from qantara.policy.language.meaning import places_of_product, sides, told_by
from qantara.policy.language.vocabulary import COMMON_FACTS, Side

ALWAYS_KNOWN = frozenset({"country", "currency", "act", "via"})
SEVERITY = {
    Outcome.ALLOWED: 0,
    Outcome.ALLOWED_WITH_DUTIES: 1,
    Outcome.REVIEW: 2,
    Outcome.REFUSED: 3,
}
OUTCOMES = tuple(SEVERITY)
_WEIGHT = {Finding.DUE: 1, Finding.NOTED: 2, Finding.FAILED: 3}


def variable(side: Side, fact: str) -> str:
    """The local name of a fact, as one side knows it."""
    if fact in COMMON_FACTS:
        return f"c_{fact}"
    return f"r_{fact}" if side is Side.RECEIVING else f"s_{fact}"


def ten(places: int) -> str:
    return f" * {10**places}" if places else ""


@dataclass(slots=True)
class Writer:
    """The text of one function as it grows, with the constants it names."""

    traced: bool
    lines: list[str] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    used: dict[str, tuple[Side, str]] = field(default_factory=dict)

    def put(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def constant(self, value: Any) -> str:
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return name

    def var(self, side: Side, fact: str) -> str:
        name = variable(side, fact)
        self.used[name] = (side, fact)
        return name


def flag(w: Writer, side: Side, tree: Node) -> str:
    """A condition as text."""
    match tree:
        case Literal(value=value):
            return repr(bool(value))
        case FactRef(name=name):
            return w.var(side, name)
        case Not(operand=operand):
            return f"(not {flag(w, side, operand)})"
        case Joined(word=word, operands=operands):
            return "(" + f" {word} ".join(flag(w, side, each) for each in operands) + ")"
        case OneOf(left=left, choices=choices):
            return f"({thing(w, side, left)} in {w.constant(frozenset(choices))})"
        case Compared(operator="subset", left=left, right=right):
            return f"({thing(w, side, left)} <= {thing(w, side, right)})"
        case Compared(operator="in", left=left, right=right):
            return f"({thing(w, side, left)} in {thing(w, side, right)})"
        case Compared(operator=operator, left=left, right=right) if left.type.kind in NUMBERS:
            one, other = scaled(w, side, left, right)
            return f"({one} {operator} {other})"
        case Compared(operator=operator, left=left, right=right):
            return f"({thing(w, side, left)} {operator} {thing(w, side, right)})"
        case _:
            raise TypeError(f"{tree} is no condition")


def thing(w: Writer, side: Side, tree: Node) -> str:
    """A choice, a code, a set or a flag as text."""
    if isinstance(tree, FactRef):
        return w.var(side, tree.name)
    if isinstance(tree, Literal):
        return w.constant(tree.value)
    return flag(w, side, tree)


def number(w: Writer, side: Side, tree: Node) -> tuple[str, int]:
    """A number as text, and the decimal places it carries beyond its unit."""
    match tree:
        case Literal(value=value):
            return repr(value), 0
        case FactRef(name=name):
            return w.var(side, name), 0
        case Sum(operator="*", left=left, right=right):
            (one, ones), (other, others) = number(w, side, left), number(w, side, right)
            return f"({one} * {other})", ones + others + places_of_product(tree)
        case Sum(operator=operator, left=left, right=right):
            (one, ones), (other, others) = number(w, side, left), number(w, side, right)
            return f"({one}{ten(others)} {operator} {other}{ten(ones)})", ones + others
        case _:
            raise TypeError(f"{tree} is no number")


def scaled(w: Writer, side: Side, left: Node, right: Node) -> tuple[str, str]:
    """Two numbers with the same decimal places."""
    (one, ones), (other, others) = number(w, side, left), number(w, side, right)
    return f"{one}{ten(others)}", f"{other}{ten(ones)}"


def _known(w: Writer, side: Side, facts: Sequence[str]) -> str:
    names = [w.var(side, fact) for fact in facts if fact not in ALWAYS_KNOWN]
    return " and ".join(f"{name} is not None" for name in names)


def _unknown(w: Writer, side: Side, facts: Sequence[str]) -> str:
    names = [w.var(side, fact) for fact in facts if fact not in ALWAYS_KNOWN]
    return " or ".join(f"{name} is None" for name in names)


def _observed(w: Writer, side: Side, tree: Node) -> tuple[str, str]:
    """What a trace says was seen, and the room left, as text."""
    tree = told_by(tree)
    if isinstance(tree, Compared) and tree.left.type.kind in NUMBERS:
        operator, seen, bound = sides(tree)
        (one, ones), (other, others) = number(w, side, seen), number(w, side, bound)
        places = ones + others
        left, right = f"{one}{ten(others)}", f"{other}{ten(ones)}"
        room = f"{right} - {left}" if operator in {"<", "<="} else f"{left} - {right}"
        if operator in {"==", "!="}:
            room = "None"
        elif places:
            room = _whole(room, places, up=operator in {"<", ">"})
        return _whole(one, ones, up=operator in {"<=", ">"}), room
    facts = [n for n in walk(tree) if isinstance(n, FactRef)]
    return (w.var(side, facts[0].name) if facts else "None"), "None"


def _whole(text: str, places: int, *, up: bool) -> str:
    """Rounded so that the room left is below zero, or none of a strict bound, exactly where the
    condition fails, and so that what was seen and the room add up to a whole bound.
    """
    if not places:
        return text
    return f"-(-({text}) // {10**places})" if up else f"({text}) // {10**places}"


def _step(w: Writer, frame: Frame, finding: Finding, seen: str = "None", room: str = "None") -> str:
    """A step: ready made where it says nothing of the facts."""
    if seen == room == "None":
        return w.constant(Step(frame, finding, told_way(frame)))
    return f"Step({w.constant(frame)}, {w.constant(finding)}, {seen}, {room})"


def told_way(frame: Frame) -> str | None:
    """Of a way that is open or closed, the way itself is what was seen."""
    return frame.value_id.rpartition(".")[2] if frame.threshold_text == "open" else None


def _outcome(w: Writer, indent: int, finding: Finding, step: str) -> None:
    weight = _WEIGHT.get(finding, 0)
    if not w.traced:
        if weight == SEVERITY[Outcome.REFUSED]:
            w.put(indent, f"return {weight}, {step}")
        elif weight:
            w.put(indent, f"if worst < {weight}: worst = {weight}")
        else:
            w.put(indent, "pass")
        return
    if weight == SEVERITY[Outcome.REFUSED]:
        w.put(indent, f"step = {step}")
        w.put(indent, "trace(step)")
        w.put(indent, f"if worst < {weight}: worst = {weight}; first = step")
        return
    w.put(indent, f"trace({step})")
    if weight:
        w.put(indent, f"if worst < {weight}: worst = {weight}")


def write(w: Writer, bound: Sequence[Bound]) -> None:
    """Every rule in order; exceptions note that they hold before what they replace."""
    replaced = {place for each in bound for place in each.instead}
    for place in sorted(replaced):
        w.put(1, f"x{place} = False")
    for place, each in enumerate(bound):
        _rule(w, place, each, holds=place in replaced)


def _rule(w: Writer, place: int, each: Bound, *, holds: bool) -> None:
    """One rule: first what keeps it from applying, then what it finds."""
    w.put(1, f"# {each.rule.id}")
    tests = [f"{' or '.join(f'x{other}' for other in each.instead)}"] if each.instead else []
    needed: list[str] = []
    for part in each.when:
        if part.tree is not None:
            facts = [fact for fact in part.facts if fact not in ALWAYS_KNOWN]
            needed += facts
            known = _known(w, each.side, facts)
            tests.append(f"{known + ' and ' if known else ''}not {flag(w, each.side, part.tree)}")
    for at, test in enumerate(tests):
        w.put(1, f"{'elif' if at else 'if'} {test}: pass")
    if needed:
        w.put(1, f"{'elif' if tests else 'if'} {_unknown(w, each.side, needed)}:")
        _unknown_step(w, 2, each, each.frame, needed)
    w.put(1, "else:" if tests or needed else "if True:")
    if holds and all(part.tree is not None for part in each.when):
        w.put(2, f"x{place} = True")
    _found(w, each)


def _found(w: Writer, each: Bound) -> None:
    """What a rule that applies finds; in silence about where it applies, nothing certain."""
    silent = next((part for part in each.when if part.tree is None), None)
    if silent is not None:
        _outcome(w, 2, Finding.UNDETERMINED, _step(w, silent.frame, Finding.UNDETERMINED))
    elif each.rule.effect.is_duty:
        _outcome(w, 2, Finding.DUE, _step(w, each.frame, Finding.DUE))
    for part in () if silent is not None else each.requires:
        _required(w, each, part)
    w.put(2, "pass")


def _unknown_step(w: Writer, indent: int, each: Bound, frame: Frame, facts: Sequence[str]) -> None:
    if not w.traced:
        w.put(indent, "pass")
        return
    needed = list(dict.fromkeys(fact for fact in facts if fact not in ALWAYS_KNOWN))
    names = [f"{_owner(each.side, fact)}.{fact}" for fact in needed]
    if len(needed) == 1:
        step = Step(frame, Finding.UNDETERMINED, None, None, tuple(names))
        w.put(indent, f"unknown({w.constant(step)})")
        return
    pairs = ", ".join(
        f"({w.constant(name)}, {w.var(each.side, fact)})"
        for name, fact in zip(names, needed, strict=True)
    )
    finding = w.constant(Finding.UNDETERMINED)
    w.put(indent, f"absent = tuple([name for name, fact in ({pairs}) if fact is None])")
    w.put(indent, f"unknown(Step({w.constant(frame)}, {finding}, None, None, absent))")


def _owner(side: Side, fact: str) -> str:
    if fact in COMMON_FACTS:
        return "act"
    return "recipient" if side is Side.RECEIVING else "sender"


def _required(w: Writer, each: Bound, part: Part) -> None:
    """What must hold: passed, failed, or not known."""
    if part.tree is None:
        finding = part.frame.failing if part.fails else Finding.UNDETERMINED
        seen = ("None", "None") if part.fails else _seen_alone(w, each.side, part)
        _outcome(w, 2, finding, _step(w, part.frame, finding, *seen))
        return
    constant = part.constant
    if constant is not None:
        finding = Finding.PASSED if constant else part.frame.failing
        _outcome(w, 2, finding, _step(w, part.frame, finding))
        return
    word = "if"
    unknown = _unknown(w, each.side, part.facts)
    if unknown:
        w.put(2, f"if {unknown}:")
        _unknown_step(w, 3, each, part.frame, part.facts)
        word = "elif"
    seen = _observed(w, each.side, part.tree)
    w.put(2, f"{word} {flag(w, each.side, part.tree)}:")
    _outcome(w, 3, Finding.PASSED, _step(w, part.frame, Finding.PASSED, *seen))
    w.put(2, "else:")
    _outcome(w, 3, part.frame.failing, _step(w, part.frame, part.frame.failing, *seen))


def _seen_alone(w: Writer, side: Side, part: Part) -> tuple[str, str]:
    """Where no figure stands, the trace still says what there was to compare."""
    return (w.var(side, part.facts[0]) if part.facts else "None"), "None"


def source(bound: Sequence[Bound], *, traced: bool) -> tuple[str, dict[str, Any]]:
    """The text of the function and the constants it names."""
    w = Writer(traced)
    write(w, bound)
    owners = {"s": "sender", "r": "recipient", "c": "act"}
    heads = [f"    {name} = {owners[name[0]]}.{fact}" for name, (_, fact) in sorted(w.used.items())]
    if any(name.startswith("r_") for name in w.used):
        heads.insert(0, "    recipient = act.recipient")
    arguments = "act, trace, unknown" if traced else "act"
    top = [f"def decide({arguments}):", "    sender = act.sender", *heads]
    top += ["    worst = 0", "    first = None"]
    tail = ["    return worst, first", ""]
    return "\n".join([*top, *w.lines, *tail]), {"Step": Step, "tuple": tuple, **w.constants}
