"""Every code of pacs.002 and acmt.024, provoked one after the other, books re-added after each."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

import yaml

from qantara.db import Server
from qantara.errors import Unavailable
from qantara.world import codes_acts, codes_stage
from qantara.world.codes_acts import Act

BESIDES = "besides"
_ACTS: Mapping[str, Mapping[str, Act]] = {
    "pacs.002": codes_acts.PAYMENTS,
    "acmt.024": codes_acts.ENQUIRIES,
    BESIDES: codes_acts.BESIDES,
}


@dataclass(frozen=True, slots=True)
class Code:
    """A row of the table: what a code means, who says it here, and what provokes it."""

    code: str
    message: str
    meaning: str
    said_by: str
    trigger: str
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What provoking a code came to; `received` None where the payment was not rejected."""

    row: Code
    received: str | None
    balanced: bool
    fault: str | None = None

    @property
    def right(self) -> bool:
        return self.received == self.row.code and self.balanced and self.fault is None


def table() -> list[Code]:
    """Every code, in the order of the table; those not counted in the scheme's sets last."""
    text = (files("qantara.world") / "codes.yaml").read_text(encoding="utf-8")
    return [
        Code(
            code=code,
            message="pacs.002" if message == BESIDES else message,
            meaning=meaning,
            said_by=said_by,
            trigger=trigger,
            counted=message != BESIDES,
        )
        for message, rows in yaml.safe_load(text).items()
        for code, (meaning, said_by, trigger) in rows.items()
    ]


async def provoke(server: Server) -> AsyncIterator[Told]:
    """Provoke every code in a world of its own, erased afterwards."""
    async with codes_stage.opened(server) as stage:
        for row in table():
            act = _ACTS[row.message if row.counted else BESIDES][row.code]
            received, fault = None, None
            try:
                received = await act(stage)
            except Unavailable as error:
                fault = str(error)
            yield Told(row, received, await stage.balanced(), fault)
