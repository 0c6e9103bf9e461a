"""Whatever overtakes whatever: a payment ends alike everywhere, and leaves nothing held."""

import pytest
from scheme_storm import ACCEPTED, KEPT, LOOK, NO, send, storm

from conftest import Fresh
from qantara.rails.model import Priority

PLANS = {
    Priority.NORM: ([ACCEPTED], [NO], [KEPT], [LOOK, ACCEPTED], [LOOK, NO], [LOOK, KEPT], []),
    Priority.HIGH: ([ACCEPTED], [ACCEPTED], [NO], []),
}


@pytest.mark.parametrize(
    ("steps", "source_steps", "by_api"),
    [(4, 5, False), (5, 5, False), (4, 4, True), (5, 4, False)],
)
async def test_a_storm_leaves_every_payment_ended_alike(
    fresh: Fresh, steps: int, source_steps: int, by_api: bool
) -> None:
    made = await storm(fresh, steps * 10 + source_steps, steps=steps, source_steps=source_steps, asked_by_api=by_api)
    made.loses = 0.1
    for priority, plans in PLANS.items():
        for plan in plans:
            await send(made, priority, plan)
    await made.rage(250)
    await made.calm()
    await made.check()
    print(made.outcomes(), made.refused)
    assert set(made.outcomes()) == {"paid", "rejected"}
