"""The way of each payment: who must know it, with the same end and the same figures."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from qantara.world.audit.model import Finding, Told, Wrong
from qantara.world.audit.parts import End, Part

ABROAD = ("system out", "access source", "gateway", "system in", "access destination", "exchange")
INSIDE = ("system inside",)
_PAYERS = frozenset({"payer", "sent", "payer inside", "sent inside"})
_PAYEES = frozenset({"payee", "payee inside"})
_TAKEN = frozenset({"submitted", "overdue"})
_FIGURES = {
    "sent": "between the banks at the source",
    "arrived": "between the banks at the destination",
    "fee": "kept by the payee's institution",
    "credited": "for the payee",
}
_SAYS_BLOCKED = frozenset({"payer", "system out", "gateway", "system in", "payee", "payer inside"})
Said = Iterator[tuple[Wrong, Part, str]]


def compared(parts: Sequence[Part]) -> Iterator[Told]:
    """What is wrong between the parties of each payment."""
    ways: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if part.name not in {"giver", "given back"}:
            ways[part.uetr].append(part)
    for uetr, way in ways.items():
        for wrong, part, sentence in _of_payment(way):
            yield Told(wrong, Finding(part.role, uetr, sentence))


def waiting(parts: Sequence[Part]) -> frozenset[str]:
    """The payments that wait for a person's decision; all parties wait with them."""
    return frozenset(part.uetr for part in parts if part.waits)


def _of_payment(way: Sequence[Part]) -> Said:
    yield from _twice(way)
    payers = [part for part in way if part.name in _PAYERS]
    payees = [part for part in way if part.name in _PAYEES]
    yield from _ends(way, payers, payees)
    gone, came = (_went(some) for some in (payers, payees))
    if gone and came:
        yield from _missing(way)
        yield from _figures(way)
        yield from _blocked(way)
    truth = {part.end is End.GONE for part in (*payers, *payees) if part.end is not End.OPEN}
    if len(truth) == 1:
        others = [part for part in way if part not in payers and part not in payees]
        for part in others:
            if part.end is not End.OPEN and (part.end is End.GONE) not in truth:
                told = f"{part.name} has it as {part.state}, payer and payee do not"
                yield Wrong.UNBALANCED, part, told


def _went(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if part.end is End.GONE]


def _ends(way: Sequence[Part], payers: Sequence[Part], payees: Sequence[Part]) -> Said:
    """Paid and not credited, credited and not paid, or known to nobody who pays."""
    gone, came = _went(payers), _went(payees)
    if gone and not came and all(part.end is not End.OPEN for part in payees):
        told = f"the payee's side has it as {payees[0].state}" if payees else "no payee knows it"
        yield Wrong.LOST, gone[0], f"the payer paid ({gone[0].state}), and {told}"
    if came and payers and all(part.end is End.BACK for part in payers):
        told = f"credited ({came[0].state}), and the payer has it back ({payers[0].state})"
        yield Wrong.DOUBLED, came[0], told
    known = any(part.name.startswith("system") for part in way)
    for payer in payers:
        if payer.state in _TAKEN and not known:
            told = f"{payer.state}: its payment system took it, and does not know it"
            yield Wrong.LOST, payer, told
    if not payers:
        wrong = Wrong.UNBALANCED if came else Wrong.LOST
        told = f"{way[0].name} has it as {way[0].state}, and no payer's side knows it"
        yield wrong, way[0], told


def _twice(way: Sequence[Part]) -> Said:
    counts = Counter(part.name for part in way if part.end is End.GONE)
    for name, count in counts.items():
        if count > 1:
            first = next(part for part in way if part.name == name and part.end is End.GONE)
            yield Wrong.DOUBLED, first, f"{count} parties have it as {name}"


def _missing(way: Sequence[Part]) -> Said:
    """Money went through: everybody on the way must know it."""
    there = {part.name: part for part in way}
    inside = any(part.name.endswith("inside") for part in way)
    if inside:
        ends = {part.role for part in way if part.name in {"payer inside", "payee inside"}}
        wanted = set(INSIDE) if len(ends) > 1 else set()
    else:
        wanted = set(ABROAD)
        for name, unless in (
            ("access source", "system out"),
            ("access destination", "system in"),
            ("exchange", "gateway"),
        ):
            if unless in there and there[unless].skips:
                wanted.discard(name)
    for name in sorted(wanted - there.keys()):
        yield Wrong.LOST, way[0], f"it went through, and is not known to its {name}"


def _figures(way: Sequence[Part]) -> Said:
    """The same amounts at all; the odd one out is told."""
    for figure, words in _FIGURES.items():
        said = [(part, part.figures[figure]) for part in way if figure in part.figures]
        counts = Counter(amount for _, amount in said)
        if len(counts) > 1:
            usual = counts.most_common(1)[0][0]
            for part, amount in said:
                if amount != usual:
                    told = f"{part.name} has {amount} {words}, the others {usual}"
                    yield Wrong.UNBALANCED, part, told


def _blocked(way: Sequence[Part]) -> Said:
    parties = [part for part in way if part.name in _SAYS_BLOCKED]
    blocked = [part for part in parties if part.state == "blocked"]
    if blocked and len(blocked) < len(parties):
        for part in parties:
            if part.state != "blocked":
                yield Wrong.UNBALANCED, part, f"{part.name} has it as {part.state}, not blocked"
