"""What is fuzzed: each reader of outside words, where its inputs begin, and what must hold.

A reader gives a record or an expected failure that can be told: everything else ends the run.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from tempfile import NamedTemporaryFile
from typing import Any

import fuzz_mutations as mutations
import fuzz_samples as samples
import msgspec
from fastapi.exceptions import RequestValidationError

from qantara import texts
from qantara.api import messages
from qantara.client import problem
from qantara.edge import envelope, nexus
from qantara.edge.problems import of_answer, of_validation
from qantara.errors import Malformed, QantaraError, Reason, Unavailable
from qantara.host import config
from qantara.host.kinds import configured
from qantara.money import PKR, Money
from qantara.parties import names, rules
from qantara.parties.model import AliasType
from qantara.rails import cases
from qantara.rails import flow as rails
from qantara.rails.model import InvalidMessage, Message, Profile
from qantara.rails.qr import flow as codes
from qantara.remittance.model import Fixed, PriceRequest
from qantara.scheme import model as scheme

LONGEST = 64 * 1024
PROFILES = tuple(Profile)
_NAME_LONGEST = 140
"""No door takes a longer one."""
READ: set[str] = set()
"""What was read at least once: a run that never gets past the door shows nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """`read` raises what is wrong with the product."""

    read: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    mutate: mutations.Mutate


def told(error: QantaraError) -> None:
    """An expected failure can be said: in every language, as a problem and as an answer to a
    message, without end of the text.
    """
    assert error.reason in Reason
    assert not isinstance(error, InvalidMessage) or error.defects
    facts = {name: str(value) for name, value in error.facts.items()}
    for language in ("en", "ms", "ur", "fr"):
        detail = texts.sentence(error.reason, language, facts)
        assert detail, error.reason
        msgspec.json.encode([texts.title(error.reason, language), detail, facts])
    envelope.encode([messages._ack("k", error)])  # noqa: SLF001 - what a door answers


def xml(raw: bytes) -> None:
    """The first byte chooses the profile, the rest is the message."""
    chosen, raw = PROFILES[raw[0] % len(PROFILES)] if raw else PROFILES[0], raw[1:]
    for profile in (chosen, None):
        defects = rails.validate(raw, profile)
        assert all(each.xpath.startswith("/") and each.message for each in defects)
    defects = rails.validate(raw, chosen)
    try:
        record = rails.read(raw, chosen)
    except InvalidMessage as error:
        told(error)
        assert defects, "read refuses what validate allows"
    else:
        assert not defects, "read allows what validate refuses"
        _again(record, chosen)
    try:
        rails.identify(raw, chosen)
        rails.identify(raw)
    except InvalidMessage as error:
        told(error)
    rails.remains(raw)


def _again(record: Message, profile: Profile) -> None:
    """What was read can be written, and then says the same."""
    READ.add(f"{profile}/{type(record).__name__}")
    assert rails.read(rails.build(record, profile), profile) == record


def packed(raw: bytes) -> None:
    """What one role hands another, and the answer to it."""
    for decode in (envelope.decode_envelopes, envelope.decode_acks):
        try:
            found = decode(raw)
        except Malformed as error:
            told(error)
        else:
            READ.add(decode.__name__)
            assert decode(envelope.encode(found)) == found


def notice(raw: bytes) -> None:
    """The JSON messages between roles: the first byte chooses which is due."""
    kinds: tuple[tuple[type[Any], Callable[..., Any], Callable[..., bytes]], ...] = (
        (scheme.RateNotice, scheme.read_notice, scheme.write_notice),
        (scheme.ExchangeNotice, scheme.read_notice, scheme.write_notice),
        (scheme.AuthorisationRequest, scheme.read_notice, scheme.write_notice),
        (scheme.Authorisation, scheme.read_notice, scheme.write_notice),
        (cases.CaseNotice, cases.read, cases.write),
        (cases.CaseAnswer, cases.read, cases.write),
    )
    kind, read, write = kinds[raw[0] % len(kinds) if raw else 0]
    try:
        found = read(raw[1:], kind)
    except Malformed as error:
        told(error)
    else:
        READ.add(kind.__name__)
        assert read(write(found), kind) == found


def answer(raw: bytes) -> None:
    """What another role's door answered us: offers, fees, problems. Whatever it says, it is
    that role's trouble and never our caller's mistake.
    """
    node, on = samples.institution(), samples.NOW
    wish = PriceRequest("cus_a", "acc_a", "PK", Fixed.SOURCE, Money(500_00, node.asset))
    readers: tuple[Callable[[], Any], ...] = (
        lambda: nexus.read_offers(node, raw[1:]),
        lambda: nexus.read_own_offer(node, wish, Decimal("63.4"), raw[1:], on),
    )
    which = raw[0] % 3 if raw else 0
    if which == len(readers):
        told(of_answer(422, raw[1:]))
        problem.read(422, raw[1:])
        return
    try:
        found = readers[which]()
    except Unavailable as error:
        told(error)
    else:
        READ.add(("offers", "own_offer")[which])
        for offer in found if which == 0 else [found]:
            assert scheme.is_rate(offer.rate)
            assert offer.valid_until > offer.issued_at


@cache
def bodies() -> Mapping[str, Any]:
    """Every shape of a request body of any kind of role, as the doors hold it."""
    return dict(sorted(samples.bodies().items()))


def body(raw: bytes) -> None:
    """A request body: the first byte chooses which is due."""
    name, shape = list(bodies().items())[raw[0] % len(bodies()) if raw else 0]
    try:
        value = json.loads(raw[1:])
    except (ValueError, RecursionError):
        return
    found, errors = shape.validate(value, {}, loc=("body",))
    if errors:
        told(of_validation(RequestValidationError(errors)))
    else:
        READ.add(name)
        assert found is not None


def world(raw: bytes) -> None:
    """The file of a world, up to the configuration of each of its roles."""
    with NamedTemporaryFile(dir="/dev/shm", suffix=".toml") as file:
        file.write(raw)
        file.flush()
        try:
            spec = config.read(Path(file.name), "fuzz")
            for role in spec.roles.values():
                configured(spec, role, date(2026, 3, 2))
        except QantaraError as error:
            told(error)
        else:
            READ.add("world")


def words(raw: bytes) -> None:
    """Names, numbers, addresses and amounts as people type them: two texts and a country."""
    said = raw.decode(errors="replace").partition("|")
    one, other = said[0][:_NAME_LONGEST], said[2][:_NAME_LONGEST]
    for first, second in ((one, other), (other, one), (one, one)):
        made = names.compare(first, second)
        assert made.verdict in names.Verdict
    for text in (one, other):
        for country in ("MY", "PK", "FR", None, "ZZ"):
            for kind in AliasType:
                _expected(rules.alias_value, kind, text, country)
        for read in (rules.iban, rules.account_number, rules.bic):
            _expected(read, text, "PK")
        for read in (rules.lei, rules.email, rules.nric, rules.cnic):
            _expected(read, text)
        _expected(Money.parse, text, PKR)
        rails.text_defect(text, "/x")
        rails.reference_defect(text, "/x")
        rules.mask(text)
        rules.latin(text)


def _expected(read: Callable[..., Any], *said: object) -> None:
    try:
        read(*said)
    except Malformed as error:
        told(error)
    else:
        READ.add(read.__name__)


def code(raw: bytes) -> None:
    """A payment code, or the record of one."""
    text = raw.decode(errors="replace")
    try:
        record = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return
    try:
        if record is not None:
            text = codes.encode(codes.from_record(record))
        found = codes.decode(text)
    except Malformed as error:
        told(error)
    else:
        READ.add(f"code {getattr(found, 'scheme', 'shown by the payer')}")
        assert codes.encode(found) == text
        assert codes.from_record(codes.to_record(found)) == found


def planted(raw: bytes) -> None:
    """A reader with a fault, which a run that finds anything must find."""
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return
    if isinstance(said, dict) and said.get("kind") != "known":
        raise KeyError("a fault that was put here on purpose")


def _each(dice_first: int, change: mutations.Mutate) -> mutations.Mutate:
    """Change the text and now and then which of `dice_first` readers is asked."""

    def mutate(dice: Random, raw: bytes) -> bytes:
        first = raw[:1] or b"\0"
        if dice.random() < 0.05:
            first = bytes([dice.randrange(dice_first)])
        return first + change(dice, raw[1:])

    return mutate


READERS: Mapping[str, Target] = {
    "xml": Target(xml, samples.xml, _each(len(PROFILES), mutations.xml)),
    "envelope": Target(packed, samples.packed, mutations.packed),
    "json": Target(notice, samples.notices, _each(6, mutations.json_text)),
    "answer": Target(answer, samples.answers, _each(3, mutations.json_text)),
    "body": Target(body, samples.body_seeds, _each(256, mutations.json_text)),
    "world": Target(world, samples.worlds, mutations.lines),
    "words": Target(words, samples.words, mutations.any_bytes),
    "code": Target(code, samples.codes, mutations.code),
}
_NAMES = tuple(READERS)


def _any(raw: bytes) -> None:
    """The first byte chooses the reader."""
    READERS[_NAMES[raw[0] % len(_NAMES) if raw else 0]].read(raw[1:])


def _any_seeds() -> list[bytes]:
    return [
        bytes([place]) + seed for place, name in enumerate(_NAMES) for seed in READERS[name].seeds()
    ]


def _any_mutated(dice: Random, raw: bytes) -> bytes:
    first = raw[0] % len(_NAMES) if raw else 0
    return bytes([first]) + READERS[_NAMES[first]].mutate(dice, raw[1:])


TARGETS: Mapping[str, Target] = READERS | {
    "all": Target(_any, _any_seeds, _any_mutated),
    "planted": Target(planted, lambda: [b'{"kind": "known"}'], mutations.json_text),
}
