"""`qantara bench policy`: decisions with and without trace, in columns, and loading all books.

One thread. `traced`, `untraced` and `columnar` decide payments from Malaysia to Pakistan over
Nexus by all the rules of both countries and the network, in the example world; `load` reads, lints
and compiles everything. The yardstick is plain Python on three checks of an account; our engine,
Cedar and Rego decide the very same three.
"""

import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import msgspec

from qantara.errors import Reason, Unavailable
from qantara.policy import flow
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding.columns import Columns, judged
from qantara.policy.deciding.decision import Outcome
from qantara.policy.deciding.pack import Pack, pack
from qantara.policy.deciding.resolving import Key
from qantara.policy.language.vocabulary import Act, Facts
from qantara.settings import Settings
from qantara.world.bench import policy_facts, policy_peers, report
from qantara.world.bench.policy_facts import ON
from qantara.world.bench.policy_peers import CEDAR, REGO, Asked, Decider
from qantara.world.bench.report import Report, Result, Yardstick
from qantara.world.worlds import Progress

YARDSTICK = "plain Python holds an account to three dated figures"
_PEERS = {CEDAR: policy_peers.cedar, REGO: policy_peers.rego}
_PLAIN, _RENDERED, _CHECKS_TRACED, _CHECKS = "plain", "rendered", "checks_traced", "checks"
_ALLOWED = {Outcome.ALLOWED, Outcome.ALLOWED_WITH_DUTIES}
Part = Callable[[], int]
"""Something measured: does it once, and says how many times that counts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` of each part in each round; `facts` acts are decided over and over in turn."""

    rounds: int = 3
    seconds: float = 1.0
    facts: int = 4096
    rows: int = 1_000_000


async def measure(_settings: Settings, progress: Progress, plan: Plan | None = None) -> Report:
    """Rounds of everything in turn; each figure is the median of its own."""
    plan = plan or Plan()
    environment = report.environment()
    law = flow.load(flow.EXAMPLE)
    facts = policy_facts.corridor(plan.facts)
    decider = pack(law, Key(Act.PAYMENT, "MY", "PK", ON))
    missing: dict[str, str] = {}
    parts = _parts(decider, facts, plan) | _check_parts(law, plan, missing, progress)
    rates: dict[str, list[Rate]] = {name: [] for name in parts}
    for number in range(1, plan.rounds + 1):
        progress(f"round {number} of {plan.rounds}")
        for name, part in parts.items():
            rates[name].append(rate(part, plan.seconds))
    found = {name: median(each.per_second for each in held) for name, held in rates.items()}
    more: dict[str, dict[str, Any]] = {
        "traced": _of_trace(decider, facts, found),
        "untraced": {},
        "columnar": {"rows": plan.rows, "unit": "rows"},
        "load": _of_load(law, found),
    }
    alone = {name: median(each.per_cpu_second for each in held) for name, held in rates.items()}
    results = tuple(
        Result(name, found[name], more={"per_cpu_second": round(alone[name], 1), **told})
        for name, told in more.items()
    )
    yardstick = Yardstick(YARDSTICK, found[_PLAIN])
    beside = {"same_three_checks": _beside(found, missing)}
    return Report("policy", yardstick, results, environment, beside)


def _parts(decider: Pack, facts: Sequence[Facts], plan: Plan) -> dict[str, Part]:
    arrays = policy_facts.corridor_arrays(plan.rows)

    def traced() -> int:
        for each in facts:
            decider.decide(each)
        return len(facts)

    def rendered() -> int:
        for each in facts:
            msgspec.json.encode(decider.decide(each).to_json())
        return len(facts)

    def untraced() -> int:
        for each in facts:
            decider.judge(each)
        return len(facts)

    def columnar() -> int:
        return len(judged(decider, Columns.of_arrays(plan.rows, arrays)).outcome)

    return {
        "traced": traced,
        "untraced": untraced,
        _RENDERED: rendered,
        "columnar": columnar,
        "load": _load_all,
    }


def _load_all() -> int:
    """All books read and linted with the overlay, and the packs of payments all ways."""
    law = flow.load(flow.EXAMPLE)
    for source in _countries(law):
        for destination in _countries(law):
            pack(law, Key(Act.PAYMENT, source, destination, ON))
    return 1


def _countries(law: Rulebook) -> list[str]:
    return [code for code, each in law.jurisdictions.items() if each.kind == "country"]


def _check_parts(
    law: Rulebook, plan: Plan, missing: dict[str, str], progress: Progress
) -> dict[str, Part]:
    """The three checks by everybody who is here, after all have said the same."""
    asked = policy_facts.accounts(plan.facts)
    held = policy_peers.rules(law)
    plain = policy_peers.plain(law, asked)
    wanted = plain()
    deciders: dict[str, Decider] = {
        _PLAIN: plain,
        _CHECKS_TRACED: lambda: [_pack_of(held, each).decide(each[0]).allowed for each in asked],
        _CHECKS: lambda: [_pack_of(held, each).judge(each[0]) in _ALLOWED for each in asked],
    }
    for name, make in _PEERS.items():
        try:
            deciders[name] = make(law, asked)
        except Unavailable as error:
            missing[name] = error.facts["detail"]
            progress(missing[name])
    for name, each in deciders.items():
        if list(each()) != wanted:
            raise Unavailable(Reason.INTERNAL, detail=f"{name} decides otherwise than plain Python")
    return {name: _counted(each) for name, each in deciders.items()}


def _pack_of(held: Rulebook, asked: Asked) -> Pack:
    facts, on = asked
    return pack(held, Key(facts.act, facts.sender.country, facts.sender.country, on))


def _counted(decider: Decider) -> Part:
    return lambda: len(decider())


@dataclass(frozen=True, slots=True)
class Rate:
    """By the clock on the wall, and by the time this process had a processor: on a busy machine
    the second is the steadier.
    """

    per_second: float
    per_cpu_second: float


def rate(part: Part, seconds: float) -> Rate:
    """How often a second this thread can do it, done at least once."""
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    count = part()
    while (spent := time.perf_counter() - began) < seconds:
        count += part()
    return Rate(count / spent, count / (time.process_time() - used))


def _of_trace(decider: Pack, facts: Sequence[Facts], found: Mapping[str, float]) -> dict[str, Any]:
    decisions = [decider.decide(each) for each in facts[:256]]
    steps = sum(len(each.trace) + len(each.unknown) for each in decisions)
    outcomes = {each.value: 0 for each in Outcome}
    for each in decisions:
        outcomes[each.outcome.value] += 1
    return {
        "rendered_per_second": round(found[_RENDERED], 1),
        "rules": len(decider.bound),
        "steps_per_decision": round(steps / len(decisions), 1),
        "bytes_per_decision": bytes_per_decision(decider, facts[:256]),
        "outcomes": outcomes,
    }


def bytes_per_decision(decider: Pack, facts: Sequence[Facts]) -> int:
    """What one decision with its trace keeps, beyond the pack and the facts."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [decider.decide(each) for each in facts]
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    return (after - before) // len(kept)


def _of_load(law: Rulebook, found: Mapping[str, float]) -> dict[str, Any]:
    return {
        "seconds": round(1 / found["load"], 3),
        "values": len(law.entries),
        "rules": len(law.rules),
        "packs": len(_countries(law)) ** 2,
        "unit": "loads",
    }


def _beside(found: Mapping[str, float], missing: Mapping[str, str]) -> dict[str, Any]:
    """Our engine on the three checks, and how many times the others' speed that is."""
    told: dict[str, Any] = {
        "traced_per_second": round(found[_CHECKS_TRACED], 1),
        "untraced_per_second": round(found[_CHECKS], 1),
        "plain_per_second": round(found[_PLAIN], 1),
    }
    for name in _PEERS:
        if name in missing:
            told[name] = missing[name]
            continue
        told[f"{name}_per_second"] = round(found[name], 1)
        told[f"traced_times_{name}"] = round(found[_CHECKS_TRACED] / found[name], 2)
        told[f"untraced_times_{name}"] = round(found[_CHECKS] / found[name], 2)
        told[f"corridor_traced_times_{name}"] = round(found["traced"] / found[name], 2)
    return told
