"""What each payment must have moved in each book, beside what its transfers did move there."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from qantara.world.audit import parts as of_payment
from qantara.world.audit.book import Account, Book
from qantara.world.audit.model import Finding, Told, Wrong
from qantara.world.audit.parts import End, Part, Place

_OWN = frozenset({"own_funds", "settlement", "fx_position"})
_BY_ITSELF = frozenset({"e_money", "settlement"})


def compared(role: str, kind: str, book: Book, parts: Sequence[Part]) -> Iterator[Told]:
    """Both sides of every payment of one role; what is under way has no figure yet."""
    did: defaultdict[str, Counter[Place]] = defaultdict(Counter)
    for reference, number, amount in book.moved:
        account = book.accounts.get(number)
        if account is not None:
            did[reference][_place(kind, account)] += amount
    rows: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        rows[part.uetr].append(part)
    for uetr in did.keys() | rows.keys():
        mine = rows.get(uetr, [])
        if any(part.end is End.OPEN and part.name.startswith("system") for part in mine):
            continue
        moved = Counter({place: amount for place, amount in did[uetr].items() if amount})
        wanted = of_payment.effect_of(mine)
        if moved not in (wanted, of_payment.either_of(mine)):
            yield _told(role, uetr, mine, wanted, moved)


def _place(kind: str, account: Account) -> Place:
    if kind == "institution" and account.kind in _OWN:
        return Place("own", "", account.asset)
    which = account.holder or account.code if account.kind in _BY_ITSELF else ""
    return Place(account.kind, which, account.asset)


def _told(
    role: str,
    uetr: str,
    mine: Sequence[Part],
    wanted: Mapping[Place, int],
    moved: Mapping[Place, int],
) -> Told:
    states = " and ".join(sorted({f"{part.name} {part.state}" for part in mine})) or "not known"
    off = sorted(wanted.keys() | moved.keys())
    lines = [
        f"{' '.join(filter(None, place))} moved by {moved.get(place, 0)} instead of"
        f" {wanted.get(place, 0)}"
        for place in off
        if wanted.get(place, 0) != moved.get(place, 0)
    ]
    sentence = f"it is {states} here, and {'; '.join(lines)}"
    return Told(_kind(wanted, moved), Finding(role, uetr, sentence))


def _kind(wanted: Mapping[Place, int], moved: Mapping[Place, int]) -> Wrong:
    """A customer who should have been given money, or given it back, and was not: lost. One who
    was given more: doubled. Anything else is a book that does not say what its records say.
    """
    missing = more = False
    for place in wanted.keys() | moved.keys():
        if place.kind == "e_money":
            should, did = wanted.get(place, 0), moved.get(place, 0)
            missing = missing or did < should
            more = more or did > should > 0
    if missing:
        return Wrong.LOST
    return Wrong.DOUBLED if more else Wrong.UNBALANCED
