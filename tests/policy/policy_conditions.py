"""Conditions that are well typed, as text, over a few facts and the values beside them."""

from decimal import Decimal

from hypothesis import strategies as st
from policy_cases import account, flag, value

from qantara.money import MYR, Money
from qantara.policy.model import Confidence, Facts, Status, ValueType


def _count(id_: str, number: int, unit: str = "attempts", **fields):
    kind = ValueType.COUNT if unit == "attempts" else ValueType.DURATION
    return value(id=id_, type=kind, value=number, unit=unit, **fields)


def _codes(id_: str, *codes: str):
    return value(id=id_, type=ValueType.CODES, value=codes, unit="element")


FIGURES = (
    value(id="my.money.low"),
    value(id="my.money.high", value=Money(25_001, MYR), confidence=Confidence.LOW),
    value(id="my.money.unknown", value=None, note="Not published."),
    value(id="my.money.proposed", status=Status.PROPOSAL),
    value(id="my.ratio", type=ValueType.RATIO, value=Decimal("0.333333"), unit="ratio"),
    _count("my.count", 3),
    _count("my.days", 10, "days"),
    flag("my.flag", told=True),
    flag("my.no", told=False),
    _codes("my.codes", "name", "account"),
    _codes("my.kinds", "domestic", "foreign"),
)
MONEY = ("sent_today", "sent_month", "balance_after")
RATIOS = ("owner_share", "fraud_rate")
COUNTS = ("factors", "failed_attempts")
DAYS = ("screening_days", "onboarding_days")
FLAGS = ("biometric", "document")
GIVEN = {
    **dict.fromkeys(MONEY, st.sampled_from([0, 1, 3_333, 9_999, 10_000, 10_001, 25_001, 40_000])),
    **dict.fromkeys(RATIOS, st.sampled_from([0, 1, 333_332, 333_333, 333_334, 1_000_000])),
    **dict.fromkeys(COUNTS, st.integers(0, 5)),
    **dict.fromkeys(DAYS, st.integers(8, 12)),
    **dict.fromkeys(FLAGS, st.booleans()),
    "pep": st.sampled_from(["none", "domestic", "foreign"]),
    "originator_data": st.frozensets(st.sampled_from(["name", "account", "address"])),
}
"""Facts near the figures, each of which may be unknown."""


def accounts(always: tuple[str, ...] = ()) -> st.SearchStrategy[Facts]:
    """Acts on an account in Malaysia; of all but the facts named, some are not known."""
    rest = {name: told for name, told in GIVEN.items() if name not in always}
    known = {name: GIVEN[name] for name in always}
    return st.fixed_dictionaries(known, optional=rest).map(lambda told: account(**told))


def _joined(strategy, words):
    return st.tuples(strategy, st.sampled_from(words), strategy).map(lambda t: f"({' '.join(t)})")


def _of(facts, values):
    return st.sampled_from((*facts, *values))


ratio = _of(RATIOS, ("my.ratio",))
count = _of(COUNTS, ("my.count",))
days = _of(DAYS, ("my.days",))
plain_money = _of(MONEY, ("my.money.low", "my.money.high"))
money = plain_money | _joined(plain_money, "+-")
scaled = st.one_of(
    money,
    st.tuples(plain_money, st.just("*"), ratio).map(" ".join),
    st.tuples(ratio, st.just("*"), plain_money).map(" ".join),
    st.tuples(plain_money, st.just("*"), count).map(" ".join),
)
ORDERS = ("==", "!=", "<", "<=", ">", ">=")
rare = _of(MONEY, ("my.money.unknown", "my.money.proposed"))
comparisons = st.one_of(
    _joined(scaled | st.just("0"), ORDERS),
    _joined(ratio | st.just("1") | _joined(ratio, "*+-"), ORDERS),
    _joined(count | st.just("1") | _joined(count, "*+-"), ORDERS),
    _joined(days | st.just("0") | _joined(days, "+-"), ORDERS),
)
sets = st.sampled_from(
    [
        "my.codes <= originator_data",
        "originator_data <= my.codes",
        '"name" in originator_data',
        '"address" not in originator_data',
        "pep in my.kinds",
        "pep not in my.kinds",
        'pep in ("none", "foreign")',
        'pep == "domestic"',
        '"foreign" != pep',
    ]
)
flags = _of(FLAGS, ("my.flag", "my.no", "true", "false"))
simple = comparisons | sets | flags | _joined(flags, ("==", "!="))


def _above(inner):
    return st.one_of(
        inner.map(lambda text: f"not {text}"),
        inner.map(lambda text: f"(not {text})"),
        _joined(inner, ("and", "or")),
    )


conditions = st.recursive(simple, _above, max_leaves=6)
"""Any condition."""
silences = _joined(rare, ("<=", ">"))
"""A condition for which, most often, no figure stands."""
