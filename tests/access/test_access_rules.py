from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moments import NOW
from qantara.access import rules
from qantara.access.model import (
    ACTIONS,
    ROLE_SCOPES,
    TRANSITIONS,
    Action,
    Event,
    Key,
    Principal,
    PrincipalKind,
    Proposal,
    Role,
    Scope,
    State,
)
from qantara.errors import Conflict, Reason
from qantara.ids import PrincipalId

SECRET = "s" * 43
KEY = Key("key_a", PrincipalId("prn_a"), rules.digest("key_a", SECRET), frozenset(), NOW)
PROPOSAL = Proposal(
    "prp_1",
    Action.KEY_ISSUE,
    {},
    State.PENDING,
    PrincipalId("prn_a"),
    NOW,
    NOW + timedelta(days=1),
)


def somebody(name: str) -> Principal:
    return Principal(PrincipalId(name), PrincipalKind.PERSON, name, (), frozenset())


def test_every_role_gives_scopes_and_every_scope_is_given_by_a_role():
    assert set(ROLE_SCOPES) == set(Role)
    assert frozenset().union(*ROLE_SCOPES.values()) == set(Scope)


def test_every_action_has_facts_and_two_people_could_hold_its_scope():
    assert set(ACTIONS) == set(Action)
    held = frozenset().union(*ROLE_SCOPES.values())
    assert all(facts.scope in held and facts.lifetime_seconds > 0 for facts in ACTIONS.values())


@given(st.sets(st.sampled_from(Role)))
def test_scopes_of_roles_are_the_union_and_nothing_more(roles):
    scopes = rules.scopes_of(roles)
    assert all((scope in scopes) == any(scope in ROLE_SCOPES[r] for r in roles) for scope in Scope)


@given(st.text(max_size=200))
def test_splitting_any_text_never_fails_and_only_gives_back_what_was_sent(text):
    parts = rules.split_presented(text)
    assert parts is None or rules.presented(*parts) == text


def test_a_key_opens_with_its_secret_until_the_moment_it_expires():
    assert rules.key_opens(KEY, SECRET, NOW)
    expiring = Key(KEY.id, KEY.principal_id, KEY.digest, frozenset(), NOW, NOW + timedelta(1))
    assert rules.key_opens(expiring, SECRET, NOW + timedelta(1) - timedelta(microseconds=1))
    assert not rules.key_opens(expiring, SECRET, NOW + timedelta(1))


@given(st.text(max_size=60).filter(lambda text: text != SECRET))
def test_no_other_secret_opens_a_key(secret):
    assert not rules.key_opens(KEY, secret, NOW)


def test_a_digest_moved_to_another_key_does_not_open_it():
    moved = Key("key_b", KEY.principal_id, KEY.digest, frozenset(), NOW)
    assert not rules.key_opens(moved, SECRET, NOW)


def test_the_proposer_never_approves_and_another_may():
    refusal = rules.may_approve(PROPOSAL, somebody("prn_a"))
    assert refusal is not None
    assert refusal.reason is Reason.APPROVAL_NEEDS_SECOND
    assert rules.may_approve(PROPOSAL, somebody("prn_b")) is None


def test_every_state_is_reachable_and_only_pending_goes_on():
    assert {State.PENDING, *TRANSITIONS.values()} == set(State)
    assert {state for state, _ in TRANSITIONS} == {State.PENDING}
    assert (State.PENDING, Event.EXPIRE) in TRANSITIONS


@pytest.mark.parametrize("event", [Event.APPROVE, Event.REJECT])
def test_at_its_expiry_a_proposal_can_only_expire(event):
    last = PROPOSAL.expires_at - timedelta(microseconds=1)
    assert rules.advance(PROPOSAL, event, last) is TRANSITIONS[State.PENDING, event]
    assert rules.advance(PROPOSAL, event, PROPOSAL.expires_at) is State.EXPIRED


@pytest.mark.parametrize("state", [State.APPROVED, State.REJECTED, State.EXPIRED])
@pytest.mark.parametrize("event", list(Event))
def test_a_decided_proposal_stays_decided(state, event):
    decided = Proposal(
        PROPOSAL.id,
        PROPOSAL.action,
        {},
        state,
        PROPOSAL.proposed_by,
        PROPOSAL.proposed_at,
        PROPOSAL.expires_at,
    )
    outcome = rules.advance(decided, event, NOW)
    assert isinstance(outcome, Conflict)
    assert outcome.reason is Reason.APPROVAL_NOT_PENDING
