"""What holds of every `(state, event) -> state` table, wherever it stands."""

import importlib
import re
from collections import defaultdict
from enum import StrEnum

import pytest

from moments import Fresh
from source_tree import script

finder = script("machines")
Machine, EVERY = finder.Machine, finder.machines()
TIMEOUT = re.compile(r"expire|expired|time_out|timed_out|lapse")
# Where something may stay for as long as nobody acts, and why that is right.
_CLOCK = "the clock stands at the scheme's desk, which ends it and tells"
_OVERTAKEN = "for good, unless the other side's yes was on its way"
_NORM = "NORM has no scheme-wide time-out: the answer is delivered until acknowledged"
_TAKEN = "the end, unless the scheme's rejection crosses our yes"
MAY_REST = {
    ("access.webhooks.ENDPOINT_TRANSITIONS", "enabled"): "an endpoint hears until it is closed",
    ("access.webhooks.ENDPOINT_TRANSITIONS", "disabled"): "until its owner opens or deletes it",
    ("access.webhooks.ENDPOINT_TRANSITIONS", "failed"): "until its owner opens or deletes it",
    ("agents.AGENT_TRANSITIONS", "active"): "an agent serves until staff suspend or close it",
    ("agents.AGENT_TRANSITIONS", "suspended"): "until staff let it serve again, or close it",
    ("ledger.TRANSITIONS", "open"): "an account is open until it is closed",
    ("ledger.TRANSITIONS", "frozen"): "a freeze lasts until its legal reason ends",
    ("parties.TRANSITIONS", "open"): "an account is open until it is closed",
    ("remittance.INBOUND_TRANSITIONS", "credited"): _TAKEN,
    ("remittance.INBOUND_TRANSITIONS", "blocked"): _TAKEN,
    ("scheme.gateway.TRANSITIONS", "received"): "left in the transaction that begins it",
    ("scheme.ips.TRANSITIONS", "received"): "left in the transaction that begins it",
    ("scheme.sap.TRANSITIONS", "received"): "left in the transaction that begins it",
    ("scheme.ips.REQUEST_TRANSITIONS", "received"): "left in the transaction that begins it",
    ("scheme.ips.TRANSITIONS", "at_gateway"): _NORM,
    ("scheme.ips.TRANSITIONS", "at_confirmation"): _NORM,
    ("scheme.ips.TRANSITIONS", "at_block_confirmation"): _NORM,
    ("scheme.ips.TRANSITIONS", "held"): "a check by the payee's provider (ACWP) takes its time",
    ("scheme.sap.TRANSITIONS", "reserved"): "the system's timers end it, and it tells",
    ("scheme.desk.TRANSITIONS", "withdrawn"): _OVERTAKEN,
    ("scheme.desk.TRANSITIONS", "expired"): _OVERTAKEN,
    ("remittance.CASE_TRANSITIONS", "requested"): "its own staff's inbox shows it as overdue",
    ("remittance.CASE_TRANSITIONS", "accepted"): _CLOCK,
    ("remittance.CASE_TRANSITIONS", "returned"): _CLOCK,
    ("remittance.CASE_TRANSITIONS", "withdrawn"): _OVERTAKEN,
    ("remittance.CASE_TRANSITIONS", "expired"): _OVERTAKEN,
    ("domestic.TRANSITIONS", "ordered"): "left in the transaction that begins it",
    ("domestic.ARRIVAL_TRANSITIONS", "received"): "left in the transaction that begins it",
    ("domestic.ARRIVAL_TRANSITIONS", "credited"): "for good, unless our answer came too late",
    ("domestic.REQUEST_TRANSITIONS", "paid"): "for good, unless the payment is taken back",
    ("domestic.REQUEST_TRANSITIONS", "expired"): "for good, unless money was under way",
    ("domestic.DEMAND_TRANSITIONS", "received"): "left in the transaction that begins it",
    ("domestic.DEMAND_TRANSITIONS", "accepted"): "its deadline is its day: it is paid or fails",
    ("domestic.DEMAND_TRANSITIONS", "paying"): "its transfer is looked after, and ends it",
    ("domestic.RETURN_TRANSITIONS", "received"): "left in the transaction that begins it",
    ("wallet.BENEFICIARY_TRANSITIONS", "saved"): "a payee is kept until it is removed",
    ("wallet.POT_TRANSITIONS", "open"): "a pot is open until its owner closes it",
    ("wallet.SCHEDULE_TRANSITIONS", "active"): "it stands until its last day or its owner ends it",
    ("scheme.psp.TRANSITIONS", "arrived"): "left in the transaction that begins it",
    ("scheme.psp.TRANSITIONS", "reserved"): _NORM,
    ("scheme.psp.TRANSITIONS", "credited"): "only a rejection that comes late takes it back",
    ("scheme.psp.SENT_TRANSITIONS", "sent"): _NORM,
}
CHECKS = """
SELECT a.attname AS column, pg_get_constraintdef(c.oid) AS definition
FROM pg_constraint c
JOIN pg_namespace n ON n.oid = c.connamespace
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.contype = 'c' AND cardinality(c.conkey) = 1 AND n.nspname = $1
UNION ALL
SELECT a.attname, pg_get_constraintdef(c.oid)
FROM pg_class r
JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = r.oid
JOIN pg_constraint c ON c.contypid = a.atttypid
WHERE r.relkind = 'r' AND n.nspname = $1
"""
"""By the table, or by the type that the column has."""

every = pytest.mark.parametrize("machine", EVERY, ids=str)


def test_there_are_machines_to_look_at() -> None:
    assert {machine.package for machine in EVERY} >= {"access", "ledger", "parties"}


@every
def test_every_state_is_reached(machine: Machine) -> None:
    unreached = set(machine.states) - machine.reached(machine.initial)
    assert not unreached, f"{machine}: nothing leads to {sorted(unreached)}"


@every
def test_every_machine_comes_to_an_end(machine: Machine) -> None:
    assert machine.final, f"{machine}: no state is final"
    endless = [state for state in machine.states if not machine.reached(state) & machine.final]
    assert not endless, f"{machine}: no end is reached from {endless}"


@every
def test_nothing_waits_for_ever(machine: Machine) -> None:
    waiting = set(machine.states) - machine.final
    timed = {state for state, event in machine.table if TIMEOUT.fullmatch(event)}
    excused = {state for state in waiting if (str(machine), state.value) in MAY_REST}
    assert not timed & excused, f"{machine}: {sorted(timed & excused)} need no excuse"
    endless = waiting - timed - excused
    assert not endless, f"{machine}: {sorted(endless)} can wait for ever: no event is a timeout"


def test_every_excuse_is_still_needed() -> None:
    known = {(str(machine), state.value) for machine in EVERY for state in machine.states}
    assert set(MAY_REST) <= known


async def test_the_database_knows_the_same_states(fresh: Fresh) -> None:
    packages = sorted({machine.package for machine in EVERY})
    connection = await fresh(*packages)
    faults = []
    for package in packages:
        allowed: dict[str, list[frozenset[str]]] = defaultdict(list)
        for row in await connection.fetch(CHECKS, package.split(".")[-1]):
            values = frozenset(re.findall(r"'([a-z_]+)'::text", row["definition"]))
            allowed[row["column"]].append(values)
        states = {frozenset(machine.states) for machine in EVERY if machine.package == package}
        listed = {values for name in ("state", "status") for values in allowed[name]}
        faults += [
            f"{package}: no CHECK lists exactly {sorted(values)}" for values in states - listed
        ]
        model = importlib.import_module(f"qantara.{package}.model")
        enums = {
            frozenset(member.value for member in kind)
            for kind in vars(model).values()
            if isinstance(kind, type) and issubclass(kind, StrEnum)
        }
        listed |= set(allowed["event"])
        faults += [
            f"{package}: the CHECK on {sorted(values)} is no enum of model.py"
            for values in listed - enums
        ]
    assert not faults, "\n".join(faults)
