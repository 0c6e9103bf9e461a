"""Whether the books of a whole world hold together: each by itself, and each with the others."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qantara.db import Tx
from qantara.ledger import flow as ledger
from qantara.ledger.model import AccountClass, BookReport, Finding, Position
from qantara.money import ASSETS, Money


@dataclass(frozen=True, slots=True)
class Mirror:
    """One party's claims against the keeper's book; `difference` in minor units, zero if they
    agree.
    """

    holder: str
    keeper: str
    asset: str
    difference: int


@dataclass(frozen=True, slots=True)
class Clearing:
    role: str
    account: str
    asset: str
    amount: int


@dataclass(frozen=True, slots=True)
class Safeguarding:
    """An issuer's e-money outstanding beside the funds kept apart for it."""

    issuer: str
    asset: str
    outstanding: int
    safeguarded: int

    @property
    def difference(self) -> int:
        return self.safeguarded - self.outstanding


@dataclass(frozen=True, slots=True)
class Books:
    """Every book of a world, as it was found."""

    reports: Mapping[str, BookReport]
    sums: Mapping[str, int]
    mirrors: tuple[Mirror, ...]
    clearing: tuple[Clearing, ...]
    safeguarding: tuple[Safeguarding, ...]

    @property
    def balanced(self) -> bool:
        return (
            all(report.clean for report in self.reports.values())
            and not any(self.sums.values())
            and not any(mirror.difference for mirror in self.mirrors)
            and not any(account.amount for account in self.clearing)
            and not any(issuer.difference for issuer in self.safeguarding)
        )

    @property
    def first_wrong(self) -> tuple[str, Finding] | None:
        """The first wrong row, and whose book it stands in."""
        for role, report in self.reports.items():
            if report.first is not None:
                return role, report.first
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "balanced": self.balanced,
            "assets": [
                {"asset": code, "sum": _major(amount, code)} for code, amount in self.sums.items()
            ],
            "mirrors": [
                {
                    "holder": mirror.holder,
                    "keeper": mirror.keeper,
                    "asset": mirror.asset,
                    "difference": _major(mirror.difference, mirror.asset),
                }
                for mirror in self.mirrors
            ],
            "clearing": [
                {
                    "account": f"{account.role}/{account.account}",
                    "asset": account.asset,
                    "amount": _major(account.amount, account.asset),
                }
                for account in self.clearing
            ],
            "safeguarding": [
                {
                    "issuer": issuer.issuer,
                    "asset": issuer.asset,
                    "outstanding": _major(issuer.outstanding, issuer.asset),
                    "safeguarded": _major(issuer.safeguarded, issuer.asset),
                    "difference": _major(issuer.difference, issuer.asset),
                }
                for issuer in self.safeguarding
            ],
            "roles": {role: _report(report) for role, report in self.reports.items()},
        }


def _major(minor: int, code: str) -> str:
    return str(Money(minor, ASSETS[code]))


def _report(report: BookReport) -> dict[str, Any]:
    return {
        "accounts": report.accounts,
        "transfers": report.transfers,
        "batches": report.batches,
        "seals": report.seals,
        "open_holds": report.open_holds,
        "clean": report.clean,
        "wrong": [
            {
                "kind": finding.wrong.value,
                "table": finding.table,
                "key": finding.key,
                "field": finding.field,
                "expected": finding.expected,
                "found": finding.found,
            }
            for finding in report.findings
        ],
    }


Book = tuple[BookReport, list[Position]]
"""What one role's book says of itself, and where its accounts stand between books."""


async def read_book(tx: Tx) -> Book:
    """One book, re-added, with its accounts' places between books; one snapshot for both."""
    return await ledger.verify_book(tx), await ledger.positions(tx)


def compare(books: Mapping[str, Book]) -> Books:
    """Hold the books of a world against each other.

    A mirror is told only where both sides' books are among those read.
    """
    mirrors: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    sums: defaultdict[str, int] = defaultdict(int)
    clearing, safeguarding = [], []
    for role, (_, positions) in books.items():
        for position in positions:
            code = position.asset.code
            sums[code] += position.balance
            if position.keeper in books:
                mirrors[role, position.keeper or "", code] += position.balance
            if position.holder in books:
                mirrors[position.holder or "", role, code] += position.balance
            if position.account_class is AccountClass.CLEARING:
                clearing.append(Clearing(role, position.code, code, position.balance))
        safeguarding += _safeguarding(role, positions)
    return Books(
        reports={role: report for role, (report, _) in books.items()},
        sums=dict(sorted(sums.items())),
        mirrors=tuple(Mirror(*key, difference) for key, difference in sorted(mirrors.items())),
        clearing=tuple(clearing),
        safeguarding=tuple(safeguarding),
    )


def _safeguarding(role: str, positions: list[Position]) -> list[Safeguarding]:
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    issues = False
    for position in positions:
        if position.account_class is AccountClass.E_MONEY:
            totals[position.asset.code][0] += position.balance
            issues = True
        elif position.account_class is AccountClass.SAFEGUARDED:
            totals[position.asset.code][1] -= position.balance
    if not issues:
        return []
    return [Safeguarding(role, code, *pair) for code, pair in sorted(totals.items())]
