"""Payments whose payer has confirmed them: the confirmation is used up in the transaction that
makes the payment, or nothing is paid.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qantara.access.credentials import flow as credentials
from qantara.access.credentials.model import Consume
from qantara.db import Tx
from qantara.domestic import flow as domestic
from qantara.domestic.records import Send, Withdraw
from qantara.errors import Refused
from qantara.remittance import flow as remittance
from qantara.remittance.model import Accept
from qantara.wallet import flow as wallet
from qantara.wallet.request_model import PayMoney

_Made = Callable[[Tx, Any, Sequence[Any], datetime], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An order, and the confirmation that it uses up."""

    proof: Consume
    order: Accept | Send | Withdraw | PayMoney


async def accept(tx: Tx, node: Any, asked: Sequence[Confirmed], now: datetime) -> list[Any]:
    """`remittance.accept` for what was confirmed; `Refused` for what was not, or not as it is."""
    return await _made(tx, node, asked, now, remittance.accept)


async def send(tx: Tx, node: Any, asked: Sequence[Confirmed], now: datetime) -> list[Any]:
    """`domestic.send` for what was confirmed; `Refused` for what was not, or not as it is."""
    return await _made(tx, node, asked, now, domestic.send)


async def withdraw(tx: Tx, node: Any, asked: Sequence[Confirmed], now: datetime) -> list[Any]:
    """`domestic.withdraw` for what was confirmed; `Refused` for what was not, or not as it is."""
    return await _made(tx, node, asked, now, domestic.withdraw)


async def pay(tx: Tx, node: Any, asked: Sequence[Confirmed], now: datetime) -> list[Any]:
    """`wallet.pay_money` for what was confirmed; `Refused` for what was not, or not as it is."""
    return await _made(tx, node, asked, now, wallet.pay_money)


async def _made(
    tx: Tx, node: Any, asked: Sequence[Confirmed], now: datetime, verb: _Made
) -> list[Any]:
    used = await credentials.consume(tx, node, [each.proof for each in asked], now)
    granted = [
        each.order
        for each, outcome in zip(asked, used, strict=True)
        if not isinstance(outcome, Refused)
    ]
    done = iter(await verb(tx, node, granted, now) if granted else ())
    return [outcome if isinstance(outcome, Refused) else next(done) for outcome in used]
