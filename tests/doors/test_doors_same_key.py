"""The same key with the same and with other requests, in any order: done once, told as often as
asked, and never one request's answer for another.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from random import Random

import httpx
import pytest
from door_world import CHECK, WISH, World, opened

from qantara.edge import flow
from qantara.money import MYR, PKR, Rate
from qantara.remittance import flow as remittance
from qantara.remittance.model import ReferenceRate

KEYS, STEPS = ("one", "two", "three"), 150
KEPT = {201, 404, 409, 422}
QUOTES, CHECKS = "/v1/quotes", "/v1/payee-checks"
ODD = (None, True, 0, 1.5, [], {}, "", "\0", "\ud800", "9" * 99, "5.00", "FR", "EUR", "acc_bo")


@dataclass
class Given:
    """What a key stands for."""

    path: str
    body: bytes
    answer: httpx.Response


def mutated(dice: Random, body: bytes) -> bytes:
    """Another body, in its meaning or only in its bytes."""
    told = json.loads(body)
    match dice.randrange(5):
        case 0:
            return body + b" "
        case 1:
            return json.dumps(dict(reversed(told.items()))).encode()
        case 2:
            told[dice.choice(list(told))] = dice.choice(ODD)
        case 3:
            del told[dice.choice(list(told))]
        case _:
            told[dice.choice(("note", "amount", "x"))] = dice.choice(ODD)
    return json.dumps(told).encode()


def bodies(dice: Random) -> list[tuple[str, bytes]]:
    """Requests that are done, refused and malformed, and bodies that differ a little."""
    said = [
        (QUOTES, WISH),
        (QUOTES, WISH | {"amount": "501.00"}),
        (CHECKS, CHECK | {"country": "FR"}),
    ]
    said += [
        (QUOTES, WISH | {"destination_country": "FR"}),
        (QUOTES, WISH | {"account_id": "acc_bo"}),
    ]
    plain = [(path, json.dumps(body).encode()) for path, body in said]
    return plain * 3 + [(path, mutated(dice, body)) for path, body in plain * 4]


Known = dict[tuple[str, str], Given]
Done = set[tuple[str, str, str, bytes]]


async def step(world: World, dice: Random, known: Known, done: Done) -> str:
    """One request; what was seen of its key. A request that was `done` once is never done again,
    not even when its answer is forgotten: it finds what it made.
    """
    by, key = dice.choice(("aisha", "bo")), dice.choice(KEYS)
    before = known.get((by, key))
    path, body = dice.choice(bodies(dice))
    if before is not None and dice.random() < 0.5:
        path, body = before.path, before.body
    quotes = await world.my.count("remittance.quote")
    answer = await world.post(path, body, by, key)
    assert answer.status_code < 500, (path, body, answer.text)
    made = await world.my.count("remittance.quote") - quotes
    if before is None:
        assert "idempotent-replayed" not in answer.headers
        request = (by, key, path, body)
        assert made == (path == QUOTES and answer.status_code == 201 and request not in done)
        done.add(request)
        if answer.status_code in KEPT:
            known[by, key] = Given(path, body, answer)
            return "kept"
        return "free"
    assert made == 0
    if (path, body) == (before.path, before.body):
        assert answer.headers["idempotent-replayed"] == "true"
        assert (answer.status_code, answer.content) == (
            before.answer.status_code,
            before.answer.content,
        )
        return "told again"
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    return "refused"


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_key_stands_for_one_request_whatever_comes_after_it(servers, seed):
    dice, seen = Random(seed), set()
    async with opened(servers(18)) as world:
        known: Known = {}
        done: Done = set()
        for number in range(STEPS):
            seen.add(await step(world, dice, known, done))
            if number % 25 == 24:
                known.clear()
                world.clock.forward(flow.KEPT_SECONDS + 1)
                await world.rate("63.40")
                mid = ReferenceRate(Rate(MYR, PKR, Decimal("63.45")), "mid", world.clock.now)
                await world.my.do(remittance.record_reference_rates, mid)
                await world.my.do(flow.forget, None)
    assert seen == {"kept", "free", "told again", "refused"}
