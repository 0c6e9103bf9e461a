"""Books held against each other: claims and what keepers say of them, and customers' money."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from qantara.world.audit.book import Account, Book
from qantara.world.audit.model import Finding, Told, Wrong

_POSITION = "position/"


def compared(books: Mapping[str, Book]) -> Iterator[Told]:
    """Every sum over whole books that must be zero, and is not."""
    for role, book in books.items():
        yield from (Told(Wrong.UNBALANCED, Finding(role, *said)) for said in _within(book))
    mirrors: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for role, book in books.items():
        for account in book.accounts.values():
            if account.keeper is not None:
                mirrors[role, account.keeper, account.asset] += account.balance
            if account.holder is not None:
                mirrors[account.holder, role, account.asset] += account.balance
    for (holder, keeper, asset), off in mirrors.items():
        if off:
            sentence = f"its claim on {keeper} and the book of {keeper} differ by {off} {asset}"
            yield Told(Wrong.UNBALANCED, Finding(holder, keeper, sentence))


def _within(book: Book) -> Iterator[tuple[str, str]]:
    everything = _sums(book.accounts.values())
    for asset, total in everything.items():
        if total:
            yield asset, f"all accounts together are {total} {asset} instead of nothing"
    customers = _sums(each for each in book.accounts.values() if each.kind == "e_money")
    apart = _sums(each for each in book.accounts.values() if each.kind == "safeguarded")
    for asset in customers.keys() | apart.keys():
        if customers[asset] + apart[asset]:
            told = f"{customers[asset]} of customers' money, {-apart[asset]} kept apart for it"
            yield asset, told
    positions = _sums(each for each in book.accounts.values() if _is_position(each))
    for asset, total in positions.items():
        if total:
            yield asset, f"the net positions add up to {total} {asset}"


def _is_position(account: Account) -> bool:
    """A member's deferred net position; other roles call other accounts by that word."""
    return account.kind == "settlement" and account.code.startswith(_POSITION)


def _sums(accounts: Iterable[Account]) -> defaultdict[str, int]:
    """By asset."""
    sums: defaultdict[str, int] = defaultdict(int)
    for account in accounts:
        sums[account.asset] += account.balance
    return sums
