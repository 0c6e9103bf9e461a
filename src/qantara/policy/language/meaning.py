"""What conditions mean: the sense that compiled packs are held to."""

from collections.abc import Mapping

from qantara.policy.deciding.decision import MILLION, Raw
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
    facts_in,
)
from qantara.policy.language.vocabulary import FactType

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def told_by(tree: Node) -> Node:
    """The condition a trace tells of: of alternatives, the first that depends on facts."""
    if isinstance(tree, Joined) and tree.word == "or":
        return told_by(next((each for each in tree.operands if facts_in(each)), tree.operands[0]))
    return tree


def sides(tree: Compared) -> tuple[str, Node, Node]:
    """The operator with what is observed on its left and what bounds it on its right."""
    if not facts_in(tree.left) and facts_in(tree.right):
        return FLIPPED[tree.operator], tree.right, tree.left
    return tree.operator, tree.left, tree.right


def evaluate(tree: Node, facts: Mapping[str, Raw]) -> Raw:
    """What a tree of figures and facts says: the meaning that compiled packs are held to."""
    match tree:
        case Literal(value=value):
            return value
        case FactRef(name=name):
            return facts[name]
        case Not(operand=operand):
            return not evaluate(operand, facts)
        case Joined(word=word, operands=operands):
            found = (bool(evaluate(each, facts)) for each in operands)
            return all(found) if word == "and" else any(found)
        case OneOf(left=left, choices=choices):
            return evaluate(left, facts) in choices
        case Compared(operator=operator, left=left, right=right):
            return _holds(operator, left, right, facts)
        case _:
            number, scale = _number(tree, facts)
            whole: int = number // 10**scale
            return whole


def _holds(operator: str, left: Node, right: Node, facts: Mapping[str, Raw]) -> bool:
    if left.type.kind in NUMBERS:
        (one, ones), (other, others) = _number(left, facts), _number(right, facts)
        one, other = one * 10**others, other * 10**ones
        return bool(
            {
                "==": one == other,
                "!=": one != other,
                "<": one < other,
                "<=": one <= other,
                ">": one > other,
                ">=": one >= other,
            }[operator]
        )
    first, second = evaluate(left, facts), evaluate(right, facts)
    if operator == "subset":
        return isinstance(first, frozenset) and isinstance(second, frozenset) and first <= second
    if operator == "in":
        return isinstance(second, frozenset) and first in second
    return (first == second) is (operator == "==")


def _number(tree: Node, facts: Mapping[str, Raw]) -> tuple[int, int]:
    """A number and how many decimal places it carries beyond its unit."""
    if isinstance(tree, Sum):
        (one, ones), (other, others) = _number(tree.left, facts), _number(tree.right, facts)
        if tree.operator == "*":
            return one * other, ones + others + places_of_product(tree)
        one, other = one * 10**others, other * 10**ones
        return (one + other if tree.operator == "+" else one - other), ones + others
    found = evaluate(tree, facts)
    if not isinstance(found, int):
        raise TypeError(f"{tree} is no number")
    return found, 0


def places_of_product(tree: Sum) -> int:
    """Ratios are millionths: a product with one carries six more places."""
    ratios = [side for side in (tree.left, tree.right) if side.type.kind is FactType.RATIO]
    return len(str(MILLION)) - 1 if ratios else 0
