from collections.abc import Mapping
from enum import StrEnum
from types import ModuleType

import pytest

from qantara.errors import Conflict
from qantara.scheme.gateway import model as gateway
from qantara.scheme.ips import model as ips
from qantara.scheme.model import advance
from qantara.scheme.sap import model as sap

MACHINES = pytest.mark.parametrize(
    ("package", "machine"), [("gateway", gateway), ("ips", ips), ("sap", sap)]
)


@MACHINES
def test_every_state_is_reached_and_every_unfinished_one_left(
    package: str, machine: ModuleType
) -> None:
    table: Mapping[tuple[StrEnum, StrEnum], StrEnum] = machine.TRANSITIONS
    reached = {machine.START}
    while more := {to for (state, _), to in table.items() if state in reached} - reached:
        reached |= more
    assert reached == set(machine.State)
    assert {state for state, _ in table} == set(machine.State) - machine.FINAL
    assert {event for _, event in table} == set(machine.Event)


@MACHINES
def test_a_missing_row_is_a_conflict(package: str, machine: ModuleType) -> None:
    for state in machine.State:
        for event in machine.Event:
            if (state, event) in machine.TRANSITIONS:
                assert advance(machine.TRANSITIONS, state, event) in machine.State
            else:
                with pytest.raises(Conflict):
                    advance(machine.TRANSITIONS, state, event)
