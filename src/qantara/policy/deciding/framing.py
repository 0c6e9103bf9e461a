"""What a trace says of a condition: which fact was seen, and against what."""

from msgspec.structs import replace

from qantara.policy.deciding.decision import Frame, Raw, shown
from qantara.policy.language.expression import (
    NUMBERS,
    Compared,
    FactRef,
    Joined,
    Literal,
    Node,
    Not,
    OneOf,
    Type,
    facts_in,
    walk,
)
from qantara.policy.language.meaning import FLIPPED, sides, told_by


def measured(frame: Frame, tree: Node) -> Frame:
    """What is observed and against what, where the condition has one such pair."""
    match tree:
        case Joined(word="or"):
            return measured(frame, told_by(tree))
        case Compared(
            operator="in", left=FactRef() as ref, right=Literal(value=frozenset() as among)
        ):
            text = " ".join(sorted(among))
            return replace(frame, fact=ref.name, type=ref.type, operator="in", threshold_text=text)
        case Not(operand=FactRef(name=name, type=type_)):
            return replace(frame, fact=name, type=type_, operator="==", threshold=False)
        case FactRef(name=name, type=type_):
            return replace(frame, fact=name, type=type_, operator="==", threshold=True)
        case OneOf(left=FactRef(name=name, type=type_), choices=choices):
            text = " ".join(choices)
            return replace(frame, fact=name, type=type_, operator="in", threshold_text=text)
        case Compared(operator="subset", left=Literal(value=value), right=FactRef(name=name)):
            return _wanted(frame, name, tree.right.type, value)
        case Compared(operator="in", left=Literal(value=value), right=FactRef(name=name)):
            return _wanted(frame, name, tree.right.type, frozenset({str(value)}))
        case Compared(operator=operator) if operator in FLIPPED:
            return _compared(frame, tree)
        case _:
            return _unmeasured(frame, tree)


def _unmeasured(frame: Frame, tree: Node) -> Frame:
    """What is seen of it is its first fact, and no bound."""
    first = next((node for node in walk(tree) if isinstance(node, FactRef)), None)
    return frame if first is None else replace(frame, type=first.type)


def _wanted(frame: Frame, fact: str, type_: Type, wanted: Raw) -> Frame:
    return replace(
        frame,
        fact=fact,
        type=type_,
        operator="superset",
        threshold=wanted,
        threshold_text=shown(wanted, type_),
    )


def _compared(frame: Frame, tree: Compared) -> Frame:
    operator, seen, bound = sides(tree)
    threshold = bound.value if isinstance(bound, Literal) else None
    number = seen.type.kind in NUMBERS
    return replace(
        frame,
        fact=seen.name if isinstance(seen, FactRef) and seen.name not in facts_in(bound) else "",
        type=seen.type,
        unit=frame.unit or seen.type.unit,
        operator=operator,
        threshold=threshold,
        threshold_text=shown(threshold, seen.type) if number or threshold is not None else "",
    )
