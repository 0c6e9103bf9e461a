"""The situations written beside values and rules, decided by the engine."""

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from qantara.errors import Malformed, NotFound
from qantara.policy.books.entries import Rule, RuleCase, Status, Value
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.books.writing import datum_json
from qantara.policy.deciding import asking
from qantara.policy.deciding.decision import Decision, Finding
from qantara.policy.deciding.pack import pack
from qantara.policy.deciding.resolving import Key, trees
from qantara.policy.language.expression import values_in
from qantara.policy.language.vocabulary import COMMON_FACTS, Act, Facts, Side

NOT_APPLICABLE = "not_applicable"
PARTNERS = {"MY": "PK", "PK": "MY", "FR": "MY"}
"""The other side of a payment where a case names none."""
MEMBERS = {"EU": "FR", "NEXUS": "MY"}
"""The country in which a case of a book without one is played."""

OverlayOf = Callable[[str], Rulebook]


class Miss(Struct, frozen=True):
    """A case that came out otherwise."""

    entry: str
    place: str
    kind: str
    on: str
    expected: str
    found: str


class CaseRun(Struct, frozen=True):
    """How many cases were decided, and those that came out otherwise."""

    cases: int
    misses: tuple[Miss, ...]


def run(rulebook: Rulebook, overlaid: OverlayOf, only: frozenset[str] | None = None) -> CaseRun:
    """Decide every case; of the named books only, if any are named."""
    count = 0
    misses: list[Miss] = []
    for found in _all(rulebook, overlaid, only):
        count += 1
        if found is not None:
            misses.append(found)
    return CaseRun(count, tuple(misses))


def _all(
    rulebook: Rulebook, overlaid: OverlayOf, only: frozenset[str] | None
) -> Iterator[Miss | None]:
    for value in rulebook.entries:
        if only is None or value.jurisdiction in only:
            yield from of_value(rulebook, value)
    for rule in rulebook.rules:
        if only is None or rule.jurisdiction in only:
            yield from of_rule(rulebook, rule, overlaid)


def of_value(rulebook: Rulebook, value: Value) -> Iterator[Miss | None]:
    """Asked of the whole rulebook; on its own days, a text that does not bind speaks for itself."""
    for case in value.cases:
        own = not value.binding and value.covers(case.on)
        found = value if own else rulebook.find(value.id, case.on)
        read = None if found is None else found.value
        wrong = read != case.value or case.unit not in {"", value.unit}
        yield (
            Miss(
                value.id,
                value.place,
                "value",
                case.on.isoformat(),
                f"{datum_json(case.value)} {case.unit}".strip(),
                f"{datum_json(read)} {value.unit if case.unit else ''}".strip(),
            )
            if wrong
            else None
        )


def of_rule(rulebook: Rulebook, rule: Rule, overlaid: OverlayOf) -> Iterator[Miss | None]:
    """A rule that does not bind is asked what it would find if it did."""
    law_itself = rulebook if rule.binding else as_in_force(rulebook, rule)
    for case in rule.cases:
        law = law_itself if case.overlay is None else overlaid(case.overlay)
        try:
            found = finding(law, rule, case)
        except Malformed as error:
            found = str(error)
        on = case.on.isoformat()
        wrong = found != case.finding
        yield Miss(rule.id, rule.place, case.kind, on, case.finding, found) if wrong else None


def as_in_force(rulebook: Rulebook, rule: Rule) -> Rulebook:
    """The rulebook in which a rule that does not bind does, with the values that it reads."""
    read = {ref.id for tree in trees(rulebook, rule) if tree is not None for ref in values_in(tree)}
    values = [each for each in rulebook.entries if each.id in read and not each.binding]
    return rulebook.overlay(
        [replace(each, status=Status.IN_FORCE) for each in values],
        "if in force",
        [replace(rule, status=Status.IN_FORCE)],
    )


def finding(rulebook: Rulebook, rule: Rule, case: RuleCase) -> str:
    """What the rule found in a case, among all the rules of that day."""
    facts = facts_of(rulebook, rule, case)
    destination = facts.sender if facts.recipient is None else facts.recipient
    key = Key(facts.act, facts.sender.country, destination.country, case.on)
    try:
        decided = pack(rulebook, key).decide(facts)
    except NotFound:
        return NOT_APPLICABLE
    return found_by(decided, rule.id)


def found_by(decided: Decision, rule_id: str) -> str:
    """The gravest finding of one rule."""
    findings = {step.finding for step in decided.trace if step.rule == rule_id}
    if any(step.rule == rule_id for step in decided.unknown):
        findings.add(Finding.UNDETERMINED)
    order = (
        Finding.FAILED,
        Finding.NOTED,
        Finding.UNDETERMINED,
        Finding.DUE,
        Finding.PASSED,
    )
    return next((each.value for each in order if each in findings), NOT_APPLICABLE)


def facts_of(rulebook: Rulebook, rule: Rule, case: RuleCase) -> Facts:
    """The situation of a case: its facts stand on the rule's side."""
    home = MEMBERS.get(rule.jurisdiction, rule.jurisdiction)
    partner = PARTNERS.get(home, "MY")
    own = {n: v for n, v in case.facts.items() if n not in COMMON_FACTS}
    common = asking.common_facts({n: v for n, v in case.facts.items() if n in COMMON_FACTS})
    if rule.act is not Act.PAYMENT:
        country = case.source or home
        sender = asking.party(country, _currency(rulebook, country), own)
        return Facts(act=rule.act, sender=sender, **common)
    sending = rule.side is Side.SENDING
    source = case.source or (home if sending else partner)
    destination = case.destination or (partner if sending else home)
    sides = [(source, own if sending else {}), (destination, {} if sending else own)]
    sender, recipient = (
        asking.party(country, _currency(rulebook, country), told) for country, told in sides
    )
    return Facts(act=rule.act, sender=sender, recipient=recipient, **common)


def _currency(rulebook: Rulebook, country: str) -> str:
    known = rulebook.jurisdictions.get(country)
    return "-" if known is None or known.currency is None else known.currency
