"""Facts at random for every act that the real books know, near the figures their rules compare."""

from datetime import date

from hypothesis import strategies as st
from msgspec.structs import replace
from policy_cases import DAY, EXAMPLE, LAW

from qantara.policy.books import datum
from qantara.policy.deciding.resolving import trees
from qantara.policy.language.expression import facts_in, values_in
from qantara.policy.language.vocabulary import COMMON_FACTS, FACTS, PARTY_FACTS, FactType
from qantara.policy.model import Act, Facts, Party, Step, ValueType

RAILS = {"MY": "duitnow", "PK": "raast", "FR": "tips"}
CODES = ("", "MY", "PK", "US", "FAMI", "CASH", "TRAD", "other")
FIXED = {"country", "currency", "via", "act"}


def _numbers(act: Act) -> dict[FactType, list[int]]:
    """The figures of an act's rules with their neighbours, by type."""
    pools: dict[FactType, set[int]] = {}
    for rule in EXAMPLE.rules:
        for tree in trees(EXAMPLE, rule) if rule.act is act else ():
            for ref in () if tree is None else values_in(tree):
                ids = [each for each in EXAMPLE.value_ids if each.startswith(ref.id)]
                for edition in (each for id_ in ids for each in EXAMPLE.editions(id_)):
                    raw = None
                    if edition.type not in {ValueType.FEE, ValueType.DATE}:
                        raw = datum.raw_of(edition.value)
                    if isinstance(raw, int) and not isinstance(raw, bool):
                        near = {max(raw - 1, 0), raw, raw + 1}
                        pools.setdefault(ref.type.kind, set()).update(near)
    return {kind: sorted(numbers) for kind, numbers in pools.items()}


def _names(act: Act) -> list[str]:
    rules = [rule for rule in LAW.rules if rule.act is act]
    found = {
        name
        for rule in rules
        for tree in trees(LAW, rule)
        for name in (() if tree is None else facts_in(tree))
    }
    return sorted(found - FIXED)


def _fact(name: str, pools: dict[FactType, list[int]]) -> st.SearchStrategy:
    fact = FACTS[name]
    if fact.type is FactType.FLAG:
        return st.booleans()
    if fact.type is FactType.CODES:
        return st.frozensets(st.sampled_from(fact.choices))
    if fact.type is FactType.CODE:
        return st.sampled_from((*RAILS.values(), *CODES))
    if fact.type is FactType.CHOICE:
        return st.sampled_from(fact.choices)
    return st.sampled_from(pools.get(fact.type, [0, 1])) | st.integers(0, 10**12)


def _party(act: Act, country: str, pools) -> st.SearchStrategy[Party]:
    optional = {name: _fact(name, pools) for name in _names(act) if name in PARTY_FACTS}
    optional["rail"] = st.just(RAILS[country])
    currency = LAW.jurisdictions[country].currency
    return st.fixed_dictionaries({}, optional=optional).map(
        lambda told: Party(country=country, currency=currency, **told)
    )


def _act(act: Act) -> st.SearchStrategy[Facts]:
    pools = _numbers(act)
    country = st.sampled_from(sorted(RAILS))
    one = country.flatmap(lambda chosen: _party(act, chosen, pools))
    common = {name: _fact(name, pools) for name in _names(act) if name in COMMON_FACTS}
    fixed = {"act": st.just(act), "sender": one}
    if act is Act.PAYMENT:
        fixed |= {"recipient": one, "via": st.sampled_from(["nexus", "", "other"])}
    return st.fixed_dictionaries(fixed, optional=common).map(lambda told: Facts(**told))


acts = st.one_of(*(_act(act) for act in Act))
_BOUNDARIES = sorted(
    {
        day + shift * DAY
        for entry in (*LAW.entries, *LAW.rules)
        for day in (entry.valid_from, entry.valid_to)
        for shift in (-1, 0, 1)
        if day is not None
    }
)
days = st.sampled_from(_BOUNDARIES) | st.dates(date(2008, 1, 1), date(2032, 1, 1))
"""Days on which something begins or ends, and any others."""


def applied(facts: Facts, step: Step, change) -> Facts:
    """The facts with the one that a step speaks of changed."""
    name = step.frame.fact
    if name in COMMON_FACTS:
        return replace(facts, **{name: change})
    side = "recipient" if step.frame.side == "receiving" else "sender"
    return replace(facts, **{side: replace(getattr(facts, side), **{name: change})})


def one_less(step: Step) -> list:
    """What lies one smallest unit short of the least change; nothing for flags and choices."""
    change = step.change
    if isinstance(change, frozenset):
        return [change - {name} for name in change - step.seen]
    if isinstance(change, bool | str):
        return []
    return {"<": [change + 1], "<=": [change + 1], ">": [change - 1], ">=": [change - 1]}.get(
        step.frame.operator, [change - 1, change + 1]
    )
