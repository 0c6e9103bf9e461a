"""A world as its TOML file says: who plays which role, where, and on what terms.

Unknown keys, missing keys and roles that name each other wrongly are `Malformed`, with the
place. Amounts and rates are decimal strings.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from qantara.errors import Malformed, Reason
from qantara.money import Asset, asset
from qantara.policy import flow as policy
from qantara.policy.model import Fee, Rulebook, Value

KINDS = ("institution", "gateway", "ips", "sap", "fxp")
_OVERLAYS = {"example": policy.EXAMPLE}


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One role's entry: `table` is what its kind says beside the common keys."""

    name: str
    kind: str
    bic: str
    title: str
    port: int | None
    table: Mapping[str, Any]

    def take(self, key: str, kind: type, default: object = None) -> Any:
        value = self.table.get(key, default)
        if not isinstance(value, kind):
            raise _wrong(f"roles.{self.name}.{key}", f"{value!r} is no {kind.__name__}")
        return value

    @property
    def country(self) -> str:
        return str(self.take("country", str))

    @property
    def currency(self) -> Asset:
        return asset(self.take("currency", str))


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A whole world; `rulebook` has the overlay laid over the law."""

    name: str
    notice: str
    roles: Mapping[str, RoleSpec]
    rulebook: Rulebook

    def of_kind(self, kind: str) -> list[RoleSpec]:
        return [role for role in self.roles.values() if role.kind == kind]

    def role(self, name: str) -> RoleSpec:
        try:
            return self.roles[name]
        except KeyError:
            raise _wrong(f"roles.{name}", "no such role") from None

    def value(self, value_id: str, on: date) -> Value:
        return self.rulebook.value(value_id, on)

    def fee(self, value_id: str, on: date) -> Fee:
        found = self.rulebook.value(value_id, on)
        if not isinstance(found.value, Fee):
            raise _wrong(value_id, found.note or "no fee formula is published")
        return found.value

    def database(self, role: str) -> str:
        return f"qantara_{self.name}_{role}".replace("-", "_")


def _wrong(place: str, problem: str) -> Malformed:
    return Malformed(Reason.FIELD_INVALID, param=place, value=problem)


_COMMON = ("kind", "bic", "name", "port")


def read(path: Path, name: str) -> WorldSpec:
    """The world in a TOML file, under the name that its databases carry."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise _wrong(str(path), str(error)) from error
    world = document.get("world", {})
    overlay = world.get("overlay")
    if overlay is not None and overlay not in _OVERLAYS:
        raise _wrong("world.overlay", f"{overlay!r} is not one of {', '.join(_OVERLAYS)}")
    roles = {key: _role(key, table) for key, table in document.get("roles", {}).items()}
    rulebook = policy.load(_OVERLAYS[overlay] if overlay else None)
    return WorldSpec(name, world.get("notice", ""), roles, rulebook)


def _role(name: str, table: Mapping[str, Any]) -> RoleSpec:
    kind = table.get("kind")
    if kind not in KINDS:
        raise _wrong(f"roles.{name}.kind", f"{kind!r} is not one of {', '.join(KINDS)}")
    for key in ("bic", "name"):
        if not isinstance(table.get(key), str):
            raise _wrong(f"roles.{name}.{key}", "is missing")
    return RoleSpec(
        name=name,
        kind=kind,
        bic=table["bic"],
        title=table["name"],
        port=table.get("port"),
        table={key: value for key, value in table.items() if key not in _COMMON},
    )


def decimal(place: str, text: object) -> Decimal:
    """A decimal string as it stands in the file; a TOML float is refused."""
    if not isinstance(text, str):
        raise _wrong(place, f"{text!r} is not a decimal string")
    return Decimal(text)
