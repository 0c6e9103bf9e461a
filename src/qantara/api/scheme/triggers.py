"""Triggers of a simulated scheme role: what its operator orders it to do to certain messages."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from qantara.access.model import Scope
from qantara.api.answers import created, documented, json
from qantara.api.faults import refresh
from qantara.api.shapes import Moment, Request
from qantara.clock import to_text
from qantara.edge.calls import CurrentCall, keyed, needs
from qantara.edge.routes import ActRoute, ReadRoute
from qantara.errors import NotFound
from qantara.scheme.triggers import flow
from qantara.scheme.triggers.model import (
    Direction,
    Effect,
    Order,
    Removal,
    Standing,
    Trigger,
)

reads = APIRouter(
    prefix="/v1/scheme/triggers",
    tags=["scheme"],
    route_class=ReadRoute,
    dependencies=[Depends(needs(Scope.SCHEME_READ))],
)
acts = APIRouter(
    prefix="/v1/scheme/triggers",
    tags=["scheme"],
    route_class=ActRoute,
    dependencies=[Depends(keyed), Depends(needs(Scope.SCHEME_OPERATE))],
)
PAGE, STRIKES = 100, 100
_Text = Annotated[str, Field(max_length=140)]


class NewTrigger(Request):
    """Which messages, and what happens to them.

    `where` names fields of the message and the values they must have; `times` ends the trigger
    after so many messages. `code` belongs to `reject`, `seconds` to `delay`, `repeats` to
    `repeat`; `halt` stands for the whole role.
    """

    effect: Literal["reject", "delay", "repeat", "lose", "halt"]
    message: str | None = Field(None, max_length=64, examples=["pacs.008.001.13"])
    where: dict[_Text, _Text] = Field(default_factory=dict, max_length=20)
    direction: Literal["in", "out"] = "in"
    code: str | None = Field(None, pattern=r"^[A-Z0-9]{4}$", examples=["AB09"])
    seconds: int | None = None
    repeats: int | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Met:
    """A message that a trigger struck."""

    peer: str
    message_id: str
    uetr: str | None
    recorded_at: Moment


@dataclass(frozen=True, slots=True)
class TriggerShown:
    """`active` until it is removed or has struck `times` messages."""

    id: str
    effect: str
    message: str | None
    where: dict[str, str]
    direction: str
    code: str | None
    seconds: int | None
    repeats: int | None
    times: int | None
    active: bool
    struck: int
    set_by: str
    set_at: Moment
    removed_by: str | None
    removed_at: Moment | None
    strikes: list[Met] | None = None


@dataclass(frozen=True, slots=True)
class TriggerPage:
    data: list[TriggerShown]
    has_more: bool


@acts.post("", status_code=201, responses=documented(TriggerShown, status=201))
async def set_trigger(call: CurrentCall, said: Annotated[NewTrigger, Body()]) -> Response:
    """Order the role to do something to the messages described, from now on."""
    trigger = Trigger(
        id=call.new_id("trg"),
        effect=Effect(said.effect),
        message=said.message,
        where=said.where,
        direction=Direction(said.direction),
        code=said.code,
        seconds=said.seconds,
        repeats=said.repeats,
        times=said.times,
    )
    order = Order(trigger, call.principal.id)
    made: Standing = await call.door.batcher.run(flow.set_triggers, order)
    await refresh(call.door)
    return created(_shape(made), f"/v1/scheme/triggers/{trigger.id}")


@acts.post("/{trigger_id}/remove", responses=documented(TriggerShown))
async def remove_trigger(call: CurrentCall, trigger_id: str) -> Response:
    """Take an order back; a halted role takes messages again."""
    removal = Removal(trigger_id, call.principal.id)
    removed: Standing = await call.door.batcher.run(flow.remove, removal)
    await refresh(call.door)
    return json(_shape(removed))


@reads.get("", responses=documented(TriggerPage))
async def list_triggers(
    call: CurrentCall,
    starting_after: Annotated[str | None, Query(description="The last id already seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 20,
) -> Response:
    """Every order ever given, the newest first."""
    async with call.door.database.read() as tx:
        if starting_after is not None:
            _known(await flow.standing(tx, starting_after))
        found = await flow.page(tx, starting_after, limit + 1)
    shown = [_shape(each) for each in found[:limit]]
    return json(TriggerPage(shown, has_more=len(found) > limit))


@reads.get("/{trigger_id}", responses=documented(TriggerShown))
async def one_trigger(call: CurrentCall, trigger_id: str) -> Response:
    """An order with the newest messages that it met."""
    async with call.door.database.read() as tx:
        found = _known(await flow.standing(tx, trigger_id))
        strikes = await flow.strikes(tx, trigger_id, STRIKES)
    met = [Met(strike.peer, strike.key, strike.uetr, to_text(at)) for strike, at in strikes]
    return json(_shape(found, met))


def _known(found: Standing | NotFound) -> Standing:
    if isinstance(found, NotFound):
        raise found
    return found


def _shape(standing: Standing, met: list[Met] | None = None) -> TriggerShown:
    trigger = standing.trigger
    return TriggerShown(
        id=trigger.id,
        effect=trigger.effect.value,
        message=trigger.message,
        where=dict(trigger.where),
        direction=trigger.direction.value,
        code=trigger.code,
        seconds=trigger.seconds,
        repeats=trigger.repeats,
        times=trigger.times,
        active=standing.active,
        struck=standing.struck,
        set_by=standing.set_by,
        set_at=to_text(standing.set_at),
        removed_by=standing.removed_by,
        removed_at=None if standing.removed_at is None else to_text(standing.removed_at),
        strikes=met,
    )
