"""The verbs of policy.

Load a rulebook once, keep it in the database once, then decide: `load` and `decide` need no
transaction, `keep_rulebook` and `record_decisions` do.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason
from qantara.money import Rate
from qantara.policy import store
from qantara.policy.books import drafts, reading
from qantara.policy.books.entries import Defect, Entry, Equivalence, canonical
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.books.writing import rule_json, value_json
from qantara.policy.bridge import comparing, explaining, harmonising, proving, traffic
from qantara.policy.bridge.traffic import Payment
from qantara.policy.checking import cases, linting, mutating
from qantara.policy.deciding import asking
from qantara.policy.deciding.decision import Decision, DecisionRecord, NewDecision
from qantara.policy.deciding.pack import Pack, pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.topics import Topic
from qantara.policy.language.vocabulary import MONEY_FACTS, Facts, Party

if TYPE_CHECKING:
    from qantara.policy.bridge.trying import Trial

BOOKS = Path(__file__).parent / "rulebooks"
OVERLAYS = reading.OVERLAYS
EXAMPLE = OVERLAYS["example"]
"""The overlay of the example world: a corridor that does not exist, with invented figures."""

payment_facts = asking.payment_facts
read_facts = asking.read_facts
facts_shown = asking.facts_shown
compare = comparing.compare
diff = comparing.diff
explain = explaining.explain
drafted = drafts.drafted
adopting = drafts.adopting
proposals = drafts.proposals
redrawn = drafts.redrawn
read_payments = traffic.read_payments
harmonise = harmonising.harmonise
prove = proving.prove
rulebook_kept_at = store.rulebook_kept_at


def load(extra: Path | None = None, books: Path = BOOKS) -> Rulebook:
    """The books of all jurisdictions, and an overlay file over them.

    `Malformed` (`rulebook_invalid`) names file, line, entry and problem; a defect that `lint`
    finds is one, too, and so is a jurisdiction without a book: a folder that is away takes its
    whole law with it. An overlay may only say something about values that exist.
    """
    rulebook = read(books)
    if extra is not None:
        rulebook = laid_over(rulebook, extra)
    for defect in lint(rulebook):
        if not defect.warning:
            problem = f"{defect.kind}: {defect.detail}"
            raise _invalid(defect.place or "rulebooks", defect.entry, problem)
    _check_every_book_stands(rulebook)
    return rulebook


def load_sound(extra: Path | None = None, books: Path = BOOKS) -> Rulebook:
    """What `load` gives, if every case beside it also comes out as written; `Malformed` if not."""
    rulebook = load(extra, books)
    run = run_cases(rulebook.bare)
    for miss in run.misses:
        problem = f"{miss.kind} on {miss.on}: expected {miss.expected}, found {miss.found}"
        raise _invalid(miss.place, miss.entry, problem)
    return rulebook


def read(books: Path = BOOKS) -> Rulebook:
    """The books as they stand, whatever `lint` says of them."""
    values, rules = reading.read_folder(books)
    return Rulebook(values, rules, reading.read_jurisdictions(books))


def _check_every_book_stands(rulebook: Rulebook) -> None:
    told = {entry.jurisdiction for entry in (*rulebook.entries, *rulebook.rules)}
    for code in rulebook.jurisdictions:
        if code not in told:
            raise _invalid(reading.JURISDICTIONS, code, "no file of this book was found")


def laid_over(rulebook: Rulebook, extra: Path) -> Rulebook:
    """The rulebook with an overlay file on top."""
    label, values = reading.read_overlay(extra, bare=True)
    known = set(rulebook.value_ids)
    for value in values:
        if value.id not in known:
            raise _invalid(value.place, value.id, "no rulebook has a value of this id")
    return rulebook.overlay(values, label)


def _invalid(file: str, entry: str, problem: str) -> Malformed:
    return Malformed(Reason.RULEBOOK_INVALID, file=file, entry=entry, problem=problem)


def lint(rulebook: Rulebook, today: date | None = None) -> list[Defect]:
    """Every defect of a rulebook whose entries parse; with a day, what was not read for a year."""
    return linting.lint(rulebook, today)


def run_cases(rulebook: Rulebook, only: frozenset[str] | None = None) -> cases.CaseRun:
    """Decide every situation that stands beside the values and rules."""

    @cache
    def overlaid(name: str) -> Rulebook:
        if name not in OVERLAYS:
            raise _invalid("-", name, "a case names an overlay that does not exist")
        return laid_over(rulebook, OVERLAYS[name])

    return cases.run(rulebook, overlaid, only)


def equivalences(books: Path = BOOKS) -> list[Equivalence]:
    return reading.read_equivalences(books)


def decide(rulebook: Rulebook, facts: Facts, on: date) -> Decision:
    """Whether an act may go, by every rule of every jurisdiction it touches, with the trace.

    `decision.refusal` is the `Refused` to return, `decision.review` what a person must look at;
    `decision.labels` is not empty if a figure was taken from an overlay, and the person must
    then be told. `NotFound` for a day before all editions.
    """
    told = _in_own_money(rulebook, facts)
    return pack_for(rulebook, told, on).decide(told)


def pack_for(rulebook: Rulebook, facts: Facts, on: date) -> Pack:
    """The compiled rules that decide these facts."""
    destination = facts.sender if facts.recipient is None else facts.recipient
    return pack(rulebook, Key(facts.act, facts.sender.country, destination.country, on))


def _in_own_money(rulebook: Rulebook, facts: Facts) -> Facts:
    """Rules speak of a country's own currency: an amount in another, or in that of a country
    without a book, is not known to them.
    """
    sender = _own(rulebook, facts.sender)
    recipient = None if facts.recipient is None else _own(rulebook, facts.recipient)
    if sender is facts.sender and recipient is facts.recipient:
        return facts
    return replace(facts, sender=sender, recipient=recipient)


def _own(rulebook: Rulebook, side: Party) -> Party:
    known = rulebook.jurisdictions.get(side.country)
    if known is not None and known.currency == side.currency:
        return side
    return replace(side, **dict.fromkeys(MONEY_FACTS))


def standing(
    rulebook: Rulebook, on: date, topic: Topic | None = None, book: str | None = None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The values and the rules that stand on a day, of one topic or book if one is named."""
    if book is not None and book not in rulebook.jurisdictions:
        raise NotFound(Reason.RULEBOOK_VALUE_MISSING, id=book, on="any day")

    def wanted(entry: Entry) -> bool:
        return topic in {None, entry.topic} and book in {None, entry.jurisdiction}

    found = (rulebook.find(value_id, on) for value_id in rulebook.value_ids)
    values = [value_json(value) for value in found if value is not None and wanted(value)]
    return values, [rule_json(rule) for rule in rulebook.rules_on(on) if wanted(rule)]


async def keep_rulebook(tx: Tx, rulebook: Rulebook, now: datetime) -> None:
    """Store the rulebook under its version, once: decisions refer to it and replay from it."""
    await store.insert_rulebook(tx, rulebook.version, canonical(rulebook.content), now)


async def kept_rulebook(tx: Tx, version: str) -> Rulebook:
    """The rulebook of a version, as it stood; `NotFound` if this database never kept it."""
    content = await store.rulebook_content(tx, version)
    if content is None:
        raise NotFound(Reason.RULEBOOK_UNKNOWN, version=version)
    return Rulebook(*reading.read_json(json.loads(content)))


async def record_decisions(tx: Tx, new: Sequence[NewDecision], now: datetime) -> None:
    """Append decisions, in the transaction that acts on them. Their rulebook is kept before."""
    await store.insert_decisions(tx, new, now)


async def decisions(tx: Tx, ids: Sequence[str]) -> list[DecisionRecord | NotFound]:
    found = await store.decisions(tx, ids)
    return [found.get(each) or NotFound(Reason.DECISION_NOT_FOUND, id=each) for each in ids]


async def decisions_about(tx: Tx, *subjects: str) -> list[DecisionRecord]:
    """What was decided about these (a quote, its remittance), oldest first."""
    return await store.decisions_about(tx, subjects)


async def payments_asked(tx: Tx, country: str, limit: int) -> list[tuple[str, date, Facts]]:
    """What a country's own customers asked to pay: subject, day, facts; each as last decided."""
    return await store.asked(tx, country, limit)


def try_out(
    now: Rulebook, then: Rulebook, payments: Sequence[Payment], *, examples: int = 5
) -> "Trial":
    """What other rules would have done to payments: refused, delayed, freed, burdened."""
    found: Trial = _columnar().try_out(now, then, payments, examples=examples)
    return found


def try_as(
    rulebook: Rulebook,
    country: str,
    as_country: str,
    rates: Sequence[Rate],
    payments: Sequence[Payment],
    *,
    examples: int = 5,
) -> "Trial":
    """The same with a country's side decided by the rules of another."""
    lent = drafts.as_if(rulebook, country, as_country, rates)
    found: Trial = _columnar().try_out(
        rulebook, lent.rulebook, payments, restate=lent.facts, examples=examples
    )
    return found


def _columnar() -> Any:
    """Columns bring NumPy with them, which a role that is never asked can do without."""
    return import_module("qantara.policy.bridge.trying")


def mutate(seed: int, count: int, books: Path = BOOKS) -> mutating.Mutation:
    """Put faults into the books, one at a time, and see whether lint, cases or proof catch them."""
    return mutating.mutate(books, seed, count)


def replay(rulebook: Rulebook, record: DecisionRecord) -> Decision | Conflict:
    """Decide again from the stored facts; `Conflict` if the outcome is not the stored one to the
    last bit, or if the rulebook is of another version.
    """
    if rulebook.version != record.rulebook_version:
        return Conflict(Reason.STATE_CONFLICT, id=record.id, version=rulebook.version)
    try:
        decision = decide(rulebook, record.facts, record.decided_on)
    except NotFound:
        return Conflict(Reason.STATE_CONFLICT, id=record.id, day=record.decided_on.isoformat())
    if decision.digest != record.digest or decision.record != record.outcome:
        return Conflict(Reason.STATE_CONFLICT, id=record.id, digest=decision.digest)
    return decision
