"""The measurement of payment codes: its shape, and that its set is varied."""

from qantara import settings
from qantara.rails.qr import flow as codes
from qantara.world.bench import qr, qr_samples
from qantara.world.bench.qr import Plan


async def test_reading_and_writing_are_told_beside_json() -> None:
    done = await qr.measure(settings.load(), lambda _: None, Plan(rounds=1, seconds=0.001))
    found = done.to_json()
    assert found["yardstick"]["per_second"] > 0
    assert [each["name"] for each in found["results"]] == ["decode", "encode"]
    assert (found["codes"], found["schemes"]) == (10 * qr_samples.EACH, 10)


def test_no_two_codes_of_the_set_are_alike() -> None:
    texts = qr_samples.texts()
    assert len(set(texts)) == len(texts)
    assert [codes.encode(codes.decode(text)) for text in texts[:20]] == texts[:20]
