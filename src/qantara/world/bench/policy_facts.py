"""Acts that rules are measured on: as various as a seed makes them, and prepared beforehand."""

from collections.abc import Mapping
from datetime import date
from random import Random

import numpy as np

from qantara.policy.deciding.columns import Array, Coded
from qantara.policy.language.vocabulary import Act, Facts, Party

ON = date(2026, 11, 2)
DAYS = (date(2012, 5, 2), date(2018, 5, 2), ON)
"""Days of the three checks: the figures of each are others."""
CLASSES = ("bb_l0", "bb_l1")
KINDS = ("person", "company")
HOLDS = ("bank", "asaan", "asaan_remittance")
PURPOSES = ("FAMI", "EDUC", "SUPP", "GDDS")
ELEMENTS = ("purposeCode", "categoryPurposeCode")
_SEED = 20_261_102
_USUAL, _MOST = 1_200_000, 6_000_000
_SELDOM = 0.02
"""One payment in fifty is a large one, or lacks its purpose, or is suspected."""
_RATE = 65


def corridor(count: int) -> list[Facts]:
    """Payments from Malaysia to Pakistan over Nexus, everything known that rules ask for."""
    source = Random(_SEED)  # noqa: S311 -- invented payments
    return [_payment(source) for _ in range(count)]


def _payment(source: Random) -> Facts:
    amount = source.randrange(1_00, _MOST if source.random() < _SELDOM else _USUAL)
    arrives = amount * _RATE
    before = source.randrange(2_000_000)
    sender = Party(
        country="MY",
        currency="MYR",
        rail="duitnow",
        customer_kind=source.choice(KINDS),
        amount=amount,
        account_class="bank",
        balance_after=before,
        sent_today=amount + before // 3,
        sent_month=amount + before,
        sent_year=amount + 5 * before,
        cdd="standard",
        suspicion=False,
    )
    recipient = Party(
        country="PK",
        currency="PKR",
        rail="raast",
        customer_kind="person",
        amount=arrives,
        account_class=source.choice(HOLDS),
        balance_after=arrives + source.randrange(23_000_000),
        received_month=arrives + before,
        local_credit_month=source.randrange(120_000_000),
        payee_check="match",
        suspicion=source.random() < _SELDOM,
    )
    return Facts(
        act=Act.PAYMENT,
        sender=sender,
        recipient=recipient,
        via="nexus",
        purpose=source.choice(PURPOSES),
        elements=frozenset(ELEMENTS[: 0 if source.random() < _SELDOM else 1]),
    )


def corridor_arrays(rows: int) -> Mapping[str, Array | Coded]:
    """The same kind of payments as columns."""
    source = np.random.default_rng(_SEED)
    large = source.random(rows) < _SELDOM
    amount = np.where(
        large, source.integers(1_00, _MOST, rows), source.integers(1_00, _USUAL, rows)
    )

    def texts(*choices: str) -> Coded:
        return Coded(source.integers(0, len(choices), rows), choices)

    return {
        "sender.rail": texts("duitnow"),
        "sender.customer_kind": texts(*KINDS),
        "sender.amount": amount,
        "sender.suspicion": np.zeros(rows, np.int8),
        "recipient.rail": texts("raast"),
        "recipient.amount": amount * _RATE,
        "recipient.account_class": texts(*HOLDS),
        "recipient.balance_after": amount * _RATE + source.integers(0, 23_000_000, rows),
        "recipient.suspicion": (source.random(rows) < _SELDOM).astype(np.int8),
        "via": texts("nexus"),
        "purpose": texts(*PURPOSES),
        "elements": Coded((source.random(rows) >= _SELDOM).astype(np.int64), ELEMENTS),
    }


def accounts(count: int) -> list[tuple[Facts, date]]:
    """Acts on branchless accounts in Pakistan, each on one of the days."""
    source = Random(_SEED)  # noqa: S311 -- invented payments
    found = []
    for _ in range(count):
        party = Party(
            country="PK",
            currency="PKR",
            account_class=source.choice(CLASSES),
            balance_after=source.randrange(25_000_000),
            sent_today=source.randrange(4_000_000),
            sent_month=source.randrange(6_000_000),
        )
        found.append((Facts(act=Act.ACCOUNT, sender=party), source.choice(DAYS)))
    return found
