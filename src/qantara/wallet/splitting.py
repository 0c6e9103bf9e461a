"""One bill shared among several people: each part is a request, and all sum to the bill."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from qantara import ids
from qantara.db import Tx
from qantara.errors import Conflict, NotFound, Reason, Refused
from qantara.money import Money
from qantara.remittance.model import Institution
from qantara.wallet import request_store, split_store
from qantara.wallet.request_model import AskMoney, MoneyRequest, Split, SplitBill
from qantara.wallet.requesting import Asked, judge, keep, wish_of

Shared = Split | Refused | Conflict | NotFound


async def split_bills(
    tx: Tx, node: Institution, wishes: Sequence[SplitBill], now: datetime
) -> list[Shared]:
    """Ask everybody for a part; of one bill all are asked, or nobody. The same wish again gives
    the same split, another one under its id a `Conflict`.
    """
    known = await _with_parts(tx, await split_store.by_ids(tx, [each.id for each in wishes]))
    fresh: dict[str, SplitBill] = {}
    for each in wishes:
        if each.id not in known:
            fresh.setdefault(each.id, each)
    shares = {key: shares_of(each) for key, each in fresh.items()}
    asks = {
        key: _asks(fresh[key], share[1:])
        for key, share in shares.items()
        if not isinstance(share, Refused)
    }
    judged = await judge(tx, node, [each for group in asks.values() for each in group], now)
    made: dict[str, Shared] = {}
    for key, share in shares.items():
        if isinstance(share, Refused):
            made[key] = share
        else:
            made[key] = _made(fresh[key], share[0], [judged[each.id] for each in asks[key]], now)
    new = [each for each in made.values() if isinstance(each, Split)]
    await split_store.add(tx, new)
    await keep(tx, [request for each in new for request in each.requests], now)
    stand: dict[str, Shared] = {**known, **made}
    return [_told(each, stand[each.id]) for each in wishes]


def shares_of(wish: SplitBill) -> list[Money] | Refused:
    """The owner's part, then everybody's in their order: they sum to the bill to the last unit."""
    stated = [part.amount for part in wish.parts if part.amount is not None]
    if any(each.asset != wish.total.asset for each in [*stated, *([wish.own] if wish.own else [])]):
        return Refused(Reason.CURRENCY_MISMATCH, facts={"currency": wish.total.asset.code})
    if stated and len(stated) != len(wish.parts):
        return Refused(Reason.SPLIT_UNEVEN, rule="split.parts")
    nothing = Money(0, wish.total.asset)
    if stated:
        shares = [wish.own or nothing, *stated]
    elif wish.own is not None or not wish.include_self:
        own = wish.own or nothing
        shares = [own, *(wish.total - own).split([1] * len(wish.parts))]
    else:
        *others, own = wish.total.split([1] * (len(wish.parts) + 1))
        shares = [own, *others]
    if sum(each.minor for each in shares) != wish.total.minor or shares[0].minor < 0:
        return Refused(Reason.SPLIT_UNEVEN, rule="split.sum")
    if any(each.minor <= 0 for each in shares[1:]):
        return Refused(Reason.AMOUNT_NOT_POSITIVE)
    return shares


def _asks(wish: SplitBill, shares: Sequence[Money]) -> list[AskMoney]:
    return [
        AskMoney(
            ids.derived("mrq", wish.id, str(place)),
            wish.customer_id,
            wish.account_id,
            part.payer_check_id,
            amount,
            wish.expires_at,
            wish.note,
            wish.id,
        )
        for place, (part, amount) in enumerate(zip(wish.parts, shares, strict=True))
    ]


def _made(wish: SplitBill, own: Money, parts: Sequence[Asked], now: datetime) -> Shared:
    requests: list[MoneyRequest] = []
    for each in parts:
        if not isinstance(each, MoneyRequest):
            return each
        requests.append(each)
    if len({each.payer_id for each in requests}) < len(requests):
        facts = {"param": "parts", "value": "the same person twice"}
        return Refused(Reason.FIELD_INVALID, facts=facts)
    return Split(
        wish.id,
        wish.customer_id,
        wish.account_id,
        wish.total,
        own,
        now,
        wish.expires_at,
        wish.note,
        tuple(requests),
    )


def _told(wish: SplitBill, stands: Shared) -> Shared:
    if not isinstance(stands, Split):
        return stands
    shares = shares_of(wish)
    if isinstance(shares, Refused):
        return Conflict(Reason.ID_REUSED, id=wish.id)
    same_parts = _asks(wish, shares[1:]) == [wish_of(each) for each in stands.requests]
    same = (stands.customer_id, stands.total, stands.own) == (
        wish.customer_id,
        wish.total,
        shares[0],
    )
    return stands if same and same_parts else Conflict(Reason.ID_REUSED, id=wish.id)


async def _with_parts(tx: Tx, found: dict[str, Split]) -> dict[str, Split]:
    parts: dict[str | None, list[MoneyRequest]] = defaultdict(list)
    for each in await request_store.of_splits(tx, list(found)):
        parts[each.split_id].append(each)
    return {key: replace(split, requests=tuple(parts[key])) for key, split in found.items()}


async def splits(tx: Tx, ids: Sequence[str]) -> list[Split | NotFound]:
    """Bills with what became of each part."""
    found = await _with_parts(tx, await split_store.by_ids(tx, ids))
    return [found.get(each) or NotFound(Reason.SPLIT_NOT_FOUND, id=each) for each in ids]


async def splits_of(tx: Tx, customer_id: str, before: int | None, limit: int) -> list[Split]:
    """A customer's, newest first, those before a sequence number."""
    page = await split_store.page(tx, customer_id, before, limit)
    filled = await _with_parts(tx, {each.id: each for each in page})
    return [filled[each.id] for each in page]
