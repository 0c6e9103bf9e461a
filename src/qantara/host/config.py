"""A world as its TOML file says: who plays which role, where, and on what terms.

Unknown keys, missing keys and roles that name each other wrongly are `Malformed`, with the
place. Amounts and rates are decimal strings.
"""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from qantara.errors import Malformed, Reason
from qantara.host import keys
from qantara.money import Asset, Money, asset
from qantara.policy import flow as policy
from qantara.policy.model import Fee, Rulebook, Value

_PORTS = range(1, 65536)
_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One role's entry: `table` is what its kind says beside the common keys.

    `port` is for people and their apps, `peer_port` for roles of other processes; without one,
    peers find it where the running world left word of it.
    """

    name: str
    kind: str
    bic: str
    title: str
    port: int | None
    peer_port: int | None
    table: Mapping[str, Any]

    def take(self, key: str, kind: type, default: object = None) -> Any:
        value = self.table.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _wrong(self.place(key), f"{value!r} is no {kind.__name__}")
        return value

    def choose(self, key: str, among: type[Choice]) -> Choice:
        """One of an enumeration's values."""
        value = self.take(key, str)
        if value not in set(among):
            raise _wrong(self.place(key), f"{value!r} is not one of {', '.join(among)}")
        return among(value)

    def place(self, key: str) -> str:
        return f"roles.{self.name}.{key}"

    @property
    def country(self) -> str:
        return str(self.take("country", str))

    @property
    def currency(self) -> Asset:
        return asset(self.take("currency", str))


@dataclass(frozen=True, slots=True)
class WorldSpec:
    """A whole world; `rulebook` has the overlay laid over the law of `books`."""

    name: str
    notice: str
    roles: Mapping[str, RoleSpec]
    rulebook: Rulebook
    overlay: Path | None = None
    books: Path = policy.BOOKS

    def rulebook_now(self) -> Rulebook:
        """The rulebook as its files stand now; `Malformed` names what is wrong with them."""
        return policy.load_sound(self.overlay, self.books)

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


def _known(place: str, table: Mapping[str, Any], keys: Collection[str]) -> None:
    for key in table:
        if key not in keys:
            raise _wrong(f"{place}.{key}", f"no such key; there are {', '.join(keys)}")


def read(path: Path, name: str, books: Path = policy.BOOKS) -> WorldSpec:
    """The world in a TOML file, under the name that its databases carry."""
    document = _document(path)
    world = document.get("world", {})
    if (base := extended(path)) is not None:
        document = _laid_over(_document(base), document)
        world = {key: value for key, value in document["world"].items() if key != "extends"}
    _known("world", world, keys.WORLD)
    overlay = world.get("overlay")
    if overlay is not None and overlay not in list(policy.OVERLAYS):
        raise _wrong("world.overlay", f"{overlay!r} is not one of {', '.join(policy.OVERLAYS)}")
    roles = {key: _role(key, table) for key, table in document.get("roles", {}).items()}
    laid = policy.OVERLAYS[overlay] if overlay else None
    return WorldSpec(name, world.get("notice", ""), roles, policy.load(laid, books), laid, books)


def _document(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(str(path), str(error)) from error
    _known("file", document, ("world", "roles"))
    return document


def extended(path: Path) -> Path | None:
    """The file beside this one that it adds to, if it adds to one."""
    named = _document(path).get("world", {}).get("extends")
    if named is None:
        return None
    if not isinstance(named, str) or Path(named).name != named or named == path.name:
        raise _wrong("world.extends", f"{named!r} is no other file beside this one")
    return path.with_name(named)


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables laid over tables, all the way down; what is no table replaces."""
    laid = dict(below)
    for key, value in above.items():
        under = laid.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            laid[key] = _laid_over(under, value)
        else:
            laid[key] = value
    return laid


def _role(name: str, table: Mapping[str, Any]) -> RoleSpec:
    kind = table.get("kind")
    if kind not in list(keys.KINDS):
        raise _wrong(f"roles.{name}.kind", f"{kind!r} is not one of {', '.join(keys.KINDS)}")
    for key in ("bic", "name"):
        if not isinstance(table.get(key), str):
            raise _wrong(f"roles.{name}.{key}", "is missing")
    _known(f"roles.{name}", table, (*keys.COMMON, *keys.CALLERS, *keys.KINDS[kind]))
    return RoleSpec(
        name=name,
        kind=kind,
        bic=table["bic"],
        title=table["name"],
        port=_port(name, table, "port"),
        peer_port=_port(name, table, "peer_port"),
        table={key: value for key, value in table.items() if key not in keys.COMMON},
    )


def _port(role: str, table: Mapping[str, Any], key: str) -> int | None:
    port = table.get(key)
    if port is None or (isinstance(port, int) and port in _PORTS):
        return port
    raise _wrong(f"roles.{role}.{key}", f"{port!r} is no port")


def decimal(place: str, text: object) -> Decimal:
    """A decimal string as it stands in the file; a TOML float is refused."""
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        raise _wrong(place, f"{text!r} is not a decimal string")
    return Decimal(text)


def amount(place: str, text: object, currency: Asset) -> Money:
    """An amount in major units, with exactly the currency's decimals."""
    decimal(place, text)
    try:
        return Money.parse(str(text), currency)
    except Malformed as error:
        raise _wrong(place, f"{text!r} is no amount of {currency}") from error


def share(place: str, text: object) -> Decimal:
    """A decimal string from 0 to below 1: a fee that took all would leave nothing to send."""
    value = decimal(place, text)
    if not 0 <= value < 1:
        raise _wrong(place, f"{text!r} is not from 0 to below 1")
    return value
