"""Pakistan's account ladder, applied step by step as it was published: each step is a change of
YAML alone, and what was decided under the law as then known is what the whole book says of the day.
"""

from copy import deepcopy
from datetime import date
from itertools import pairwise, product
from pathlib import Path
from shutil import copy

import pytest
import yaml
from policy_cases import DAY, LAW, account

from qantara.policy import flow
from qantara.policy.books import reading
from qantara.policy.model import DefectKind, Rulebook

FILES = ("account_ladder_branchless.yaml", "account_ladder_asaan.yaml")
STEPS = (
    date(2011, 6, 20),
    date(2016, 7, 14),
    date(2019, 1, 31),
    date(2022, 4, 13),
    date(2024, 5, 31),
)
"""The days on which a step of the ladder began to bind."""
CLASSES = ("bb_l0", "bb_l1", "bb_l2", "l1_hra", "asaan", "merchant")
AMOUNTS = (1_000_000, 1_500_001, 2_500_001, 5_000_001, 50_000_001, 100_000_001, 500_000_001)


def known_on(text: dict, day: date) -> bool:
    return text["valid_from"] is None or text["valid_from"] <= day


def as_known(text: dict, day: date) -> dict:
    """A text as it stood on a day: in force, and open where its end came with a later text."""
    if text["valid_to"] is None or text["valid_to"] < day:
        return text
    end = text["valid_to"] if text["status"] == "lapsed" else None
    return {**text, "status": "in_force", "valid_to": end}


def book_known_on(content: dict, day: date) -> dict:
    """A file without the editions and rules of later years, and without its cases."""
    told = deepcopy(content)
    for value in told["values"]:
        value["editions"] = [
            {**as_known(edition, day), "cases": []}
            for edition in value["editions"]
            if known_on(edition, day)
        ]
    told["values"] = [value for value in told["values"] if value["editions"]]
    told["rules"] = [
        {**as_known(rule, day), "cases": []} for rule in told["rules"] if known_on(rule, day)
    ]
    return told


def ladder(folder: Path, day: date) -> Rulebook:
    """The ladder's two files as they stood on a day, written as YAML and read back."""
    (folder / "pk").mkdir(parents=True)
    copy(flow.BOOKS / reading.JURISDICTIONS, folder)
    for name in FILES:
        content = yaml.safe_load((flow.BOOKS / "pk" / name).read_text(encoding="utf-8"))
        text = yaml.safe_dump(book_known_on(content, day))
        (folder / "pk" / name).write_text(text, encoding="utf-8")
    return flow.read(folder)


@pytest.fixture(scope="module")
def books(tmp_path_factory) -> dict[date, Rulebook]:
    """The rulebook as it was known on the day of each step, and the whole one."""
    days = (*STEPS, date.max)
    return {day: ladder(tmp_path_factory.mktemp("ladder") / "books", day) for day in days}


def acts():
    flags = (True, False, None)
    for class_, amount, biometric in product(CLASSES, AMOUNTS, flags):
        spent = {"sent_today": amount, "sent_month": amount, "sent_year": amount}
        yield account(
            "PK",
            account_class=class_,
            balance_after=amount,
            trade="cattle_market",
            biometric=biometric,
            cash_today=amount,
            **spent,
        )


def told(rulebook: Rulebook, facts, on: date):
    """What was found, with every figure; not the versions, which are those of different books."""
    record = flow.decide(rulebook, facts, on).record
    return {name: record[name] for name in ("outcome", "reason", "rule", "trace", "unknown")}


# the whole book, asked for the days themselves


def outcome(on: date, **facts) -> str:
    return flow.decide(LAW, account("PK", **facts), on).outcome.value


@pytest.mark.parametrize(
    ("on", "class_", "amount", "expected"),
    [
        (date(2011, 6, 19), "bb_l0", 10**9, "allowed"),
        (date(2011, 6, 20), "bb_l0", 1_500_000, "allowed"),
        (date(2011, 6, 20), "bb_l0", 1_500_001, "refused"),
        (date(2011, 6, 19), "bb_l1", 1_000_000, "allowed"),
        (date(2011, 6, 19), "bb_l1", 1_000_001, "refused"),
        (date(2011, 6, 20), "bb_l1", 1_000_001, "allowed"),
        (date(2011, 6, 20), "bb_l1", 2_500_000, "allowed"),
        (date(2011, 6, 20), "bb_l1", 2_500_001, "refused"),
        (date(2016, 7, 13), "bb_l0", 1_500_001, "refused"),
        (date(2016, 7, 14), "bb_l0", 1_500_001, "allowed"),
        (date(2016, 7, 14), "bb_l0", 2_500_001, "review"),
        (date(2016, 7, 13), "bb_l1", 2_500_001, "refused"),
        (date(2016, 7, 14), "bb_l1", 2_500_001, "allowed"),
        (date(2016, 7, 14), "bb_l1", 5_000_001, "review"),
        (date(2019, 1, 30), "l1_hra", 10_000_001, "allowed"),
        (date(2019, 1, 31), "l1_hra", 10_000_000, "allowed"),
        (date(2019, 1, 31), "l1_hra", 10_000_001, "review"),
    ],
)
def test_what_leaves_an_account_in_a_day_is_held_to_the_ceiling_of_that_day(
    on, class_, amount, expected
):
    assert outcome(on, account_class=class_, sent_today=amount) == expected


@pytest.mark.parametrize(
    ("on", "amount", "expected"),
    [
        (date(2022, 4, 12), 50_000_000, "allowed"),
        (date(2022, 4, 12), 50_000_001, "refused"),
        (date(2022, 4, 13), 50_000_001, "allowed"),
        (date(2022, 4, 13), 100_000_000, "allowed"),
        (date(2022, 4, 13), 100_000_001, "refused"),
    ],
)
@pytest.mark.parametrize("fact", ["balance_after", "sent_month"])
def test_an_asaan_account_holds_and_spends_twice_as_much_from_13_april_2022(
    on, amount, expected, fact
):
    assert outcome(on, account_class="asaan", **{fact: amount}) == expected


TRADERS = {"asaan": "refused", "bb_l1": "review", "merchant": "allowed"}
"""By account class, what becomes of PKR 4 million where the window does not apply."""


@pytest.mark.parametrize("class_", TRADERS)
@pytest.mark.parametrize(
    ("on", "open_"),
    [
        (date(2024, 5, 30), False),
        (date(2024, 5, 31), True),
        (date(2024, 6, 20), True),
        (date(2024, 6, 21), False),
    ],
)
def test_the_window_of_2024_is_open_to_verified_cattle_traders_on_its_days(class_, on, open_):
    trader = {"account_class": class_, "balance_after": 400_000_000, "trade": "cattle_market"}
    closed = TRADERS[class_]
    assert outcome(on, biometric=True, **trader) == ("allowed" if open_ else closed)
    assert outcome(on, biometric=False, **trader) == closed
    assert outcome(on, **trader) == closed
    assert outcome(on, biometric=True, **(trader | {"trade": "other"})) == closed
    above = trader | {"balance_after": 500_000_001}
    assert outcome(on, biometric=True, **above) == ("refused" if open_ else closed)


# the steps, one after the other


def test_every_step_is_a_rulebook_in_order_but_for_its_cases_and_rules_yet_to_come(books):
    """In 2011 level 1 had no ceiling on its balance: a value says so, no rule reads it yet."""
    for day, rulebook in books.items():
        found = {defect.kind for defect in flow.lint(rulebook)}
        unread = {DefectKind.UNUSED} if day == STEPS[0] else set()
        assert found == {DefectKind.CASE_MISSING} | unread
    assert len({rulebook.version for rulebook in books.values()}) == len(books)


@pytest.mark.parametrize("step", STEPS)
def test_the_law_as_known_at_a_step_decides_as_the_whole_book_does_of_that_time(books, step):
    """On the first day of each step, in the middle, and on the last day before the next."""
    later = [*STEPS, date(2024, 6, 22)]
    last = later[later.index(step) + 1] - DAY
    differing = 0
    for on in (step, step + (last - step) // 2, last):
        for facts in acts():
            assert told(books[step], facts, on) == told(books[date.max], facts, on)
            differing += told(books[step], facts, on)["outcome"] != "allowed"
    assert differing > 0


@pytest.mark.parametrize("step", STEPS)
def test_no_code_differs_between_the_steps_and_the_whole_book(books, step):
    """The same figures are compiled into the same text, letter by letter."""
    facts = next(acts())
    then, now = (flow.pack_for(books[each], facts, step) for each in (step, date.max))
    assert then.source == now.source


def test_a_step_knows_nothing_of_the_next_until_its_yaml_is_there(books):
    """On the day a step begins, the rulebook of the step before still decides as before."""
    changed = []
    for before, after in pairwise(STEPS):
        for facts in acts():
            if told(books[before], facts, after) != told(books[after], facts, after):
                changed.append(after)
                break
    assert changed == list(STEPS[1:])
    for before, after in pairwise(STEPS):
        eve = after - DAY
        for facts in acts():
            assert told(books[before], facts, eve) == told(books[after], facts, eve)


def test_what_was_decided_before_a_change_of_law_replays_after_it(books):
    """A later edition changes nothing of the days before it, whatever book it is asked of."""
    for facts in acts():
        on = date(2015, 1, 1)
        decided = [told(rulebook, facts, on) for rulebook in books.values()]
        assert all(each == decided[0] for each in decided)
