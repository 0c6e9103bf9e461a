"""A period's statement of an account, from the ledger's own rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from qantara.db import Tx
from qantara.errors import Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import Entry, PastBalance
from qantara.money import Money
from qantara.parties.model import Account, Holding
from qantara.wallet import lines
from qantara.wallet.statement_model import Line, Statement

MOST_LINES = 5000
_TICK = timedelta(microseconds=1)
"""The finest time that the book keeps."""


async def statement(
    tx: Tx,
    holding: Holding,
    begins_on: date,
    ends_on: date,
    now: datetime,
    most: int = MOST_LINES,
) -> Statement | Refused:
    """All that was booked on these days, by UTC, as far as they are over.

    Refused for days that do not follow each other or have not begun, and for a period with more
    than `most` lines. What does not add up is a fault of the book and no statement.
    """
    begins_at = datetime.combine(begins_on, time(), UTC)
    if ends_on < begins_on:
        return _invalid("to", ends_on)
    if begins_at > now:
        return _invalid("from", begins_on)
    ends_at = min(datetime.combine(ends_on, time(), UTC) + timedelta(days=1), now + _TICK)
    code = holding.account.ledger_code
    # Nothing is booked before it happens: what was booked until then is what the book knew then.
    closing = await _balance(tx, code, ends_at)
    opening = await _balance(tx, code, begins_at)
    found = await ledger.statement(tx, code, after=opening.sequence, limit=most + 1)
    entries = [each for each in found if each.sequence <= closing.sequence]
    if len(entries) > most:
        return Refused(Reason.STATEMENT_TOO_LONG, facts={"limit": str(most)})
    _add_up(opening, entries, closing)
    return Statement(
        holding,
        begins_on,
        ends_on,
        begins_at,
        ends_at,
        Money(opening.posted, opening.asset),
        Money(closing.posted, closing.asset),
        tuple(await lines.told(tx, holding.account, entries)),
    )


def _invalid(param: str, day: date) -> Refused:
    return Refused(Reason.FIELD_INVALID, facts={"param": param, "value": day.isoformat()})


async def movements(tx: Tx, account: Account, before: int | None, limit: int) -> list[Line]:
    """What moved an account, the newest first, those before a sequence number."""
    entries = await ledger.statement(tx, account.ledger_code, before=before, limit=limit)
    return await lines.told(tx, account, entries)


async def _balance(tx: Tx, code: str, before: datetime) -> PastBalance:
    """What was booked before a moment, with the number of the last row then in the book."""
    return await ledger.balance_at(tx, code, before - _TICK, before - _TICK)


def _add_up(opening: PastBalance, entries: Sequence[Entry], closing: PastBalance) -> None:
    balance = opening.posted
    for each in entries:
        balance += each.amount
        if balance != each.balance:
            raise ArithmeticError(f"row {each.sequence} leaves {each.balance}, not {balance}")
    if balance != closing.posted:
        raise ArithmeticError(f"the rows of {closing.code} make {balance}, not {closing.posted}")
