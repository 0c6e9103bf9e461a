"""Whatever overtakes whatever, comes twice or is lost: a payment ends alike everywhere, and leaves
nothing held.
"""

import pytest
from scheme_storm import KEPT, LOOK, NO, send, storm

from moments import Fresh
from qantara.rails.model import Priority
from qantara.scheme.ips.model import Initiation
from qantara.scheme.letters import ACCEPTED

PLANS = {
    Priority.NORM: ([ACCEPTED], [NO], [KEPT], [LOOK, ACCEPTED], [LOOK, NO], [LOOK, KEPT], []),
    Priority.HIGH: ([ACCEPTED], [ACCEPTED], [NO], []),
}


@pytest.mark.parametrize(
    ("steps", "source_steps", "initiation"),
    [
        (4, 5, Initiation.MESSAGE),
        (5, 5, Initiation.MESSAGE),
        (4, 4, Initiation.AUTHORISATION),
        (5, 4, Initiation.MESSAGE),
    ],
)
async def test_a_storm_leaves_every_payment_ended_alike(
    fresh: Fresh, steps: int, source_steps: int, initiation: Initiation
) -> None:
    seed = steps * 10 + source_steps
    made = await storm(fresh, seed, steps=steps, source_steps=source_steps, initiation=initiation)
    made.loses = 0.1
    for priority, plans in PLANS.items():
        for plan in plans:
            await send(made, priority, plan)
    await made.rage(250)
    await made.calm()
    await made.check()
    assert set(made.outcomes()) == {"paid", "rejected"}


async def test_a_time_out_that_overtakes_its_payment_is_said_again(fresh: Fresh) -> None:
    """The destination refuses a word on what it has never seen; later that word must reach it."""
    made = await storm(fresh, 1, steps=4)
    uetr = await send(made, Priority.HIGH, [ACCEPTED])
    for recipient in ("duitnow", "sap-my", "duitnow", "nexus"):
        await made.next_to(recipient)
    (onward,) = made.flying
    made.flying.clear()
    await made.after(6)
    await made.next_to("raast")
    assert [refused[:2] for refused in made.refused] == [("nexus", "raast")]
    made.flying.append(onward)
    await made.calm()
    await made.check()
    assert made.banks["pk"].end(uetr) == "rejected"


@pytest.mark.parametrize("between", [("nexus", "raast"), ("raast", "pk")], ids="-".join)
async def test_a_confirmation_that_is_lost_is_asked_for(
    fresh: Fresh, between: tuple[str, str]
) -> None:
    made = await storm(fresh, 2, steps=5)
    uetr = await send(made, Priority.NORM, [ACCEPTED])
    await made.lose_the_last_word(*between)
    assert len(made.lost) == 1
    await made.calm()
    await made.check()
    assert made.banks["pk"].end(uetr) == "paid"
