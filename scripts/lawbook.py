"""Write docs/law from the rulebooks: a page for each book, and the tables of the index.

`--check` compares only. The prose of the index is written by hand, around the marked parts.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from reference import table

from qantara.policy import flow
from qantara.policy.language.vocabulary import FACTS, Fact
from qantara.policy.model import (
    Citation,
    Confidence,
    Effect,
    Entry,
    Fee,
    Jurisdiction,
    Rule,
    Rulebook,
    Silence,
    Status,
    Topic,
    Value,
)

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "law"
INDEX = FOLDER / "README.md"
TITLES = {
    Topic.CDD: "Customer due diligence",
    Topic.E_KYC: "Electronic identification",
    Topic.E_MONEY: "E-money",
}
"""Topics whose title is not their name."""
KINDS = {
    "country": "These are figures and rules of a country's law and of its payment schemes.",
    "union": "The law of a union applies in its member states, beside their own.",
    "network": "A network's documents bind its participants; they are no law.",
    "standard": "A standard binds no payment: countries write it into their law.",
}
NOT_PUBLISHED = "not published"
_PART = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MARKS = re.compile(r"([\\|<*\[\]~$])")
_VALUE_HEAD = (
    *("Id", "Meaning", "Figure", "From", "Until", "Status", "Confidence"),
    *("Where it stands", "Note"),
)
_RULE_HEAD = (
    *("Id", "Meaning", "When", "Requires, or duty", "Effect", "Where it stands", "Days"),
    *("Confidence", "Exception of"),
)
Text = TypeVar("Text", bound=Entry)


def said(text: str) -> str:
    """Prose within a cell: one line, no mark that a renderer would take for its own."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    return f"`{' '.join(text.split())}`".replace("|", "\\|")


def words(name: str) -> str:
    return name.replace("_", " ")


def title(topic: Topic) -> str:
    return TITLES.get(topic, words(topic.value).capitalize())


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page_name(book: Jurisdiction) -> str:
    """A file is named as its book; a standard by its letters."""
    return f"{slug(book.code if book.kind == 'standard' else book.name)}.md"


def figure(value: Value) -> str:
    """The figure with its unit as a person reads it."""
    told = value.value
    match told:
        case None:
            return f"**{NOT_PUBLISHED}**"
        case bool():
            return "yes" if told else "no"
        case Fee():
            return f"{told.nominal.major:,} {value.unit} + {_share(told.ratio)} of the amount"
        case Decimal():
            return _share(told)
        case tuple():
            return ", ".join(code(each) for each in told) or "none"
        case date():
            return told.isoformat()
        case str():
            return code(told)
        case int():
            return f"{told:,} {words(value.unit)}"
        case _:
            return f"{told.major:,} {value.unit}"


def _share(ratio: Decimal) -> str:
    return f"{(ratio * 100).normalize():f} %"


def cited(citation: Citation) -> str:
    instrument = said(citation.instrument)
    if citation.url is not None:
        instrument = f"[{instrument}]({citation.url})"
    return f"{instrument}, {said(citation.provision)}"


def begins(entry: Entry) -> str:
    return "not stated" if entry.valid_from is None else entry.valid_from.isoformat()


def ends(entry: Entry) -> str:
    return "open" if entry.valid_to is None else entry.valid_to.isoformat()


def note(value: Value) -> str:
    """Why there is no figure, what to know of it, and what it is for where no rule reads it."""
    parts = [said(value.note)] if value.note else []
    if value.stated:
        parts.append(f"No rule reads it: {said(value.stated).rstrip('.')}.")
    return " ".join(parts)


def value_row(value: Value) -> list[str]:
    return [
        code(value.id),
        said(value.means),
        figure(value),
        begins(value),
        ends(value),
        words(value.status.value),
        value.confidence.value,
        cited(value.citation),
        note(value),
    ]


def asked(rule: Rule) -> str:
    """What must hold, or the duty with what it asks for."""
    if rule.duty is None:
        return code(rule.requires or "")
    parts = [f"duty {code(rule.duty.value)}"]
    if rule.fields is not None:
        parts.append(f"what: {code(rule.fields)}")
    if rule.within is not None:
        parts.append(f"by when: {code(rule.within)}")
    return ", ".join(parts)


def effect(rule: Rule) -> str:
    parts = [rule.effect.value]
    if rule.reason is not None:
        parts.append(code(rule.reason.value))
    if rule.effect is Effect.REFUSE and not rule.sure:
        parts.append("a person looks")
    if rule.when_silent is Silence.REFUSE:
        parts.append("silence refuses")
    return ", ".join(parts)


def rule_row(rule: Rule) -> list[str]:
    where = "always" if rule.when == "true" else code(rule.when)
    instead = ""
    if rule.exception_of is not None:
        rank = f", priority {rule.priority}" if rule.priority else ""
        instead = f"{code(rule.exception_of)}{rank}"
    return [
        code(rule.id),
        said(rule.means + (f" {rule.note}" if rule.note else "")),
        f"{words(rule.act.value)}, {rule.side.value}: {where}",
        asked(rule),
        effect(rule),
        cited(rule.citation),
        f"{begins(rule)} to {ends(rule)}, {words(rule.status.value)}",
        rule.confidence.value,
        instead,
    ]


def in_order(entries: Iterable[Text]) -> list[Text]:
    return sorted(entries, key=lambda e: (e.id, e.valid_from or date.min, e.status))


def section(topic: Topic, values: Sequence[Value], rules: Sequence[Rule]) -> str:
    parts = [f"## {title(topic)}\n"]
    if values:
        parts.append(f"Values:\n\n{table(_VALUE_HEAD, map(value_row, in_order(values)))}")
    if rules:
        parts.append(f"Rules:\n\n{table(_RULE_HEAD, map(rule_row, in_order(rules)))}")
    return "\n".join(parts)


def instruments(entries: Iterable[Entry]) -> str:
    """Each text that is cited, once."""
    rows = {
        (
            f"[{said(c.instrument)}]({c.url})" if c.url else said(c.instrument),
            said(c.title),
            said(entry.authority),
            "not stated" if c.dated is None else c.dated.isoformat(),
        )
        for entry in entries
        for c in [entry.citation]
    }
    return table(("Instrument", "What it is", "Authority", "Dated"), sorted(rows))


def read_between(entries: Iterable[Entry]) -> str:
    days = sorted({each.verified_on for each in entries if each.verified_on is not None})
    if not days:
        return "The day the sources were read is not noted."
    if days[0] == days[-1]:
        return f"All sources were last read on {days[0]}."
    return f"The sources were last read between {days[0]} (oldest) and {days[-1]} (newest)."


def of_book(rulebook: Rulebook, code_: str) -> tuple[list[Value], list[Rule]]:
    values = [each for each in rulebook.entries if each.jurisdiction == code_]
    return values, [each for each in rulebook.rules if each.jurisdiction == code_]


def books(rulebook: Rulebook) -> list[Jurisdiction]:
    """The books that hold something."""
    return [each for each in rulebook.jurisdictions.values() if any(of_book(rulebook, each.code))]


def page(rulebook: Rulebook, book: Jurisdiction) -> str:
    values, rules = of_book(rulebook, book.code)
    topics = [each for each in Topic if each in {e.topic for e in (*values, *rules)}]
    count = f"{len({each.id for each in values})} values in {len(values)} dated editions"
    decides = "What decides is the instrument itself, not this page."
    head = [
        f"# {book.name}",
        "Written from the rulebooks by `scripts/lawbook.py`; do not edit it by hand.",
        f"**This is not legal advice.** {KINDS[book.kind]} {decides}",
        read_between((*values, *rules)),
        f"{count}, {len(rules)} rules. How to read the columns stands in the [index](README.md).",
    ]
    for union in book.within:
        name = page_name(rulebook.jurisdictions[union])
        head.append(f"The law of the [{rulebook.jurisdictions[union].name}]({name}) applies, too.")
    head.append("\n".join(f"- [{title(each)}](#{slug(title(each))})" for each in topics))
    parts = [
        section(each, [v for v in values if v.topic is each], [r for r in rules if r.topic is each])
        for each in topics
    ]
    last = f"## Instruments\n\n{instruments((*values, *rules))}"
    return "\n\n".join(head) + "\n\n" + "\n".join([*parts, last])


def counted(rulebook: Rulebook) -> str:
    """Values and rules by book, status and confidence."""
    entries = (*rulebook.entries, *rulebook.rules)
    counts = Counter((e.jurisdiction, e.status, e.confidence) for e in entries)
    rows = []
    for book in books(rulebook):
        values, rules = of_book(rulebook, book.code)
        silent = sum(each.value is None for each in values)
        told = f"{len(values)} editions ({silent} {NOT_PUBLISHED}), {len(rules)} rules"
        for status in Status:
            figures = [counts[book.code, status, sure] for sure in Confidence]
            if any(figures):
                name = f"[{book.name}]({page_name(book)})" if told else ""
                rows.append([name, told, words(status.value), *(str(n or "") for n in figures)])
                told = ""
    head = ("Book", "Holds", "Status", *(each.value for each in Confidence))
    return table(head, rows)


def matrix(rulebook: Rulebook) -> str:
    """Topics by books: values and rules, each cell with its way there."""
    rows = []
    for topic in Topic:
        cells = []
        for book in books(rulebook):
            values, rules = (
                [each for each in part if each.topic is topic]
                for part in of_book(rulebook, book.code)
            )
            way = f"{page_name(book)}#{slug(title(topic))}"
            told = f"[{len({v.id for v in values})} + {len(rules)}]({way})"
            cells.append(told if values or rules else "")
        rows.append([title(topic), *cells])
    return table(("Topic", *(book.name for book in books(rulebook))), rows)


def fact_row(name: str, fact: Fact) -> list[str]:
    kind = fact.type.value + (f", {words(fact.unit)}" if fact.unit else "")
    choices = ": " + ", ".join(code(each) for each in fact.choices) if fact.choices else ""
    return [code(name), kind, f"{said(fact.means)}{choices}"]


def recognised() -> str:
    found = flow.equivalences()
    rows = [
        [
            code(each.id),
            said(each.finding),
            f"{said(each.authority)}, accepted by {said(each.accepted_by)}: {said(each.scope)}",
            "open" if each.until is None else each.until.isoformat(),
            cited(each.citation),
        ]
        for each in sorted(found, key=lambda each: each.id)
    ]
    head = ("Id", "Finding", "Of whom, for whom", "Until", "Where it stands")
    return table(head, rows) if rows else "The register is empty: none is published.\n"


def facts() -> str:
    rows = (fact_row(name, FACTS[name]) for name in sorted(FACTS))
    return table(("Fact", "Type", "Meaning"), rows)


def index(rulebook: Rulebook, written: str) -> str:
    """The index as it is, with its marked parts made anew."""
    parts = {
        "read": read_between((*rulebook.entries, *rulebook.rules)) + "\n",
        "counts": counted(rulebook),
        "matrix": matrix(rulebook),
        "recognised": recognised(),
        "facts": facts(),
    }
    missing = parts.keys() - {found[2] for found in _PART.finditer(written)}
    if missing:
        sys.exit(f"lawbook: {INDEX.name} has no part {', '.join(sorted(missing))}")
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", written)


def pages() -> dict[Path, str]:
    """Every page with its text."""
    rulebook = flow.read()
    found = {FOLDER / page_name(book): page(rulebook, book) for book in books(rulebook)}
    return {INDEX: index(rulebook, INDEX.read_text(encoding="utf-8")), **found}


def stale() -> list[str]:
    """The pages that are not as the rulebooks are, or belong to no book."""
    wanted = pages()
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    wrong = [path for path in {*wanted, *there} if wanted.get(path) != there.get(path)]
    return sorted(path.relative_to(ROOT).as_posix() for path in wrong)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write docs/law from the rulebooks.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if stale")
    if parser.parse_args().check:
        found = stale()
        sys.exit(f"lawbook: stale: {', '.join(found)}" if found else 0)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
