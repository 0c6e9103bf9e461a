"""Pure rules of taking people on: what a tier is today, what is missing, what a person must see."""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date

from msgspec.structs import replace

from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.money import Money
from qantara.onboarding.model import (
    DOCUMENTS,
    LADDERS,
    TRANSITIONS,
    Answer,
    Application,
    Document,
    Event,
    Face,
    FaceCheck,
    Figure,
    Ground,
    Home,
    Person,
    Progress,
    Proof,
    Rung,
    Said,
    Standing,
    State,
    Step,
    Taker,
    Terms,
    Tier,
)
from qantara.parties.model import Identity
from qantara.policy.model import Act, Decision, Facts, Party, Rulebook

RULE = "onboarding"
_TEXT_LONGEST = 140
_UNSURE, _FAILED = "001", "000"
"""How the numbers of documents end that the simulated check is unsure of, or fails."""
_FINAL = frozenset({Reason.AGE_BELOW_LEAST, Reason.REVIEW_REFUSED})
_HEX = frozenset("0123456789abcdef")
_PICTURE = 64


def secret_digest(secret: str) -> bytes:
    return hashlib.sha256(f"application.{secret}".encode()).digest()


def proved(found: Application | None, proof: Proof) -> bool:
    """Whether this application may be told to, and changed by, whoever shows this proof."""
    if found is None:
        return False
    if proof.by is not None:
        return found.customer_id is not None and proof.by.subject == found.customer_id
    shown = secret_digest(proof.secret)
    return found.secret_digest is not None and hmac.compare_digest(shown, found.secret_digest)


def advance(found: Application, event: Event) -> State | Conflict:
    after = TRANSITIONS.get((found.state, event))
    return after or Conflict(Reason.STATE_CONFLICT, id=found.id, state=found.state.value)


def rungs(node: Taker, terms: Terms, on: date) -> list[Rung]:
    """The ladder of the institution's country as the rulebook has it that day, lowest first."""
    ladder = LADDERS.get(node.country, ())
    return [_rung(node, terms, tier, rank, on) for rank, tier in enumerate(ladder, 1)]


def _rung(node: Taker, terms: Terms, tier: Tier, rank: int, on: date) -> Rung:
    ids = (*((tier.ceiling,) if tier.ceiling else ()), *tier.figures)
    figures = tuple(found for each in ids if (found := _figure(node.rulebook, each, on)))
    law = next((figure.value for figure in figures if figure.id == tier.ceiling), None)
    lawful = law if isinstance(law, Money) else None
    minor = terms.ceilings.get(tier.key)
    own = None if minor is None else Money(minor, node.asset)
    lower = min((each for each in (lawful, own) if each), key=lambda m: m.minor, default=None)
    return Rung(
        tier,
        rank,
        available=not tier.ceiling or lawful is not None,
        figures=figures,
        ceiling=lower,
        own_ceiling=lower is not None and lower != lawful,
    )


def _figure(rulebook: Rulebook, value_id: str, on: date) -> Figure | None:
    found = rulebook.find(value_id, on)
    if found is None:
        return None
    value = found.value
    shown = value if value is None or isinstance(value, (Money, bool)) else str(value)
    return Figure(
        found.id,
        found.means,
        shown,
        str(found.citation),
        found.confidence.value,
        found.status.value,
        found.note,
        found.label,
    )


def missing(said: Said, needs: Sequence[Step]) -> tuple[Step, ...]:
    """What of it has not been told; the phone is proved before anything can be told."""
    document = said.document
    has = {
        Step.PHONE: True,
        Step.PIN: bool(said.pin_hash),
        Step.PERSON: said.person is not None,
        Step.HOME: said.home is not None,
        Step.DOCUMENT: document is not None,
        Step.PICTURE: document is not None and bool(document.picture),
        Step.FACE: said.face is not None,
    }
    return tuple(step for step in Step if step in needs and not has[step])


def progress(found: Application, ladder: Sequence[Rung]) -> list[Progress]:
    """Each tier with what is missing for it; all up to the held one are open."""
    held = rank_of(ladder, found.held)
    said = []
    for rung in ladder:
        lacks = missing(found.said, rung.tier.needs)
        if rung.rank <= held:
            said.append(Progress(rung, Standing.OPEN))
        elif not rung.available:
            said.append(Progress(rung, Standing.UNAVAILABLE, lacks))
        else:
            standing = Standing.INCOMPLETE if lacks else Standing.READY
            said.append(Progress(rung, standing, lacks))
    return said


def rank_of(ladder: Sequence[Rung], key: str) -> int:
    return next((rung.rank for rung in ladder if rung.tier.key == key), 0)


def saved(said: Said, answer: Answer, country: str) -> Said:
    """What is known with one answer more; `Malformed` names the field that cannot be right. A
    face is compared with the document, so another document asks for another look.
    """
    match answer:
        case Person():
            _text("legal_name", answer.legal_name)
            return replace(said, person=answer)
        case Home():
            _text("street", answer.street)
            _text("town", answer.town)
            return replace(said, home=answer)
        case Document():
            if answer.type not in DOCUMENTS.get(country, ()):
                raise Malformed(Reason.IDENTITY_INVALID, param="type", value=answer.type.value)
            if answer.picture and not _is_digest(answer.picture):
                raise Malformed(Reason.FIELD_INVALID, param="picture")
            other = said.document is None or said.document.number != answer.number
            return replace(said, document=answer, face=None if other else said.face)
        case FaceCheck():
            if said.document is None:
                raise Conflict(Reason.ONBOARDING_INCOMPLETE, missing=Step.DOCUMENT.value)
            return replace(said, face=looked(said.document.number))


def looked(number: str) -> Face:
    """The simulated check of a face against a document. It looks at nothing: how the document's
    number ends decides, dashes left out, so that every outcome can be shown.
    """
    plain = number.replace("-", "")
    if plain.endswith(_FAILED):
        return Face.FAILED
    return Face.UNSURE if plain.endswith(_UNSURE) else Face.PASSED


def identity(document: Document) -> Identity:
    return Identity(document.type, document.number)


def too_young(person: Person, terms: Terms, on: date) -> bool:
    born = person.born_on
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return years < terms.age_least_years


def age_refusal(found: Application, terms: Terms, on: date) -> Ground | None:
    """What no further answer changes, as soon as the birth date is told."""
    if found.said.person is None or not too_young(found.said.person, terms, on):
        return None
    return Ground(Reason.AGE_BELOW_LEAST, f"{RULE}.age", remedy="later", label="example")


def facts(node: Taker, tier: Tier, found: Application, on: date) -> Facts:
    """What the rulebooks are asked about an opening. A check that was unsure goes to a person
    whatever they say, who answers for it if it opens.
    """
    said = found.said
    checked = said.face in {Face.PASSED, Face.UNSURE}
    return Facts(
        act=Act.ONBOARDING,
        sender=Party(
            country=node.country,
            currency=node.asset.code,
            customer_kind="person",
            account_class=tier.account_class,
            channel="online",
            cdd=tier.cdd,
            document=said.document is not None,
            biometric=checked,
            liveness=checked,
            onboarding_days=(on - found.started_at.date()).days,
            relationship=True,
        ),
    )


def refusal(decision: Decision | None, found: Application, terms: Terms, on: date) -> Ground | None:
    """Why this cannot be opened whoever looks at it; None if it can. The institution's own rules
    come first.
    """
    young = age_refusal(found, terms, on)
    if young is not None:
        return young
    if found.said.face is Face.FAILED:
        return Ground(Reason.IDENTITY_UNVERIFIED, f"{RULE}.face", remedy="verify_identity")
    if decision is None or decision.refusal is None:
        return None
    said = decision.refusal
    remedy = next((s.frame.remedy for s in decision.trace if s.rule == said.rule), "") or ""
    return Ground(said.reason, said.rule, said.citation, remedy)


def grounds(decision: Decision, found: Application, *, others: bool) -> tuple[Ground, ...]:
    """Why a person looks at it before it opens."""
    asked = [
        Ground(
            step.frame.reason or Reason.REVIEW_REQUIRED,
            step.rule,
            step.provision,
            step.frame.remedy or "",
            step.frame.label,
        )
        for step in decision.review
    ]
    if found.said.face is Face.UNSURE:
        asked.append(Ground(Reason.IDENTITY_UNVERIFIED, f"{RULE}.face_unsure", remedy="ask_staff"))
    if others:
        asked.append(Ground(Reason.IDENTITY_KNOWN, f"{RULE}.identity", remedy="ask_staff"))
    if found.outcome.watched:
        asked.append(Ground(Reason.REVIEW_REQUIRED, f"{RULE}.refused_before", remedy="ask_staff"))
    return tuple(asked)


def watched(found: Application, grounds_now: Sequence[Ground]) -> bool:
    """Whether from now on a person looks at what is told anew."""
    return found.outcome.watched or any(each.reason in _FINAL for each in grounds_now)


def incomplete(lacks: Sequence[Step]) -> Refused:
    told = ", ".join(lacks)
    return Refused(Reason.ONBOARDING_INCOMPLETE, rule=f"{RULE}.steps", facts={"missing": told})


def unavailable(tier: str) -> Refused:
    return Refused(Reason.TIER_UNAVAILABLE, rule=f"{RULE}.ladder", facts={"tier": tier})


def unknown(application_id: str) -> NotFound:
    """What is told for a wrong secret, too."""
    return NotFound(Reason.APPLICATION_NOT_FOUND, id=application_id)


def _is_digest(text: str) -> bool:
    return len(text) == _PICTURE and set(text) <= _HEX


def _text(field: str, text: str) -> None:
    if not text.strip():
        raise Malformed(Reason.FIELD_MISSING, param=field)
    if len(text) > _TEXT_LONGEST or not text.isprintable():
        raise Malformed(Reason.FIELD_INVALID, param=field)
