"""What takes a while is done in a thread of its own, one after the other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_SLOW = ThreadPoolExecutor(1, "law")


async def slowly(work: Callable[..., Answer], *given: Any, **more: Any) -> Answer:
    """The answer to what takes a while: one after the other in one thread of their own, so that
    whoever asks for many of them takes neither the threads nor the processors of the others.
    """
    run = partial(work, *given, **more)
    return await asyncio.get_running_loop().run_in_executor(_SLOW, run)
