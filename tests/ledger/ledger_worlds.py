"""Small random worlds, in which everything that can go wrong does so often."""

import uuid
from datetime import timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from moments import NOW
from qantara.ledger import flow
from qantara.ledger.model import (
    AccountClass,
    AccountStatus,
    Balancing,
    NewAccount,
    Transfer,
    TransferKind,
)
from qantara.ledger.spec import AccountState, BookState
from qantara.money import MYR, PKR

TERMS = [
    NewAccount("equity/myr", MYR, AccountClass.EQUITY),
    NewAccount("customer/a", MYR, AccountClass.E_MONEY, floor=0),
    NewAccount("customer/b", MYR, AccountClass.E_MONEY, floor=0, ceiling=60),
    NewAccount("claim/c", MYR, AccountClass.CLAIM, floor=-30, ceiling=0),
    NewAccount("equity/pkr", PKR, AccountClass.EQUITY),
    NewAccount("customer/frozen", MYR, AccountClass.E_MONEY, floor=-50),
    NewAccount("customer/closed", MYR, AccountClass.E_MONEY),
]
SECOND = timedelta(seconds=1)


@st.composite
def worlds(draw):
    """Batches of transfers that build on each other; now and then one comes again.

    Drawn from one seeded source: the shares of what goes wrong are ours to choose, so that
    every outcome is met often and most transfers get as far as the bounds.
    """
    source = draw(st.randoms(use_true_random=True))
    past = []
    return [
        [_item(source, past) for _ in range(source.randint(1, 14))]
        for _ in range(source.randint(1, 5))
    ]


def _item(source, past):
    if past and source.random() < 0.08:
        item = source.choice(past)
        return item if source.random() < 0.5 else replace(item, code="test.changed")
    if past and source.random() < 0.04:
        item = replace(_new(source, past), id=source.choice(past).id)
    else:
        item = _new(source, past)
    past.append(item)
    return item


def _new(source, past):
    holds = [known.id for known in past if known.kind is TransferKind.HOLD][-4:]
    weights = [5, 5, 5, 2, 2] if holds else [5, 5, 0.1, 0, 0]
    kind = source.choices(list(TransferKind), weights=weights)[0]
    debit, credit = _codes(source)
    item = Transfer(
        id=str(uuid.UUID(int=source.getrandbits(128))),
        amount=_amount(source),
        code="test",
        reference=source.choice(["", "", "|1:x\n"]),
        occurred_at=NOW + timedelta(seconds=source.choice([0] * 12 + [-60] * 6 + [40])),
        linked=source.random() < 0.15,
        debit=debit,
        credit=credit,
        asset=source.choices(["MYR", "PKR"], weights=[30, 1])[0],
        balancing=source.choices(list(Balancing), weights=[6, 1, 1])[0],
    )
    if kind is TransferKind.DIRECT:
        return item
    if kind is TransferKind.HOLD:
        expires_at = source.choice([None, NOW, NOW + 20 * SECOND, NOW + 90 * SECOND])
        return replace(item, kind=kind, expires_at=expires_at)
    return replace(
        item,
        kind=kind,
        hold_id=source.choice(holds) if holds else item.id,
        amount=0 if kind is TransferKind.EXPIRE else item.amount,
        debit="",
        credit="",
        asset="",
        balancing=Balancing.NONE,
    )


def _amount(source):
    if source.random() < 0.04:
        return source.choice([-1, 10**30, 10**40])
    return source.choice([0, 1, 2, 5, 5, 10, 10, 20, 35])


def _codes(source):
    """Debit and credit: mostly accounts that can pay each other, money coming in more often."""
    if source.random() < 0.03:
        return "customer/a", "customer/a"
    if source.random() < 0.3:
        return "equity/myr", source.choice(["customer/a", "customer/b"])
    codes = source.sample(["equity/myr", "customer/a", "customer/b", "claim/c"], 2)
    if source.random() < 0.1:
        odd = ["customer/frozen", "customer/closed", "equity/pkr", "nobody"]
        codes[source.randrange(2)] = source.choice(odd)
    return codes


async def open_world(tx):
    for outcome in await flow.open_accounts(tx, TERMS, NOW):
        assert outcome.terms in TERMS
    await flow.freeze(tx, "customer/frozen", "court order", "s.1", "usr_1", NOW)
    await flow.close(tx, "customer/closed", "usr_1", NOW)


def spec_world():
    accounts = {t.code: AccountState(t.asset.code, t.floor, t.ceiling) for t in TERMS}
    accounts["customer/frozen"].status = AccountStatus.FROZEN
    accounts["customer/closed"].status = AccountStatus.CLOSED
    return BookState(accounts=accounts)
