import json
import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from qantara.errors import Malformed, NotFound
from qantara.policy import flow
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.bridge import explaining
from qantara.policy.bridge.explaining import Explanation, explain
from qantara.policy.checking import cases
from qantara.policy.deciding.decision import Decision, Finding, Frame, Outcome, Step
from qantara.policy.language.expression import Type
from qantara.policy.language.topics import Topic
from qantara.policy.language.vocabulary import PARTY_FACTS, Facts, FactType
from qantara.texts import Language

ON = date(2026, 11, 1)
LAW = flow.read()
PLAYED = flow.laid_over(LAW, flow.EXAMPLE)
CASES = [(rule, case) for rule in LAW.rules for case in rule.cases]
LARGEST = dict.fromkeys((FactType.RATIO, FactType.COUNT), 3_000_000)
LARGEST |= {FactType.MONEY: 10**13, FactType.DURATION: 1_000}
FIGURES = {
    name: st.integers(0, LARGEST[fact.type])
    for name, fact in PARTY_FACTS.items()
    if fact.type in LARGEST
}
every_language = pytest.mark.parametrize("language", list(Language))


def decided(law: Rulebook, told: dict[str, object]) -> Decision:
    return flow.decide(law, flow.read_facts(law, told), ON)


def payment(amount: str, **sender: object) -> dict[str, object]:
    return {
        "act": "payment",
        "via": "nexus",
        "purpose": "GDDS",
        "elements": ["purposeCode"],
        "sender": {
            "country": "MY",
            "rail": "duitnow",
            "customer_kind": "person",
            "amount": amount,
            **sender,
        },
        "recipient": {"country": "PK", "rail": "raast", "amount": "1000.00"},
    }


def sandbox(months: int) -> dict[str, object]:
    sender = {"country": "MY", "programme": "bnm_standard", "test_months": months}
    return {"act": "sandbox", "sender": sender}


def of_case(rule, case) -> Decision | None:
    """What was decided in a case of a rulebook; None for a day before all editions."""
    law = LAW if case.overlay is None else PLAYED
    try:
        return flow.decide(law, cases.facts_of(LAW, rule, case), case.on)
    except NotFound:
        return None


def ordered(decision: Decision) -> list[Step]:
    steps = [*decision.trace, *decision.unknown]
    return sorted(steps, key=lambda step: explaining.ORDER.index(step.finding))


def figures(text: str, language: Language) -> set[Decimal]:
    """Every number of a text, as its language writes numbers."""
    found = re.findall(r"\d(?:[\d,.\u202f]*\d)?", text)
    if language is Language.FR:
        return {Decimal(each.replace("\u202f", "").replace(",", ".")) for each in found}
    return {Decimal(each.replace(",", "")) for each in found}


def known(step: Step) -> set[Decimal]:
    """Every number of a step; a share in hundredths."""
    told = step.to_json()
    least = told.get("least_change") or {}
    parts = [told["observed"], told["threshold"], told["margin"], least.get("to", "")]
    found = re.findall(r"\d+(?:\.\d+)?", " ".join([*parts, step.frame.within]))
    type_ = step.frame.type
    scale = 100 if type_ is not None and type_.kind is FactType.RATIO else 1
    return {Decimal(each) * scale for each in found}


def check(explanation: Explanation, decision: Decision) -> None:
    """What holds of every explanation."""
    steps = ordered(decision)
    assert len(explanation.lines) == len(steps)
    for line, step in zip(explanation.lines, steps, strict=True):
        assert line.rule == step.rule
        assert figures(f"{line.text} {line.change}", explanation.language) <= known(step), line
        assert not re.search(r"[{}\[\]_]|  ", f"{line.title} {line.text} {line.change}"), line
        assert not re.search(r"\d", line.title + line.remedy), line
        assert line.text.endswith((".", "۔"))
        assert line.text.count("\u2068") == line.text.count("\u2069")
    json.dumps(explanation.to_json())


@every_language
def test_every_case_of_every_book_can_be_explained(language: Language) -> None:
    seen = set()
    for rule, case in CASES:
        decision = of_case(rule, case)
        if decision is not None:
            explanation = explain(decision, language)
            check(explanation, decision)
            seen |= {line.finding for line in explanation.lines}
    assert seen == set(Finding)


@every_language
@pytest.mark.parametrize(
    ("law", "told", "outcome", "first"),
    [
        (PLAYED, payment("60000.00"), Outcome.REFUSED, Finding.FAILED),
        (PLAYED, payment("600.00", suspicion=False), Outcome.ALLOWED_WITH_DUTIES, Finding.DUE),
        (LAW, sandbox(30), Outcome.REVIEW, Finding.NOTED),
        (LAW, sandbox(1), Outcome.ALLOWED, Finding.PASSED),
    ],
    ids=["refused", "duties", "review", "allowed"],
)
def test_each_outcome_is_told_with_what_matters_first(language, law, told, outcome, first) -> None:
    decision = decided(law, told)
    explanation = explain(decision, language)
    assert explanation.outcome is outcome
    assert explanation.lines[0].finding is first
    check(explanation, decision)
    order = [explaining.ORDER.index(line.finding) for line in explanation.lines]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("language", "text", "change"),
    [
        (
            "en",
            (
                "Amount: MYR\u00a060,000.00; at most MYR\u00a050,000.00 is allowed"
                " (MYR\u00a010,000.00 over)."
            ),
            "The rule would be met if this were at most MYR\u00a050,000.00: amount.",
        ),
        (
            "ms",
            (
                "Jumlah: MYR\u00a060,000.00; had maksimum MYR\u00a050,000.00"
                " (melebihi had sebanyak MYR\u00a010,000.00)."
            ),
            (
                "Peraturan ini akan dipatuhi jika yang berikut tidak melebihi MYR\u00a050,000.00:"
                " jumlah."
            ),
        ),
        (
            "ur",
            (
                "رقم: 60,000.00\u00a0MYR؛ زیادہ سے زیادہ 50,000.00\u00a0MYR کی اجازت ہے"
                " (حد سے 10,000.00\u00a0MYR زیادہ)۔"
            ),
            "رقم زیادہ سے زیادہ 50,000.00\u00a0MYR ہو تو ضابطہ پورا ہو جائے گا۔",
        ),
        (
            "fr",
            (
                "Montant\u202f: 60\u202f000,00\u00a0MYR\u202f; maximum\u202f: "
                "50\u202f000,00\u00a0MYR (dépassement de 10\u202f000,00\u00a0MYR)."
            ),
            (
                "La règle serait respectée si ceci ne dépassait pas 50\u202f000,00\u00a0MYR\u202f:"
                " montant."
            ),
        ),
    ],
)
def test_a_limit_that_is_passed_is_told_with_the_least_change(language, text, change) -> None:
    line = explain(decided(PLAYED, payment("60000.00")), language).lines[0]
    assert line.rule == "duitnow.limit.person"
    assert re.sub(r"[\u2068\u2069]", "", line.text) == text
    assert re.sub(r"[\u2068\u2069]", "", line.change) == change
    assert line.remedy


def test_a_line_cites_its_text() -> None:
    decision = decided(PLAYED, payment("60000.00"))
    step = ordered(decision)[0]
    line = explain(decision, "en").lines[0]
    assert (line.provision, line.url) == (step.provision, step.frame.instrument_url)
    assert line.confidence_text.endswith(" confidence")
    assert line.side_text == "sending side"
    assert line.title == "Amount above the limit"


def test_what_is_no_law_is_said_to_be_none() -> None:
    played = explain(decided(PLAYED, payment("600.00")), "en")
    assert played.notices[0] == "Some figures are example figures and no law."
    assert played.notices[-1].endswith("It is not legal advice.")
    assert len(explain(decided(LAW, payment("600.00")), "en").notices) == 1


def test_another_overlay_is_named() -> None:
    decision = decided(PLAYED, payment("60000.00"))
    step = decision.trace[0]
    labelled = Step(replace(step.frame, label="cohort"), step.finding, step.seen, step.room)
    told = explain(replace(decision, trace=(labelled,)), "en").notices[0]
    assert "“cohort”" in told


def test_a_closed_way_names_both_countries() -> None:
    closed = explain(decided(LAW, payment("600.00")), "fr")
    line = next(line for line in closed.lines if line.rule == "corridor.open")
    assert line.finding is Finding.FAILED
    assert "Malaisie – Pakistan" in line.text
    opened = explain(decided(PLAYED, payment("600.00")), "ms")
    line = next(line for line in opened.lines if line.rule == "corridor.open")
    assert line.text == "Pembayaran dari Malaysia ke Pakistan dibuka."


def measured(operator: str, seen, threshold, finding=Finding.FAILED, **frame) -> str:
    """The text of one condition that no book needs to hold."""
    numeric = isinstance(threshold, int) and not isinstance(threshold, bool)
    room = None
    if numeric and seen is not None and operator not in {"==", "!="}:
        room = threshold - seen if operator in {"<", "<="} else seen - threshold
    told = {
        "rule": "xx.rule",
        "effect": "refuse",
        "side": "home",
        "status": "in_force",
        "confidence": "high",
        "provision": "article",
        "operator": operator,
        "threshold": threshold,
    }
    step = Step(Frame(**(told | frame)), finding, seen, room)
    decision = Decision("v", "h", ON, Outcome.REFUSED, (step,))
    line = explain(decision, "en").lines[0]
    return f"{line.text} {line.change}".strip().replace("\u00a0", " ")


RATIO, COUNT = Type(FactType.RATIO), Type(FactType.COUNT)
FLAG, CHOICE, CODES = Type(FactType.FLAG), Type(FactType.CHOICE), Type(FactType.CODES)


@pytest.mark.parametrize(
    ("told", "frame"),
    [
        (
            (
                "Largest share of an owner who is not identified: 25%; it must stay below 25%."
                " The rule would be met if this were at most 24.9999%:"
                " largest share of an owner who is not identified."
            ),
            ("<", 250_000, 250_000, {"fact": "owner_share", "type": RATIO}),
        ),
        (
            (
                "Number of independent factors proved: 1; it must be above 1."
                " The rule would be met if this were at least 2:"
                " number of independent factors proved."
            ),
            (">", 1, 1, {"fact": "factors", "type": COUNT}),
        ),
        (
            (
                "Licence in force for the activity: yes, but this is not permitted."
                " The rule would be met without this: licence in force for the activity."
            ),
            ("==", True, False, {"fact": "licensed", "type": FLAG}),
        ),
        (
            (
                "Customer due diligence: simplified; required: enhanced."
                " The rule would be met with this: customer due diligence (enhanced)."
            ),
            ("==", "simplified", "enhanced", {"fact": "cdd", "type": CHOICE}),
        ),
        (
            "Politically exposed person: yes, of another country; this is not accepted.",
            ("!=", "foreign", "foreign", {"fact": "pep", "type": CHOICE}),
        ),
        (
            (
                "Kind of issuer: another issuer; only this is accepted:"
                " credit institution or e-money institution."
            ),
            (
                "in",
                "other",
                None,
                {
                    "fact": "issuer",
                    "type": CHOICE,
                    "threshold_text": "credit_institution emoney_institution",
                },
            ),
        ),
        (
            (
                "Details of the originator, missing: address; required: address and name."
                " The rule would be met with this: details of the originator (address and name)."
            ),
            (
                "superset",
                frozenset({"name"}),
                frozenset({"name", "address"}),
                {"fact": "originator_data", "type": CODES},
            ),
        ),
        (
            (
                "Country that personal data goes to: Malaysia; required: France."
                " The rule would be met with this: country that personal data goes to (France)."
            ),
            ("==", "MY", "FR", {"fact": "transfer_to", "type": Type(FactType.CODE)}),
        ),
        ("No text in force allows this.", ("", None, None, {"provision": "no text in force"})),
        ("What the rule requires is not met.", ("", None, None, {})),
    ],
)
def test_every_kind_of_condition_reads_well(told: str, frame) -> None:
    operator, seen, threshold, rest = frame
    assert measured(operator, seen, threshold, **rest) == told


def test_a_figure_that_nobody_published_is_told_with_what_was_seen() -> None:
    told = measured(
        "<=",
        10_000,
        None,
        finding=Finding.UNDETERMINED,
        fact="amount",
        type=Type(FactType.MONEY, "local"),
        unit="MYR",
    )
    assert told == (
        "Amount: MYR 100.00. The text in force publishes no figure for this,"
        " so the rule decides nothing."
    )


def test_a_rule_that_an_alternative_met_is_not_told_by_the_first() -> None:
    told = measured("==", seen=False, threshold=True, finding=Finding.PASSED, fact="licensed")
    assert told == "What the rule requires is met."


SITUATIONS = [
    (cases.facts_of(LAW, rule, case), case.on)
    for rule, case in CASES
    if of_case(rule, case) is not None
]


@st.composite
def situations(draw) -> tuple[Facts, date]:
    """A case of a book with other figures."""
    facts, on = draw(st.sampled_from(SITUATIONS))
    sides = {}
    for side in ("sender", "recipient"):
        party = getattr(facts, side)
        given_ = [n for n in FIGURES if getattr(party, n, None) is not None]
        if given_:
            sides[side] = replace(party, **{n: draw(FIGURES[n]) for n in given_})
    return replace(facts, **sides), on


@given(situations(), st.sampled_from(list(Language)))
def test_every_number_of_a_text_stands_in_the_trace(situation, language: Language) -> None:
    facts, on = situation
    decision = flow.decide(PLAYED, facts, on)
    check(explain(decision, language), decision)


@given(st.text(max_size=80), st.sampled_from(list(Language)))
def test_no_code_of_a_stranger_breaks_a_text(code: str, language: Language) -> None:
    voice = explaining.Voice(language)
    told = voice.say("notice", "fields", fields=voice.listed([code, voice.fact("amount")]))
    allowed = {"\u2068", "\u2069", "\u202f", "\u00a0"}
    assert all(letter.isprintable() or letter in allowed for letter in told)


def test_words_of_a_language_and_no_other() -> None:
    voice = explaining.Voice(Language.FR)
    assert voice.word(Topic.ACCOUNT_LADDER) == "Plafonds par catégorie de compte"
    assert explaining.Voice(Language.MS).fact("amount") == "jumlah"
    assert explain(decided(LAW, payment("600.00")), "ur").direction == "rtl"
    with pytest.raises(Malformed):
        explain(decided(LAW, payment("600.00")), "xx")
