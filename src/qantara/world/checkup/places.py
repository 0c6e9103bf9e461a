"""The running world from outside: its doors, its certificates, the law it was told."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus
from pathlib import Path

import httpx
import msgspec
from cryptography import x509

from qantara.clock import utc_now
from qantara.host import tls
from qantara.world.checkup.model import Check, State, graded, well

_YEAR = timedelta(days=365)
_ASK_SECONDS = 5.0
_EXPIRES_WARN, _EXPIRES_BAD = 30, 0


async def doors(addresses: Mapping[str, str]) -> list[Check]:
    """Whether each running role answers and is ready."""
    checks = []
    async with httpx.AsyncClient(timeout=_ASK_SECONDS) as client:
        for role, address in sorted(addresses.items()):
            checks.append(await _door(client, role, address))
    return checks


async def _door(client: httpx.AsyncClient, role: str, address: str) -> Check:
    try:
        answer = await client.get(f"{address}/readyz")
    except httpx.HTTPError as error:
        found = f"{address} does not answer: {type(error).__name__}"
        return Check(role, State.BAD, found, f"Start it: `qantara serve {role}`.")
    if answer.status_code == HTTPStatus.OK:
        return well(role, f"ready at {address}")
    try:
        reasons = ", ".join(msgspec.json.decode(answer.content)["reasons"])
    except (msgspec.DecodeError, KeyError, TypeError):
        reasons = f"status {answer.status_code}"
    todo = "writer or readers: look at the database; migrations: at the version that serves."
    return Check(role, State.BAD, f"not ready: {reasons}", todo)


def certificates(folder: Path) -> list[Check]:
    """The certificate of this world that expires first."""
    lives = sorted(
        (x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc, file.stem)
        for file in tls.certificates(folder)
    )
    if not lives:
        return []
    until, whose = lives[0]
    days = (until - utc_now()).days
    found = f"{len(lives)}, the first ({whose}) until {until:%Y-%m-%d}"
    todo = "Issue new ones and bind their thumbprints before they expire."
    return [graded("certificates", found, todo, -days, -_EXPIRES_WARN, -_EXPIRES_BAD)]


def rulebook(days: Sequence[date | None], on: date) -> Check:
    """Whether the law was read again within a year; `days` are when each value was."""
    old = sum(day is None or on - day > _YEAR for day in days)
    found = f"{len(days)} values, {old} not verified for a year"
    todo = "Read their sources again and set `verified_on`."
    return graded("rulebook", found, todo, old, 1)
