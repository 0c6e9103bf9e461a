"""After the storm: nothing goes wrong any more, and everything is driven to its end."""

from qantara.errors import QantaraError
from qantara.world.chaos import orders, standing
from qantara.world.chaos.playing import Player

LEAPS = (5.0, 8.0, 10.0, 15.0, 30.0, 30.0, 60.0, 60.0, 120.0, 300.0, 900.0)
REST = 3700.0
"""Longer than every time-out, once all is quiet: nobody may change his mind then."""


async def settle(player: Player) -> None:
    """Late messages arrive, staff decide, and the clock moves on until nothing is on its way;
    what is not over then stays, for the auditor to find.
    """
    stage, record = player.stage, player.record
    for late in stage.roads.late:
        try:
            await late.road.arrive(late.envelopes)
        except QantaraError as error:
            record.line("late, and failed:", error.reason)
    stage.roads.late.clear()
    stage.forget()
    await _calm(player)
    for seconds in LEAPS:
        if not await standing.unfinished(stage.roles):
            break
        await _leap(player, seconds)
    await _leap(player, REST)


async def _leap(player: Player, seconds: float) -> None:
    player.stage.move(seconds)
    player.record.line("settling", player.stage.clock().isoformat())
    for name in player.stage.roles:
        await player.stage.run_jobs(name)
    await _calm(player)


async def _calm(player: Player) -> None:
    """Everything that can be done at this moment, done."""
    await player.stage.carry_all()
    for name in sorted(orders.SIDES):
        for said in await orders.decide(player.stage, name, player.dice):
            player.record.line("  ", name, said)
    await player.stage.carry_all()
