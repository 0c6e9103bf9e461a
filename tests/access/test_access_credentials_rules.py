"""Locks that only grow, digests that bind, PINs that nobody guesses first."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qantara.access.credentials import rules
from qantara.access.credentials.model import Intent, Terms
from qantara.errors import Reason
from qantara.money import ASSETS, MYR, Money

words = st.text(max_size=12)
intents = st.builds(
    Intent,
    kind=words,
    reference=words,
    amount=st.builds(Money, st.integers(0, 10**12), st.sampled_from(list(ASSETS.values()))),
    payee=words,
)


@given(
    st.integers(1, 20),
    st.integers(1, 1000),
    st.integers(1, 100_000),
    st.integers(0, 200),
)
def test_a_lock_never_shrinks_and_never_passes_its_longest(free, seconds, longest, failures):
    terms = Terms(free_failures=free, lock_seconds=seconds, lock_longest_seconds=longest)
    waits = [rules.lock_seconds(terms, count) for count in range(failures + 2)]
    assert all(before <= after <= longest for before, after in pairwise(waits))
    assert all(wait == 0 for count, wait in enumerate(waits) if count < free)
    assert rules.lock_seconds(terms, free) == min(seconds, longest)


@given(words, words, intents, intents)
def test_two_intents_share_a_digest_only_if_they_are_the_same(one, other, first, second):
    same = (one, first) == (other, second)
    assert (rules.digest(one, first) == rules.digest(other, second)) == same


@given(words, intents)
def test_any_change_that_matters_changes_the_digest(who, intent):
    digest = rules.digest(who, intent)
    more = Money(intent.amount.minor + 1, intent.amount.asset)
    for other in (
        replace(intent, amount=more),
        replace(intent, payee=intent.payee + "1"),
        replace(intent, payee=intent.payee + intent.reference + "x", reference=""),
        replace(intent, kind=intent.kind + "."),
        replace(intent, payee_name=intent.payee_name + " Other"),
    ):
        assert rules.digest(who, other) != digest
    assert digest in rules.challenge(b"n" * rules.NONCE_BYTES, digest)


@given(st.integers(0, 10**6 - 1).map("{:06d}".format), st.sampled_from(["", "+60123456789"]))
def test_what_is_weak_is_a_run_a_repetition_or_known(pin, phone):
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    weak = steps in ({1}, {9}) or len(set(pin)) < 3 or pin in phone
    assert rules.pin_is_weak(pin, phone) == weak
    assert rules.pin_is_one(pin)


@pytest.mark.parametrize("above", [None, 100_00])
@pytest.mark.parametrize("new_payee", [True, False])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("minor", [1, 100_00, 100_01])
def test_when_a_payment_is_confirmed(above, new_payee, known, minor):
    terms = Terms(step_up_above=above, step_up_new_payee=new_payee)
    intent = Intent("remittance", "quo", Money(minor, MYR), "somebody")
    need = rules.needed(terms, intent, payee_known=known)
    first, large = new_payee and not known, above is not None and minor > above
    assert need.required == (first or large)
    assert need.because == ("new_payee" if first else "amount" if large else "")


def test_a_confirmation_that_is_not_there_is_missing():
    found = rules.standing(None, "prn", None)
    assert found.reason is Reason.CONFIRMATION_MISSING
