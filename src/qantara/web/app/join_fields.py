"""What the pages of joining ask, as answers; and answers, as fields of those pages."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from qantara.errors import Malformed, Reason
from qantara.onboarding.model import Answer, Document, FaceCheck, Home, Person, Said, Step
from qantara.parties.model import IdentityType
from qantara.web.forms import Form, said

LONGEST = 140


def same_twice(form: Mapping[str, str]) -> None:
    if form.get("pin", "") != form.get("pin_again", ""):
        raise Malformed(Reason.FIELD_INVALID, param="pin_again")


def _person(form: Form, _before: Said) -> Answer:
    born = said(form, "born_on", LONGEST)
    try:
        born_on = date.fromisoformat(born)
    except ValueError as error:
        raise Malformed(Reason.FIELD_INVALID, param="born_on", value=born) from error
    return Person(said(form, "legal_name", LONGEST), born_on, _maybe(form, "rails_name"))


def _home(form: Form, _before: Said) -> Answer:
    street, town = said(form, "street", LONGEST), said(form, "town", LONGEST)
    return Home(street, town, _maybe(form, "rails_street"), _maybe(form, "rails_town"))


def _document(form: Form, before: Said) -> Answer:
    """Of a picture only the digest is kept; the same document keeps the one it had."""
    kind, number = said(form, "type", LONGEST), said(form, "number", LONGEST)
    if kind not in set(IdentityType):
        raise Malformed(Reason.IDENTITY_INVALID, param="type", value=kind)
    image = form.file("picture")
    had = before.document
    kept = had.picture if had is not None and had.number == number else ""
    picture = hashlib.sha256(image).hexdigest() if image else kept
    return Document(IdentityType(kind), number, picture)


def _face(_form: Form, _before: Said) -> Answer:
    return FaceCheck()


def _maybe(form: Mapping[str, str], name: str) -> str:
    text = form.get(name, "")
    if len(text) > LONGEST:
        raise Malformed(Reason.FIELD_INVALID, param=name, value=text)
    return text


READ: Mapping[Step, Callable[[Form, Said], Answer]] = {
    Step.PERSON: _person,
    Step.HOME: _home,
    Step.DOCUMENT: _document,
    Step.FACE: _face,
}


def told(known: Said, step: Step) -> dict[str, str]:
    """What was told before, as the page of the step shows it."""
    answers: dict[Step, Any] = {
        Step.PERSON: known.person,
        Step.HOME: known.home,
        Step.DOCUMENT: known.document,
    }
    found = answers.get(step)
    if found is None:
        return {}
    return {name: str(getattr(found, name)) for name in found.__struct_fields__}
