"""The auditor who holds a payment's ends against each other hears every disagreement."""

from ends import PARTS, End, wrong_with

GONE = {part: End("settled", 100 if "destination" not in part else 6) for part in PARTS} | {
    "system in": End("settled", 6),
    "receiver": End("credited", 6),
    "sender": End("completed", 100),
    "gateway": End("completed", 100),
}


def test_a_payment_that_ended_alike_everywhere_is_right() -> None:
    assert wrong_with(GONE) is None
    rejected = {"sender": End("rejected", 100), "system out": End("rejected", 100)}
    assert wrong_with(rejected) is None
    assert wrong_with(rejected | {"receiver": End("reversed", 6)}) is None


def test_every_disagreement_is_heard() -> None:
    assert wrong_with(GONE | {"sender": End("rejected", 100)}) == "ended differently"
    assert wrong_with(GONE | {"receiver": End("received", 6)}) == "is not over everywhere"
    assert wrong_with(GONE | {"receiver": End("blocked", 6)}) == "is blocked for some only"
    assert wrong_with(GONE | {"system in": End("settled", 7)}) == "has two amounts"
    missing = {part: end for part, end in GONE.items() if part != "exchange"}
    assert wrong_with(missing) == "passed nobody as exchange"
