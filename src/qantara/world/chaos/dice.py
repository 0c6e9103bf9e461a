"""All chance of a schedule: the same words always throw the same."""

import random


def dice(words: str) -> random.Random:
    return random.Random(words)  # noqa: S311 - what is played must be playable again
