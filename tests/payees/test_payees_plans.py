"""What a batch of checks costs the database: as many statements at any size."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from msgspec.structs import replace
from payees_world import ASKED, MY, World, build, question

from moments import NOW
from qantara.rails.model import AccountRef


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that run inside."""
    seen: list[str] = []
    with world.tx.query_logger(lambda record: seen.append(record.query)):
        yield seen


async def statements(world: World, count: int, at: int) -> list[int]:
    asked = [replace(ASKED, id=f"chk_{at}_{n}") for n in range(count)]
    with counted(world) as asking:
        await world.ask(*asked)
    base = await world.answer()
    questions = (await world.questions())[-count:]
    answers = [
        replace(
            base,
            message=replace(base.message, key=f"{n:032x}{at}"[-32:]),
            record=replace(base.record, original_message_id=each.message_id),
        )
        for n, each in enumerate(questions)
    ]
    with counted(world) as taking:
        await world.take(*answers)
    assert await world.story(asked[-1].id) == ["confirmed"]
    others = [question(MY, AccountRef(other=MY.number)) for _ in range(count)]
    with counted(world) as telling:
        await world.told(*others)
    await world.ask(*[replace(each, id=f"{each.id}_late") for each in asked])
    with counted(world) as expiring:
        assert await world.expire(NOW + timedelta(seconds=20)) == [count]
    with counted(world) as resting:
        assert await world.expire(NOW + timedelta(seconds=20)) == [0]
    return [len(each) for each in (asking, taking, telling, expiring, resting)]


async def test_a_batch_takes_as_many_statements_as_one_check(fresh):
    world = await build(fresh)
    async with world.tx.transaction():
        await statements(world, 1, 0)  # the driver looks up the types it meets first
        one, many = await statements(world, 1, 1), await statements(world, 40, 2)
    assert one == many
    asking, taking, telling, expiring, resting = many
    assert asking <= 4
    assert taking <= 5
    assert telling <= 4
    assert expiring <= 4
    assert resting <= 1
