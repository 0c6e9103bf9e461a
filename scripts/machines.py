"""Every state machine of the platform, found where `model.py` files keep their tables."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import qantara

PACKAGE = Path(qantara.__file__).parent
Table = Mapping[tuple[StrEnum, StrEnum], StrEnum]


@dataclass(frozen=True, slots=True)
class Machine:
    """`package` as the migrator names it; `name` that of the table in its `model.py`."""

    package: str
    name: str
    table: Table

    def __str__(self) -> str:
        return f"{self.package}.{self.name}"

    @property
    def initial(self) -> StrEnum:
        """By custom the first row begins where the thing begins."""
        return next(iter(self.table))[0]

    @property
    def states(self) -> type[StrEnum]:
        return type(self.initial)

    @property
    def final(self) -> set[StrEnum]:
        return set(self.states) - {state for state, _ in self.table}

    def reached(self, begin: StrEnum) -> set[StrEnum]:
        found: set[StrEnum] = set()
        front = {begin}
        while front:
            found |= front
            front = {to for (state, _), to in self.table.items() if state in front} - found
        return found


def machines() -> list[Machine]:
    found = []
    for path in sorted(PACKAGE.rglob("model.py")):
        package = ".".join(path.parent.relative_to(PACKAGE).parts)
        model = importlib.import_module(f"qantara.{package}.model")
        found += [
            Machine(package, name, table)
            for name, table in vars(model).items()
            if name.endswith("TRANSITIONS")
        ]
    return found
