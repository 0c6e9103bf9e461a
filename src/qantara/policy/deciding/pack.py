"""The rules of one act between two places on one day, compiled."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from qantara.errors import Reason, Refused
from qantara.policy.books.entries import canonical, fingerprint
from qantara.policy.books.rulebook import Rulebook
from qantara.policy.deciding import emitting
from qantara.policy.deciding.decision import Decision, Frame, Outcome, Step
from qantara.policy.deciding.emitting import OUTCOMES
from qantara.policy.deciding.resolving import Bound, Key, resolve
from qantara.policy.language.vocabulary import Facts

MOST = 256
"""Packs kept ready beside a rulebook; the oldest goes."""


class Pack:
    """Compiled rules. `hash` names them: the same hash decides the same facts the same way."""

    __slots__ = ("_judge", "_trace", "bound", "hash", "key", "source", "version")

    def __init__(self, rulebook: Rulebook, key: Key) -> None:
        self.key = key
        self.version = rulebook.version
        self.bound: tuple[Bound, ...] = tuple(resolve(rulebook, key))
        text, constants = emitting.source(self.bound, traced=True)
        self.source = text
        self._trace = _compiled(text, constants)
        self._judge = _compiled(*emitting.source(self.bound, traced=False))
        told = {
            name: _plain(value)
            for name, value in constants.items()
            if name not in {"Step", "tuple"}
        }
        self.hash = fingerprint(canonical([text, told]))

    def decide(self, facts: Facts) -> Decision:
        """The outcome with its whole trace."""
        trace: list[Step] = []
        unknown: list[Step] = []
        worst, first = self._trace(facts, trace.append, unknown.append)
        return Decision(
            self.version,
            self.hash,
            self.key.on,
            OUTCOMES[worst],
            tuple(trace),
            tuple(unknown),
            None if first is None else refused(first),
        )

    def judge(self, facts: Facts) -> Outcome:
        """The outcome alone."""
        return OUTCOMES[self._judge(facts)[0]]


def _plain(constant: Any) -> Any:
    """A constant of the compiled text as it is hashed: sets in order, and without its place in a
    file, which a kept rulebook does not have.
    """
    if isinstance(constant, Step):
        constant = replace(constant, frame=replace(constant.frame, place=""))
    elif isinstance(constant, Frame):
        constant = replace(constant, place="")
    return msgspec.to_builtins(constant, order="sorted", enc_hook=sorted)


def _compiled(text: str, constants: dict[str, Any]) -> Callable[..., tuple[int, Step | None]]:
    names = {"__builtins__": {}, **constants}
    exec(compile(text, "<rules>", "exec"), names)  # noqa: S102 -- the text is made from checked trees
    function: Callable[..., tuple[int, Step | None]] = names["decide"]
    return function


def refused(step: Step) -> Refused:
    """The refusal a failed step is told as."""
    frame = step.frame
    told = {"observed": step.observed, "threshold": step.threshold, "unit": frame.unit}
    if frame.label:
        told["label"] = frame.label
    reason = Reason(frame.reason) if frame.reason is not None else Reason.REVIEW_REQUIRED
    return Refused(reason, rule=frame.rule, citation=frame.provision, facts=told)


def pack(rulebook: Rulebook, key: Key) -> Pack:
    """The pack of a key, compiled once per rulebook; several threads may ask at once."""
    found: Pack | None = rulebook.packs.get(key)
    if found is None:
        found = Pack(rulebook, key)
        for oldest in list(rulebook.packs)[: len(rulebook.packs) + 1 - MOST]:
            rulebook.packs.pop(oldest, None)
        rulebook.packs[key] = found
    return found
