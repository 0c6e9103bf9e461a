"""What one role notes of its own work: counts always, spans where traces are told."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self

from opentelemetry.trace import SpanKind

from qantara.clock import Ticks, ticks, unix_ns
from qantara.errors import QantaraError, Refused
from qantara.telemetry import traces
from qantara.telemetry.measures import Spreads, counts
from qantara.telemetry.traces import Act, Asked, Posting, Stored, Tracing

SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
DONE, ACCEPTED, UNANSWERED, OTHER = "done", "accepted", "unanswered", "other"
_log = logging.getLogger(__name__)


class Item(Protocol):
    """A command as the batcher holds it."""

    @property
    def verb(self) -> Any: ...

    @property
    def command(self) -> Any: ...

    @property
    def group(self) -> "Asking": ...


class Asking(Protocol):
    @property
    def asked(self) -> Asked: ...


class Carried(Protocol):
    """A message on its way."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def uetr(self) -> str | None: ...


class Answered(Protocol):
    @property
    def accepted(self) -> bool: ...

    @property
    def reason(self) -> str | None: ...


class Witness:
    """The figures of one role in this process. Labels are words of ours, never a caller's."""

    def __init__(self, role: str, clock: Ticks = ticks) -> None:
        self.role, self._ticks = role, clock
        self.commands, self.failed = counts(), counts()
        self.sizes, self.seconds = Spreads(SIZES), Spreads(SECONDS)
        self._size, self._took = self.sizes.one(), self.seconds.one()
        self.received, self.sent = counts(), counts()
        self.requests = Spreads(SECONDS)
        self.rejected = counts()
        self.peers: dict[str, bool] = {}
        self._names: dict[Any, str] = {}

    def batch(self, items: Sequence[Item]) -> "Batch":
        """Around one transaction; its `outcomes` are set when it has committed."""
        return Batch(self, items, self._ticks)

    def name_of(self, verb: Any) -> str:
        """`remittance.accept`: the verb and the package whose it is."""
        found = self._names.get(verb)
        if found is None:
            package = str(verb.__module__).removeprefix("qantara.").rpartition(".")[0]
            found = self._names[verb] = f"{package}.{verb.__name__.lstrip('_')}".lstrip(".")
        return found

    def committed(self, items: Sequence[Item], outcomes: Sequence[Any], seconds: float) -> None:
        self._size.add(len(items))
        self._took.add(seconds)
        names, commands = self._names, self.commands
        for item, outcome in zip(items, outcomes, strict=True):
            name = names.get(item.verb) or self.name_of(item.verb)
            commands[name, DONE if outcome is None else how(outcome)] += 1

    def took(
        self,
        sender: str,
        messages: Sequence[Carried],
        answers: Sequence[Answered],
        known: Collection[str],
        began: int,
    ) -> None:
        """Messages came from a peer; `known` are the names it may send."""
        for message, answer in zip(messages, answers, strict=True):
            name = message.name if message.name in known else OTHER
            self.received[sender, name, _answer(answer)] += 1
        self._tell("receive", sender, messages, answers, began, SpanKind.CONSUMER)

    def delivered(
        self, recipient: str, messages: Sequence[Carried], answers: Sequence[Answered], began: int
    ) -> None:
        """Messages were answered by the peer they were for; without answers it was silent."""
        self._heard(recipient, answers=bool(answers))
        if not answers:
            for message in messages:
                self.sent[recipient, message.name, UNANSWERED] += 1
        for message, answer in zip(messages, answers, strict=False):
            self.sent[recipient, message.name, _answer(answer)] += 1
        self._tell("send", recipient, messages, answers, began, SpanKind.PRODUCER)

    def _heard(self, peer: str, *, answers: bool) -> None:
        before = self.peers.get(peer, True)
        self.peers[peer] = answers
        if before and not answers:
            _log.warning("a peer does not answer", extra={"role": self.role, "peer": peer})
        elif answers and not before:
            _log.warning("a peer answers again", extra={"role": self.role, "peer": peer})

    def _tell(
        self,
        act: str,
        peer: str,
        messages: Sequence[Carried],
        answers: Sequence[Answered],
        began: int,
        kind: SpanKind,
    ) -> None:
        tracing = traces.active()
        if tracing is None or not began:
            return
        span = (began, unix_ns())
        said = [_answer(answer) for answer in answers] or [UNANSWERED] * len(messages)
        for message, outcome in zip(messages, said, strict=True):
            trace_id = traces.of_uetr(message.uetr) if message.uetr else 0
            tracing.tell(
                self.role,
                f"{act} {message.name}",
                trace_id,
                span,
                _said(message.name, message.key, peer) | {"qantara.outcome": outcome},
                kind=kind,
                wrong=outcome != ACCEPTED,
            )


def how(outcome: Any) -> str:
    """A word for an outcome: done, or why not."""
    return outcome.reason.value if isinstance(outcome, QantaraError | Refused) else DONE


def _answer(answer: Answered) -> str:
    return ACCEPTED if answer.accepted else (answer.reason or OTHER)


def _said(name: str, key: str, peer: str) -> dict[str, str | int | bool]:
    message, _, profile = name.partition("/")
    said: dict[str, str | int | bool] = {
        "messaging.message.id": key,
        "qantara.message": message,
        "qantara.peer": peer,
    }
    return said | ({"qantara.profile": profile} if profile else {})


class Batch:
    """One transaction of the role's writer, from before it begins until it has committed."""

    __slots__ = ("_act", "_began", "_inside", "_items", "_ticks", "_witness", "outcomes")

    def __init__(self, witness: Witness, items: Sequence[Item], clock: Ticks) -> None:
        self._witness, self._items, self._ticks = witness, items, clock
        self.outcomes: Sequence[Any] | None = None

    def __enter__(self) -> Self:
        self._act = traces.begin(self._witness.role, len(self._items))
        if self._act is not None:
            self._inside = ExitStack()
            self._inside.enter_context(traces.inside(self._act))
        self._began = self._ticks()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        seconds = self._ticks() - self._began
        if self._act is not None:
            self._inside.close()
        if self.outcomes is None:
            self._witness.failed[()] += 1
        else:
            self._witness.committed(self._items, self.outcomes, seconds)
        if self._act is not None:
            tell(self._witness, self._act, self._items, self.outcomes)


def tell(witness: Witness, act: Act, items: Sequence[Item], outcomes: Sequence[Any] | None) -> None:
    """End the batch's span; what committed is told in the trace of each payment it was about."""
    tracing, span = traces.active(), (act.began, unix_ns())
    verbs = Counter(witness.name_of(item.verb) for item in items)
    act.span.set_attributes({f"qantara.verb.{verb}": count for verb, count in verbs.items()})
    act.span.set_attribute("qantara.committed", outcomes is not None)
    if tracing is not None and outcomes is not None:
        whose: dict[str, str] = {}
        for item, outcome in zip(items, outcomes, strict=True):
            uetr, begins = traces.subject(item.command, outcome)
            if uetr is not None:
                whose[str(getattr(outcome, "id", ""))] = uetr
            _tell_command(witness, tracing, act, item, outcome, span, uetr, begins=begins)
        _tell_postings(witness, tracing, act.postings, whose)
        _tell_stored(witness, tracing, act.stored)
    act.span.end(span[1])


def _tell_command(
    witness: Witness,
    tracing: Tracing,
    act: Act,
    item: Item,
    outcome: Any,
    span: tuple[int, int],
    uetr: str | None,
    *,
    begins: bool,
) -> None:
    """What became of one command: in its payment's trace, else in that of whoever asked."""
    name, asked, said = witness.name_of(item.verb), item.group.asked, how(outcome)
    told: dict[str, str | int | bool] = {"qantara.outcome": said}
    if uetr is not None:
        quote = getattr(item.command, "quote_id", None) if begins else None
        links = [*traces.link_to(act.span.get_span_context()), *traces.link_to(asked)]
        links += traces.quoted(quote) if quote else ()
        trace_id, told["qantara.uetr"] = traces.of_uetr(uetr), uetr
        wrong = said != DONE
        tracing.tell(witness.role, name, trace_id, span, told, links, wrong=wrong, first=begins)
    elif asked is not None:
        tracing.answer(witness.role, name, asked, span, told)


def _tell_postings(
    witness: Witness, tracing: Tracing, postings: Sequence[Posting], whose: dict[str, str]
) -> None:
    for posting in postings:
        trace_id = traces.of_uetr(whose.get(posting.reference, posting.reference))
        if trace_id:
            span = (posting.began, posting.ended)
            told = {"qantara.outcome": posting.outcome}
            tracing.tell(witness.role, f"ledger {posting.code}", trace_id, span, told)


def _tell_stored(witness: Witness, tracing: Tracing, messages: Sequence[Stored]) -> None:
    for message in messages:
        trace_id, span = traces.of_uetr(message.uetr), (message.at, message.at)
        told = _said(message.name, message.key, message.recipient)
        tracing.tell(witness.role, f"build {message.name}", trace_id, span, told)
