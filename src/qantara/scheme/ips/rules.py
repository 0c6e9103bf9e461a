"""What an instant payment system decides without looking anything up."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from qantara.errors import Reason
from qantara.rails.model import Agent
from qantara.scheme import letters
from qantara.scheme.ips.model import IpsNode, NetPosition, Participant, ParticipantKind
from qantara.scheme.letters import Verdict

_BIC_COUNTRY = slice(4, 6)


def mask(name: str) -> str:
    """A display name that its owner recognises and a stranger cannot read: `A***** S*****`."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def net(balances: Iterable[tuple[str, int]]) -> tuple[NetPosition, ...]:
    """The multilateral net positions, those at zero left out; they sum to zero."""
    positions = tuple(NetPosition(role, balance) for role, balance in balances if balance)
    if sum(position.net for position in positions):
        raise ValueError("net positions do not sum to zero")
    return positions


def sender(node: IpsNode, role: str) -> Participant | None:
    """The provider of customers that this role is here."""
    found = (p for p in node.participants if p.role == role and p.kind is ParticipantKind.PSP)
    return next(found, None)


def foreign_name(psp: Participant | None, *named: Agent) -> Verdict | None:
    """AG01 unless a provider of customers sends, and in its own name."""
    if psp is not None and {agent.bic for agent in named} == {psp.bic}:
        return None
    return letters.refuse(Reason.MESSAGE_WRONG_PARTY, agent=named[0].bic)


def creditor_agent(node: IpsNode, agent: Agent) -> Verdict | None:
    """Whether the payee's provider takes part as one.

    RC07: its BIC is not of this system's country. CNOR: no participant has this BIC. AGNT: the
    participant keeps no accounts of customers.
    """
    if node.agent(agent.bic, ParticipantKind.PSP) is not None:
        return None
    if node.knows(agent.bic):
        return letters.refuse(Reason.AGENT_WRONG, agent=agent.bic)
    if agent.bic[_BIC_COUNTRY] != node.country:
        return letters.refuse(Reason.INSTITUTION_UNKNOWN, agent=agent.bic)
    return letters.refuse(Reason.CREDITOR_BANK_UNKNOWN, agent=agent.bic)


def cycle_due(times: Iterable[time], now: datetime) -> datetime | None:
    """The last moment at which a cycle was to close; None for a system without such times."""
    today = [now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0) for at in times]
    if not today:
        return None
    passed = [at for at in today if at <= now]
    return max(passed) if passed else max(today) - timedelta(days=1)
