"""Pots: money of an account set apart under a name, in a ledger account of the customer's own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara.db import Tx, events
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount
from qantara.money import Money, asset
from qantara.parties import flow as parties
from qantara.parties.model import AccountState, Holding
from qantara.remittance.model import Institution
from qantara.wallet import pot_store as store
from qantara.wallet import rules
from qantara.wallet.model import (
    ChangePot,
    ClosePot,
    Filled,
    MovePot,
    OpenPot,
    Pot,
    PotState,
)

Told = Filled | Refused | Conflict | NotFound
MOST_OPEN = 50
"""Pots that one account may have open; a ledger account stands behind each."""


async def open_pots(
    tx: Tx, _node: Institution, wishes: Sequence[OpenPot], now: datetime
) -> list[Told]:
    """Open pots with nothing in them. The same wish again gives the same pot.

    Refused beside an account that may hold only so much: what lay in a pot would not count.
    """
    known = await store.by_ids(tx, [each.id for each in wishes])
    holdings = await parties.accounts(tx, [each.account_id for each in wishes])
    there = await store.open_of_accounts(tx, list({each.account_id for each in wishes}))
    count = Counter(pot.account_id for pot in there)
    bounded = await _bounded(tx, holdings)
    begun: dict[str, Pot] = {}
    outcomes: dict[int, Told] = {}
    for place, (each, holding) in enumerate(zip(wishes, holdings, strict=True)):
        if each.id in known or each.id in begun:
            continue
        judged = _opened(each, holding, now)
        if isinstance(judged, Pot) and judged.account_code in bounded:
            outcomes[place] = Refused(Reason.BALANCE_ABOVE_CEILING, rule="pot.ceiling")
        elif isinstance(judged, Pot) and count[judged.account_id] >= MOST_OPEN:
            outcomes[place] = Conflict(Reason.POTS_TOO_MANY, limit=str(MOST_OPEN))
        elif isinstance(judged, Pot):
            begun[each.id] = judged
            count[judged.account_id] += 1
        else:
            outcomes[place] = judged
    await _keep(tx, list(begun.values()), now)
    stand = await store.by_ids(tx, [each.id for each in wishes])
    filled = {pot.pot.id: pot for pot in await _filled(tx, list(stand.values()))}
    return [
        outcomes[place] if place in outcomes else _same(each, filled[each.id])
        for place, each in enumerate(wishes)
    ]


async def _bounded(tx: Tx, holdings: Sequence[Holding | NotFound]) -> set[str]:
    """The ledger accounts among these that have a ceiling."""
    codes = [each.account.ledger_code for each in holdings if isinstance(each, Holding)]
    found = await ledger.accounts(tx, codes)
    return {
        each.code
        for each in found
        if not isinstance(each, NotFound) and each.terms.ceiling is not None
    }


def _opened(each: OpenPot, holding: Holding | NotFound, now: datetime) -> Pot | Refused | NotFound:
    if isinstance(holding, QantaraError) or holding.customer.id != each.customer_id:
        return NotFound(Reason.ACCOUNT_NOT_FOUND, account=each.account_id)
    if holding.account.state is not AccountState.OPEN:
        return Refused(Reason.ACCOUNT_CLOSED)
    objection = rules.goal_objection(each.goal, each.goal_on, holding.account.currency, now)
    if objection is not None:
        return objection
    return Pot(
        id=each.id,
        customer_id=each.customer_id,
        account_id=each.account_id,
        state=PotState.OPEN,
        ledger_code=rules.pot_code(each.id),
        account_code=holding.account.ledger_code,
        currency=holding.account.currency.code,
        name=each.name,
        goal=each.goal,
        goal_on=each.goal_on,
        opened_at=now,
    )


async def _keep(tx: Tx, new: Sequence[Pot], now: datetime) -> None:
    if not new:
        return
    terms = [
        NewAccount(pot.ledger_code, asset(pot.currency), AccountClass.E_MONEY, floor=0)
        for pot in new
    ]
    for outcome in await ledger.open_accounts(tx, terms, now):
        if isinstance(outcome, Conflict):
            raise outcome
    await store.add(tx, new)
    await events.add(tx, [(pot.id, pot.state.value) for pot in new], now)


def _same(wish: OpenPot, stands: Filled) -> Told:
    pot = stands.pot
    same = (pot.customer_id, pot.account_id) == (wish.customer_id, wish.account_id)
    return stands if same else Conflict(Reason.ID_REUSED, id=wish.id)


async def _filled(tx: Tx, found: Sequence[Pot]) -> list[Filled]:
    balances = await ledger.balances(tx, [pot.ledger_code for pot in found])
    return [
        Filled(pot, Money(balance.posted, balance.asset))
        for pot, balance in zip(found, balances, strict=True)
    ]


async def pots(tx: Tx, ids: Sequence[str]) -> list[Filled | NotFound]:
    """Pots with what is in them, by id."""
    found = await store.by_ids(tx, ids)
    filled = {each.pot.id: each for each in await _filled(tx, list(found.values()))}
    return [filled.get(each) or _unknown(each) for each in ids]


async def pots_of(
    tx: Tx, customer_id: str, state: PotState, before: int | None, limit: int
) -> list[Filled]:
    """A customer's pots in one state, newest first, those before a sequence number."""
    return await _filled(tx, await store.page(tx, customer_id, state, before, limit))


def _unknown(key: str) -> NotFound:
    return NotFound(Reason.POT_NOT_FOUND, id=key)


def _own(found: Mapping[str, Pot], key: str, customer_id: str) -> Pot | NotFound:
    pot = found.get(key)
    return pot if pot is not None and pot.customer_id == customer_id else _unknown(key)


async def move_pots(
    tx: Tx, _node: Institution, moves: Sequence[MovePot], now: datetime
) -> list[Told]:
    """Move money into and out of pots, at once, in the order of the list; the same move again
    changes nothing. What the account or the pot does not have is refused by the book.
    """
    found = await store.lock(tx, [each.pot_id for each in moves])
    judged = [_movable(each, _own(found, each.pot_id, each.customer_id)) for each in moves]
    bookings = [
        rules.pot_booking(each, pot, now)
        for each, pot in zip(moves, judged, strict=True)
        if isinstance(pot, Pot)
    ]
    posted = iter(await ledger.post(tx, bookings, now))
    outcomes: list[Told | None] = [
        next(posted).refusal if isinstance(pot, Pot) else pot for pot in judged
    ]
    wanted = list({pot.id: pot for pot in judged if isinstance(pot, Pot)}.values())
    filled = {each.pot.id: each for each in await _filled(tx, wanted)}
    return [
        filled[each.pot_id] if outcome is None else outcome
        for each, outcome in zip(moves, outcomes, strict=True)
    ]


def _movable(move: MovePot, pot: Pot | NotFound) -> Pot | Refused | NotFound:
    if isinstance(pot, NotFound):
        return pot
    if pot.state is not PotState.OPEN:
        return Refused(Reason.POT_CLOSED)
    if move.amount.asset.code != pot.currency:
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": pot.currency})
    if move.amount.minor <= 0:
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    return pot


async def change_pots(
    tx: Tx, _node: Institution, wishes: Sequence[ChangePot], now: datetime
) -> list[Told]:
    """Give pots another name and goal; of several wishes for one pot the last stands."""
    found = await store.lock(tx, [each.id for each in wishes])
    last: dict[str, ChangePot] = {}
    outcomes: dict[int, Told] = {}
    for place, each in enumerate(wishes):
        pot = _own(found, each.id, each.customer_id)
        if isinstance(pot, NotFound):
            outcomes[place] = pot
        elif pot.state is not PotState.OPEN:
            outcomes[place] = Refused(Reason.POT_CLOSED)
        elif objection := rules.goal_objection(each.goal, each.goal_on, asset(pot.currency), now):
            outcomes[place] = objection
        else:
            last[each.id] = each
    await store.change(tx, list(last.values()))
    told = dict(zip(last, await pots(tx, list(last)), strict=True))
    return [
        outcomes[place] if place in outcomes else told[each.id] for place, each in enumerate(wishes)
    ]


async def close_pots(
    tx: Tx, _node: Institution, wishes: Sequence[ClosePot], now: datetime
) -> list[Told]:
    """Give the money back to the account, all of it, and close; where the book will not have it
    (the account is frozen) the pot stays open. Said again it changes nothing.

    The ledger account stays, with nothing in it: history refers to it.
    """
    found = await store.lock(tx, [each.id for each in wishes])
    judged = [_own(found, each.id, each.customer_id) for each in wishes]
    closing = {pot.id: pot for pot in judged if isinstance(pot, Pot) and pot.state is PotState.OPEN}
    before = await _filled(tx, list(closing.values()))
    giving = [each for each in before if each.balance.minor]
    posted = await ledger.post(tx, [rules.pot_returned(each, now) for each in giving], now)
    refused = {
        each.pot.id: outcome.refusal
        for each, outcome in zip(giving, posted, strict=True)
        if outcome.refusal is not None
    }
    done = [pot for pot in closing.values() if pot.id not in refused]
    await store.close(tx, [pot.id for pot in done], now)
    state = PotState.CLOSED
    await events.add(tx, [(pot.id, state.value) for pot in done], now)
    closed = {pot.id: replace(pot, state=state, closed_at=now) for pot in done}
    return [
        pot
        if isinstance(pot, NotFound)
        else refused.get(pot.id) or Filled(closed.get(pot.id, pot), Money(0, asset(pot.currency)))
        for pot in judged
    ]
