"""Principals, keys, proposals and audit entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from qantara.ids import PrincipalId


class PrincipalKind(StrEnum):
    PERSON = "person"
    CLIENT_APP = "client_app"
    COUNTERPARTY = "counterparty"


class Scope(StrEnum):
    """What a caller may do. A door asks for one scope; a role gives several."""

    ACCOUNTS_FREEZE = "accounts:freeze"
    ACCOUNTS_READ = "accounts:read"
    AUDIT_READ = "audit:read"
    CASH_SERVE = "cash:serve"
    KEYS_MANAGE = "keys:manage"
    LEDGER_CORRECT = "ledger:correct"
    MESSAGES_DELIVER = "messages:deliver"
    METRICS_READ = "metrics:read"
    PARTIES_READ = "parties:read"
    PARTIES_WRITE = "parties:write"
    POLICY_READ = "policy:read"
    REMITTANCES_READ = "remittances:read"
    REMITTANCES_WRITE = "remittances:write"
    SCHEME_OPERATE = "scheme:operate"
    SCHEME_READ = "scheme:read"
    SUPERVISION_READ = "supervision:read"
    SUPERVISION_REPORT = "supervision:report"
    USSD_RELAY = "ussd:relay"
    WEBHOOKS_MANAGE = "webhooks:manage"


class Role(StrEnum):
    """What a principal is in this institution."""

    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    """Takes and pays out cash for customers; its subject is the agent it acts as."""
    AUDITOR = "auditor"
    COMPLIANCE = "compliance"
    COUNTERPARTY = "counterparty"
    CUSTOMER = "customer"
    OPERATIONS = "operations"
    OPERATOR = "operator"
    """Runs a simulated scheme role: a payment system, the gateway, a bank that is not ours."""
    SUPERVISOR = "supervisor"
    """An authority of this institution's jurisdiction; its principal's `subject` says which."""
    USSD_GATEWAY = "ussd_gateway"
    """Carries the menus of simple phones, and vouches for the number that dialled."""


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.ADMINISTRATOR: frozenset({Scope.KEYS_MANAGE, Scope.AUDIT_READ, Scope.PARTIES_READ}),
    Role.AGENT: frozenset({Scope.CASH_SERVE}),
    Role.AUDITOR: frozenset(
        {
            Scope.ACCOUNTS_READ,
            Scope.AUDIT_READ,
            Scope.PARTIES_READ,
            Scope.POLICY_READ,
            Scope.REMITTANCES_READ,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            Scope.ACCOUNTS_FREEZE,
            Scope.ACCOUNTS_READ,
            Scope.PARTIES_READ,
            Scope.POLICY_READ,
            Scope.REMITTANCES_READ,
        }
    ),
    Role.COUNTERPARTY: frozenset({Scope.MESSAGES_DELIVER}),
    Role.CUSTOMER: frozenset(
        {
            Scope.ACCOUNTS_READ,
            Scope.REMITTANCES_READ,
            Scope.REMITTANCES_WRITE,
            Scope.WEBHOOKS_MANAGE,
        }
    ),
    Role.OPERATIONS: frozenset(
        {
            Scope.ACCOUNTS_READ,
            Scope.LEDGER_CORRECT,
            Scope.METRICS_READ,
            Scope.PARTIES_READ,
            Scope.PARTIES_WRITE,
            Scope.POLICY_READ,
            Scope.REMITTANCES_READ,
            Scope.SUPERVISION_REPORT,
            Scope.WEBHOOKS_MANAGE,
        }
    ),
    Role.OPERATOR: frozenset({Scope.METRICS_READ, Scope.SCHEME_OPERATE, Scope.SCHEME_READ}),
    Role.SUPERVISOR: frozenset({Scope.POLICY_READ, Scope.SUPERVISION_READ}),
    Role.USSD_GATEWAY: frozenset({Scope.USSD_RELAY}),
}

GUARDED_SCOPES = frozenset(
    {
        Scope.CASH_SERVE,
        Scope.KEYS_MANAGE,
        Scope.LEDGER_CORRECT,
        Scope.MESSAGES_DELIVER,
        Scope.REMITTANCES_WRITE,
        Scope.SCHEME_OPERATE,
        Scope.SUPERVISION_READ,
        Scope.USSD_RELAY,
    }
)
"""What moves money, leads to what does, or opens the books to somebody outside: a key with one of
these is issued by two people.
"""


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody or something that acts.

    `scopes` is what this caller holds now: the scopes of the roles, narrowed by the key that
    was presented. `subject` is for whom it acts: a customer id for a customer's app, the
    role name (`duitnow`) for a counterparty, its code (`BNM`) for an authority, None for staff.
    `key_id` is the key it presented. `certificates` are the thumbprints that speak for a
    counterparty, known of whoever a door has just looked up by its key.
    """

    id: PrincipalId
    kind: PrincipalKind
    name: str
    roles: tuple[Role, ...]
    scopes: frozenset[Scope]
    subject: str | None = None
    key_id: str | None = None
    certificates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    id: PrincipalId
    kind: PrincipalKind
    name: str
    roles: tuple[Role, ...]
    subject: str | None = None


INSTALLER = Principal(
    PrincipalId("prn_installer"),
    PrincipalKind.CLIENT_APP,
    "installer",
    (Role.ADMINISTRATOR,),
    ROLE_SCOPES[Role.ADMINISTRATOR],
)
"""Who acts before the first principal exists: the person setting a node up, at its console."""


@dataclass(frozen=True, slots=True)
class Key:
    """A stored API key: the digest, never the secret."""

    id: str
    principal_id: PrincipalId
    digest: bytes
    scopes: frozenset[Scope]
    issued_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    label: str = ""
    replaces: str | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be issued by somebody; its secret is with whoever asked, here is its digest."""

    id: str
    by: Principal
    principal_id: PrincipalId
    digest: bytes
    scopes: frozenset[Scope]
    expires_at: datetime | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceKey:
    """A new key in the place of `old`, which stands beside it for `overlap_seconds`."""

    id: str
    by: Principal
    old: str
    digest: bytes
    overlap_seconds: int = 0


@dataclass(frozen=True, slots=True)
class RevokeKey:
    id: str
    by: Principal


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `presented` is the text its holder sends; it exists here and nowhere else."""

    id: str
    presented: str = field(repr=False)


class State(StrEnum):
    """The life of a proposal."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Event(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.PENDING, Event.APPROVE): State.APPROVED,
    (State.PENDING, Event.REJECT): State.REJECTED,
    (State.PENDING, Event.EXPIRE): State.EXPIRED,
}


class Action(StrEnum):
    """Acts that need a second pair of eyes."""

    ACCOUNT_FREEZE = "account_freeze"
    ACCOUNT_RELEASE = "account_release"
    AGENT_CLOSE = "agent_close"
    AGENT_REGISTER = "agent_register"
    AGENT_RESUME = "agent_resume"
    AGENT_SUSPEND = "agent_suspend"
    CASE_RETURN = "case_return"
    CUSTOMER_DECEASED = "customer_deceased"
    KEY_ISSUE = "key_issue"
    KEY_REVOKE = "key_revoke"
    LEDGER_CORRECT = "ledger_correct"
    PARTICIPANT_RESUME = "participant_resume"
    PARTICIPANT_SUSPEND = "participant_suspend"
    PAYMENT_BLOCK = "payment_block"
    PAYMENT_REFUSE = "payment_refuse"
    PAYMENT_RELEASE = "payment_release"
    REVIEW_REFUSE = "review_refuse"
    REVIEW_RELEASE = "review_release"


class ActionFacts(NamedTuple):
    """The scope that both the proposer and the approver hold, and how long the proposal stands."""

    scope: Scope
    lifetime_seconds: int


_DAY = 86_400

ACTIONS: dict[Action, ActionFacts] = {
    Action.ACCOUNT_FREEZE: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
    Action.ACCOUNT_RELEASE: ActionFacts(Scope.ACCOUNTS_FREEZE, 7 * _DAY),
    Action.AGENT_CLOSE: ActionFacts(Scope.PARTIES_WRITE, 7 * _DAY),
    Action.AGENT_REGISTER: ActionFacts(Scope.PARTIES_WRITE, 7 * _DAY),
    Action.AGENT_RESUME: ActionFacts(Scope.PARTIES_WRITE, 7 * _DAY),
    Action.AGENT_SUSPEND: ActionFacts(Scope.PARTIES_WRITE, _DAY),
    Action.CASE_RETURN: ActionFacts(Scope.LEDGER_CORRECT, _DAY),
    Action.CUSTOMER_DECEASED: ActionFacts(Scope.ACCOUNTS_FREEZE, 7 * _DAY),
    Action.KEY_ISSUE: ActionFacts(Scope.KEYS_MANAGE, _DAY),
    Action.KEY_REVOKE: ActionFacts(Scope.KEYS_MANAGE, _DAY),
    Action.LEDGER_CORRECT: ActionFacts(Scope.LEDGER_CORRECT, 3 * _DAY),
    Action.PARTICIPANT_RESUME: ActionFacts(Scope.SCHEME_OPERATE, _DAY),
    Action.PARTICIPANT_SUSPEND: ActionFacts(Scope.SCHEME_OPERATE, _DAY),
    Action.PAYMENT_BLOCK: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
    Action.PAYMENT_REFUSE: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
    Action.PAYMENT_RELEASE: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
    Action.REVIEW_REFUSE: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
    Action.REVIEW_RELEASE: ActionFacts(Scope.ACCOUNTS_FREEZE, _DAY),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An act that waits for a second person; `decided_*` stay empty while it is pending."""

    id: str
    action: Action
    payload: Mapping[str, Any]
    state: State
    proposed_by: PrincipalId
    proposed_at: datetime
    expires_at: datetime
    decided_by: PrincipalId | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who (`actor`) did what (`act`) on what (`target`, an id); details hold no secrets."""

    actor: PrincipalId
    act: str
    target: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry as it stands in the trail; `sequence` rises with every entry."""

    sequence: int
    entry: AuditEntry
    recorded_at: datetime
