from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from qantara.supervision import rules
from qantara.supervision.model import Corridor, Cost, Ending, Figures, Row, Way

LEAST = 5
counts = st.integers(0, 40)


def figures(completed: int, rejected: int = 0, each: int = 100_00) -> Figures:
    corridor = Corridor(Way.OUT, "MY", "PK", "MYR", "PKR", "nexus")
    found = {Ending.COMPLETED: completed, Ending.REJECTED: rejected}
    cost = rules.cost(each * completed, Decimal(60 * completed), Decimal(40 * completed))
    return Figures(corridor, found, each * completed, 62 * each * completed, cost, 658, 926)


def behind(row: Row) -> int:
    return row.completed or 0


def test_a_cost_is_rounded_once_for_all_payments_together():
    assert rules.cost(300_00, Decimal("100.4"), Decimal("100.4")) == Cost(100, 100, Decimal("0.67"))
    assert rules.cost(0, Decimal(0), Decimal(0)).percent == 0


def test_a_better_rate_than_mid_market_lowers_the_cost():
    assert rules.cost(100_00, Decimal(100), Decimal(-40)) == Cost(100, -40, Decimal("0.60"))


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 50), min_size=1))
def test_half_took_no_longer_than_the_median(buckets):
    half, nearly_all = rules.times(buckets)
    assert half is not None
    assert nearly_all is not None
    assert half <= nearly_all
    within = sum(n for bucket, n in buckets.items() if round(rules.STEP**bucket) <= half)
    assert 2 * within >= sum(buckets.values())


@given(counts, counts)
def test_what_few_payments_stand_behind_is_not_told(completed, rejected):
    row = rules.told(figures(completed, rejected), LEAST)
    if 0 < completed < LEAST:
        assert (row.completed, row.sent, row.cost_percent, row.p50_ms) == (None,) * 4
    elif completed:
        assert row.completed == completed
        assert (row.sent, row.fees) == (f"{completed * 100}.00", f"{completed * 60 / 100:.2f}")
    assert row.rejected == (None if 0 < rejected < LEAST else rejected)


@given(counts, counts)
def test_no_two_revisions_differ_by_fewer_payments_than_may_be_told(first, more):
    before = rules.told(figures(first), LEAST)
    after = rules.told(figures(first + more), LEAST, before)
    if before.completed and after.completed is not None:
        grown = behind(after) - behind(before)
        assert grown == 0 or grown >= LEAST
        assert (grown == 0) == (after == before)


def test_payments_inside_a_country_concern_no_other_one():
    inside = Corridor(Way.OUT, "MY", "MY", "MYR", "MYR", "duitnow")
    found = Figures(inside, {Ending.COMPLETED: 100}, 1, 1, None, 1, 1)
    assert rules.composed([found], [], LEAST, None) == ((), ())


def test_totals_are_of_what_was_sent_abroad_by_currency():
    (total,) = rules.totals([figures(6), figures(4)])
    assert (total.currency, total.completed, total.sent) == ("MYR", 10, 1_000_00)
    assert (total.cost.total, str(total.cost.percent)) == (1000, "1.00")
    assert rules.endings([figures(6, 2)])[Ending.REJECTED] == 2
