"""The verbs of an FX provider."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from qantara.db import Tx, mail
from qantara.errors import Conflict, NotFound, QantaraError, Reason, Refused
from qantara.ids import uuid_text
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, NewAccount, Transfer
from qantara.scheme import funding, letters
from qantara.scheme.fxp import rules, store
from qantara.scheme.fxp.model import Exchange, Funding, FxpNode, Mid, Offered, Pair, Tick
from qantara.scheme.model import RATE_NOTICE, ExchangeNotice, RateNotice, write_notice

_Notice = mail.Received[ExchangeNotice]


async def open_books(tx: Tx, node: FxpNode, now: datetime) -> None:
    """Per currency: the nostro, the open position, the margin earned, the capital."""
    accounts = []
    for asset in node.assets:
        nostro = node.nostros[asset.code]
        accounts += [
            NewAccount(node.nostro(asset.code), asset, AccountClass.CLAIM, keeper=nostro),
            NewAccount(f"position/{asset}", asset, AccountClass.FX_POSITION),
            NewAccount(f"income/margin/{asset}", asset, AccountClass.INCOME),
            NewAccount(f"equity/capital/{asset}", asset, AccountClass.EQUITY),
        ]
    await funding.open_accounts(tx, accounts, now)


async def fund(
    tx: Tx, node: FxpNode, commands: Sequence[Funding], now: datetime
) -> list[Refused | None]:
    """Own money put with the access provider of its currency."""
    grants = [
        funding.Grant(
            each.id,
            debit=node.nostro(each.amount.asset.code),
            credit=f"equity/capital/{each.amount.asset}",
            amount=each.amount,
        )
        for each in commands
    ]
    return await funding.take(tx, node.role, "fxp.fund", grants, now)


async def next_rate(
    tx: Tx, node: FxpNode, commands: Sequence[Tick], now: datetime
) -> list[tuple[Offered, Offered] | NotFound]:
    """The next step of a pair's mid, priced and pushed to the gateway in both directions.

    Mid and rate depend on seed and tick alone; ticks count from 1.
    """
    pairs = {pair.name: pair for pair in node.pairs}
    directions = [(pair.base.code, pair.quote.code) for pair in node.pairs]
    newest = await store.newest_rates(tx, directions)
    made: list[Offered] = []
    outcomes: list[tuple[Offered, Offered] | NotFound] = []
    for command in commands:
        pair = pairs.get(command.pair)
        if pair is None:
            outcomes.append(NotFound(Reason.RATE_MISSING, pair=command.pair))
            continue
        direction = (pair.base.code, pair.quote.code)
        out = _next(node, pair, newest.get(direction), now)
        newest[direction] = out[0]
        made += out
        outcomes.append(out)
    await store.insert_rates(tx, made)
    await mail.send(tx, [_pushed(node, offered) for offered in made], now)
    return outcomes


def _next(
    node: FxpNode, pair: Pair, last: Offered | None, now: datetime
) -> tuple[Offered, Offered]:
    tick = 1 if last is None else last.tick + 1
    before = pair.start if last is None else last.mid
    mid = rules.next_mid(node.seed, pair, tick, before, node.step_bps)
    there = Offered(
        id=_rate_id(node, pair.base.code, pair.quote.code, tick),
        pair=pair.name,
        tick=tick,
        source=pair.base.code,
        destination=pair.quote.code,
        mid=mid,
        rate=rules.priced(mid, node.spread_bps),
        # Rates of one batch are told apart by their time: the gateway takes only later ones.
        issued_at=now if last is None else max(now, last.issued_at + timedelta(milliseconds=1)),
        expires_at=now + timedelta(seconds=node.rate_validity_seconds),
    )
    back = rules.inverse(mid)
    return there, replace(
        there,
        id=_rate_id(node, pair.quote.code, pair.base.code, tick),
        source=pair.quote.code,
        destination=pair.base.code,
        mid=back,
        rate=rules.priced(back, node.spread_bps),
    )


def _rate_id(node: FxpNode, source: str, destination: str, tick: int) -> str:
    return uuid_text(node.role, "rate", source, destination, str(tick))


def _pushed(node: FxpNode, offered: Offered) -> mail.Outgoing:
    notice = RateNotice(
        message_id=letters.message_id(node.role, "rate", offered.id),
        id=offered.id,
        source=offered.source,
        destination=offered.destination,
        rate=offered.rate,
        created_at=offered.issued_at,
        expires_at=offered.expires_at,
    )
    return mail.Outgoing(node.gateway, notice.message_id, RATE_NOTICE, None, write_notice(notice))


async def latest_mid(tx: Tx, source: str, destination: str) -> Mid | None:
    """The newest mid of one direction; None before the first tick."""
    found = (await store.newest_rates(tx, [(source, destination)])).get((source, destination))
    return None if found is None else Mid(source, destination, found.mid, found.issued_at)


async def exchange(
    tx: Tx, node: FxpNode, received: Sequence[_Notice], now: datetime
) -> list[QantaraError | None]:
    """Each completed payment, exactly once per UETR: both currency legs and the margin in one
    chain, with its evidence. The same UETR with other amounts is a Conflict.
    """
    fresh = await mail.take(tx, [item.message for item in received], now)
    known = await store.exchanges(tx, [item.record.uetr for item in received])
    rates = await store.rates(tx, [item.record.rate_id for item in received])
    done: list[Exchange] = []
    outcomes: list[QantaraError | None] = []
    for item, is_fresh in zip(received, fresh, strict=True):
        try:
            made = _exchange(node, item, rates, now) if is_fresh else None
            if made is not None and _new(made, known):
                known[made.uetr] = made
                done.append(made)
        except (Conflict, NotFound) as error:
            outcomes.append(error)
        else:
            outcomes.append(None)
    transfers = [leg for made in done for leg in _legs(node, made)]
    for outcome in await ledger.post(tx, transfers, now):
        if outcome.refusal is not None:
            raise Conflict(outcome.refusal.reason, transfer=outcome.id)
    await store.insert_exchanges(tx, done, now)
    return outcomes


def _exchange(node: FxpNode, item: _Notice, rates: dict[str, Offered], now: datetime) -> Exchange:
    notice = item.record
    if item.message.sender != node.gateway:
        raise Conflict(Reason.MESSAGE_WRONG_PARTY, sender=item.message.sender)
    base = rates.get(notice.rate_id)
    if base is None or (base.source, base.destination) != (notice.source, notice.destination):
        raise NotFound(Reason.RATE_MISSING, rate=notice.rate_id)
    return Exchange(
        uetr=notice.uetr,
        rate_id=notice.rate_id,
        quote_id=notice.quote_id,
        given=notice.given,
        paid=notice.paid,
        rate=notice.rate,
        mid=base.mid,
        margin=rules.margin(notice.given, notice.paid, base.mid),
        # Two clocks: nothing is booked as of a time that has not come here yet.
        occurred_at=min(notice.completed_at, now),
    )


def _new(made: Exchange, known: dict[str, Exchange]) -> bool:
    before = known.get(made.uetr)
    if before is None:
        return True
    if (before.given, before.paid, before.rate_id) != (made.given, made.paid, made.rate_id):
        raise Conflict(Reason.ID_REUSED, uetr=made.uetr)
    return False


def _legs(node: FxpNode, made: Exchange) -> list[Transfer]:
    """Source currency in, destination currency out, and the position valued at mid."""
    got, gave = made.given.asset.code, made.paid.asset.code
    position, income = f"position/{gave}", f"income/margin/{gave}"
    legs = [
        ("source", node.nostro(got), f"position/{got}", made.given),
        ("destination", position, node.nostro(gave), made.paid),
    ]
    if made.margin.minor > 0:
        legs.append(("margin", position, income, made.margin))
    elif made.margin.minor < 0:
        legs.append(("margin", income, position, replace(made.margin, minor=-made.margin.minor)))
    return [
        Transfer(
            id=letters.transfer_id(node.role, made.uetr, leg),
            debit=debit,
            credit=credit,
            amount=amount.minor,
            asset=amount.asset.code,
            code=f"fxp.exchange.{leg}",
            reference=made.uetr,
            occurred_at=made.occurred_at,
            linked=place < len(legs),
        )
        for place, (leg, debit, credit, amount) in enumerate(legs, 1)
    ]
