"""Messages that ask for nothing: they are kept as they came, for people to look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qantara.db import Tx, mail


async def keep(
    tx: Tx, _node: object, received: Sequence[mail.Received[Any]], now: datetime
) -> list[None]:
    await mail.take(tx, [item.message for item in received], now)
    return [None] * len(received)
