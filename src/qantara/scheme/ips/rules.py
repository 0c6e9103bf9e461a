"""What an instant payment system decides without looking anything up."""

from collections.abc import Iterable

from qantara.scheme.ips.model import NetPosition


def mask(name: str) -> str:
    """A display name that its owner recognises and a stranger cannot read: `A***** S*****`."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())


def net(balances: Iterable[tuple[str, int]]) -> tuple[NetPosition, ...]:
    """The multilateral net positions, those at zero left out; they sum to zero."""
    positions = tuple(NetPosition(role, balance) for role, balance in balances if balance)
    if sum(position.net for position in positions):
        raise ValueError("net positions do not sum to zero")
    return positions
