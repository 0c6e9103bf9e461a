"""The clocks of the scheme's service desk, from the gateway's table in the world's file.

desk = { recall_seconds = 864000, expiry_seconds = 432000 }
"""

from qantara.errors import Malformed, Reason
from qantara.host.config import RoleSpec, WorldSpec
from qantara.rails.cases import Kind
from qantara.scheme.desk.model import DeskTerms

_ANSWERS = {f"{kind.value}_seconds": kind for kind in Kind}
_OTHERS = frozenset({"expiry_seconds", "return_seconds", "close_seconds"})


def desk(world: WorldSpec, role: RoleSpec) -> DeskTerms:
    """The example's clocks, where the file says nothing; every institution has a line."""
    told: dict[str, object] = role.take("desk", dict, {})
    for key, value in told.items():
        if key not in _ANSWERS and key not in _OTHERS:
            known = ", ".join(sorted([*_ANSWERS, *_OTHERS]))
            raise _wrong(role, key, f"no such key; there are {known}")
        if type(value) is not int or value < 1:
            raise _wrong(role, key, f"{value!r} is no whole number above zero")
    seconds = {key: value for key, value in told.items() if isinstance(value, int)}
    example = DeskTerms()
    answers = {_ANSWERS[key]: value for key, value in seconds.items() if key in _ANSWERS}
    return DeskTerms(
        answer_seconds={**example.answer_seconds, **answers},
        expiry_seconds=seconds.get("expiry_seconds", example.expiry_seconds),
        return_seconds=seconds.get("return_seconds", example.return_seconds),
        close_seconds=seconds.get("close_seconds", example.close_seconds),
        members=frozenset(each.name for each in world.of_kind("institution")),
    )


def _wrong(role: RoleSpec, key: str, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=role.place(f"desk.{key}"), value=problem)
