"""Which authorities there are, and whether one supervises here."""

from functools import cache
from importlib.resources import files

import msgspec
import yaml

from qantara.errors import NotFound, Reason
from qantara.policy.model import Rulebook
from qantara.supervision.model import Authority


@cache
def authorities() -> dict[str, Authority]:
    """All of them, by code, as the file beside this one says."""
    text = (files("qantara.supervision") / "authorities.yaml").read_text(encoding="utf-8")
    read = msgspec.convert(yaml.safe_load(text), type=list[Authority], strict=True)
    return {each.code: each for each in read}


def authority(code: str) -> Authority | NotFound:
    return authorities().get(code) or NotFound(Reason.AUTHORITY_UNKNOWN, authority=code)


def of_jurisdiction(law: Rulebook, country: str) -> list[Authority]:
    """Those who supervise in a country: its own, and those of the union it belongs to."""
    known = law.jurisdictions.get(country)
    here = {country, *(known.within if known is not None else ())}
    return [each for each in authorities().values() if each.jurisdiction in here]


def supervises(law: Rulebook, country: str, code: str) -> bool:
    return any(each.code == code for each in of_jurisdiction(law, country))
