"""From a phone to an application in which everything is told: each step is kept, in any order."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from qantara.access.credentials import flow as credentials
from qantara.db import Tx
from qantara.errors import Conflict, Malformed, NotFound, Reason, Refused
from qantara.onboarding import rules, store
from qantara.onboarding.model import (
    Application,
    AskCode,
    ChoosePin,
    Event,
    Outcome,
    Person,
    Proof,
    Raise,
    Said,
    Save,
    State,
    Taker,
    Terms,
    Verify,
)
from qantara.parties import flow as parties

_RULE = "onboarding.code"


async def ask_codes(tx: Tx, _node: Taker, asked: Sequence[AskCode], now: datetime) -> list[str]:
    """Send codes to phones; the ids under which they are answered. A phone by which somebody
    signs in already is told so, and its code opens nothing: what is answered here is the same.
    """
    known = await credentials.aliases_held(tx, [each.phone for each in asked])
    await store.insert_codes(tx, [each for each in asked if each.phone not in known], now)
    texts = [(each.phone, each.known if each.phone in known else each.text) for each in asked]
    await store.send(tx, texts, now)
    return [each.id for each in asked]


async def send_message(
    tx: Tx, _node: object, sent: Sequence[tuple[str, str]], now: datetime
) -> list[None]:
    """Leave texts for phones where the simulated gateway keeps them."""
    await store.send(tx, sent, now)
    return [None] * len(sent)


async def verify(
    tx: Tx, _node: Taker, answers: Sequence[Verify], now: datetime
) -> list[Application | Refused]:
    """A right code begins an application, or goes on with the one that the phone has under way:
    from now on it is proved by the new secret alone.
    """
    codes = await store.try_codes(tx, [each.code_id for each in answers])
    passed: dict[int, store.Code] = {}
    outcomes: dict[int, Application | Refused] = {}
    for place, each in enumerate(answers):
        code = codes.get(each.code_id)
        wrong = _wrong(each, code, now)
        if wrong is not None or code is None:
            outcomes[place] = wrong or Refused(Reason.CODE_WRONG, rule=_RULE)
        else:
            passed[place] = code
    going = await store.running(tx, [code.phone for code in passed.values()])
    for place, code in passed.items():
        going[code.phone] = _begun(answers[place], code, going.get(code.phone), now)
    await store.write(tx, list({each.id: each for each in going.values()}.values()))
    await store.delete_codes(tx, [code.id for code in passed.values()])
    for place, code in passed.items():
        outcomes[place] = going[code.phone]
    return [outcomes[place] for place in range(len(answers))]


def _wrong(said: Verify, code: store.Code | None, now: datetime) -> Refused | None:
    """A code that never was is wrong like any other."""
    if code is not None and (now >= code.expires_at or code.tries > said.terms.code_tries):
        return Refused(Reason.CODE_EXPIRED, rule=_RULE)
    if code is None or code.digest != said.digest:
        return Refused(Reason.CODE_WRONG, rule=_RULE)
    return None


def _begun(said: Verify, code: store.Code, found: Application | None, now: datetime) -> Application:
    if found is not None:
        return replace(found, secret_digest=said.secret_digest, language=code.language)
    return Application(
        id=said.application_id,
        phone=code.phone,
        language=code.language,
        state=State.FILLING,
        said=Said(),
        outcome=Outcome(),
        started_at=now,
        changed_at=now,
        expires_at=now + timedelta(days=said.terms.keep_days),
        secret_digest=said.secret_digest,
    )


Changed = Application | Conflict | NotFound | Refused


async def save(tx: Tx, node: Taker, asked: Sequence[Save], now: datetime) -> list[Changed]:
    """Keep answers. One that was refused may be put right: the application is open again. A value
    that cannot be right raises `Malformed` with its field.
    """
    found = await mine(tx, [each.proof for each in asked])
    moved: list[tuple[Application, Event]] = []
    outcomes: list[Changed] = []
    for each in asked:
        before = found.get(each.proof.application_id)
        after = _open_again(before) if before else rules.unknown(each.proof.application_id)
        if isinstance(after, Application) and before is not None:
            said = _agreeing(rules.saved(after.said, each.answer, node.country), each, now.date())
            _check(said, now.date())
            after = replace(after, said=said, changed_at=now)
            if before.state is State.REFUSED:
                moved.append((after, Event.AMEND))
            found[after.id] = after
        outcomes.append(after)
    await _keep(tx, outcomes, moved, now)
    return outcomes


def _agreeing(said: Said, each: Save, on: date) -> Said:
    """Where another birth date is told, a document that says the old one is asked for again: the
    two could never be put right if neither might change without the other.
    """
    if said.document is None or not isinstance(each.answer, Person):
        return said
    try:
        parties.normal_identity(rules.identity(said.document), on, each.answer.born_on)
    except Malformed:
        return replace(said, document=None, face=None)
    return said


def _check(said: Said, on: date) -> None:
    """What the institution's own books would not take is told at the step where it is said."""
    if said.person is not None:
        if said.person.born_on > on:
            raise Malformed(Reason.FIELD_INVALID, param="born_on")
        _writable("rails_name", said.person.legal_name, said.person.rails_name)
    if said.home is not None:
        _writable("rails_street", said.home.street, said.home.rails_street)
        _writable("rails_town", said.home.town, said.home.rails_town)
    if said.document is not None:
        born_on = None if said.person is None else said.person.born_on
        parties.normal_identity(rules.identity(said.document), on, born_on)


def _writable(field: str, text: str, given: str) -> None:
    """Payments carry Latin letters: what has others needs to be told in those, too."""
    if not (given or parties.latin(text)):
        raise Malformed(Reason.FIELD_MISSING, param=field)


async def choose_pins(
    tx: Tx, _node: Taker, asked: Sequence[ChoosePin], now: datetime
) -> list[Changed]:
    """Keep the hashes of PINs by which people will sign in."""
    found = await mine(tx, [each.proof for each in asked])
    outcomes: list[Changed] = []
    for each in asked:
        before = found.get(each.proof.application_id)
        after = _open_again(before) if before else rules.unknown(each.proof.application_id)
        if isinstance(after, Application):
            if after.customer_id is not None:
                after = Conflict(Reason.STATE_CONFLICT, id=after.id, state="customer")
            else:
                said = replace(after.said, pin_hash=each.pin_hash)
                after = found[after.id] = replace(after, said=said, changed_at=now)
        outcomes.append(after)
    await _keep(tx, outcomes, [], now)
    return outcomes


def _open_again(found: Application) -> Application | Conflict:
    if found.state is State.FILLING:
        return found
    after = rules.advance(found, Event.AMEND)
    return after if isinstance(after, Conflict) else replace(found, state=after)


async def mine(tx: Tx, proofs: Sequence[Proof]) -> dict[str, Application]:
    """The applications that the proofs open, locked."""
    found = await store.by_ids(tx, [each.application_id for each in proofs], lock=True)
    return {
        each.application_id: found[each.application_id]
        for each in proofs
        if rules.proved(found.get(each.application_id), each)
    }


async def _keep(
    tx: Tx,
    outcomes: Sequence[Changed],
    moved: Sequence[tuple[Application, Event]],
    now: datetime,
) -> None:
    last = {each.id: each for each in outcomes if isinstance(each, Application)}
    await store.write(tx, list(last.values()))
    await store.note(tx, moved, now)


async def raise_tiers(
    tx: Tx, _node: Taker, asked: Sequence[Raise], now: datetime
) -> list[Application | Refused]:
    """Begin, or go on with, the way of customers to their next tier, with all that they have told
    before. Who did not come by a tier has none to leave.
    """
    latest = await store.latest(tx, [each.by.subject or "" for each in asked])
    going = await store.running(tx, [each.phone for each in latest.values()])
    outcomes: list[Application | Refused] = []
    for each in asked:
        before = latest.get(each.by.subject or "")
        if before is None:
            outcomes.append(rules.unavailable(""))
            continue
        begun = going.get(before.phone) or _raised(each, before, now)
        begun = replace(begun, secret_digest=each.secret_digest)
        going[before.phone] = begun
        outcomes.append(begun)
    await store.write(tx, [each for each in outcomes if isinstance(each, Application)])
    return outcomes


def _raised(asked: Raise, before: Application, now: datetime) -> Application:
    return replace(
        before,
        id=asked.id,
        state=State.FILLING,
        outcome=Outcome(),
        secret_digest=None,
        held=before.asked,
        asked="",
        started_at=now,
        changed_at=now,
        expires_at=now + _days(asked.terms),
    )


def _days(terms: Terms) -> timedelta:
    return timedelta(days=terms.keep_days)
