"""Every setting of the platform, read once from the environment.

| variable                       | meaning                                                       |
|--------------------------------|---------------------------------------------------------------|
| `QANTARA_HOME`                 | where worlds and the embedded PostgreSQL live                 |
| `QANTARA_DATABASE_URL`         | a PostgreSQL >= 16 to use instead of the embedded one         |
| `QANTARA_POSTGRES_VERSION`     | which embedded server: 18 (default) or 16                     |
| `QANTARA_START_SECONDS`        | how long a start, crash recovery included, is waited for      |
| `QANTARA_LOG`                  | log lines as `text` (default) or `json`                       |
| `QANTARA_TRACES`               | where traces go, by OTLP over HTTP; without it nowhere        |
| `QANTARA_TRACES_SHARE`         | which share of payments is traced, 0 to 1 (default)           |
| `QANTARA_RULEBOOKS`            | a folder of rulebooks instead of the ones that came with it   |
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from qantara.errors import Malformed, Reason

POSTGRES_VERSIONS = (18, 16)
LOGS = ("text", "json")
_SHARE = re.compile(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?")


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    database_url: str | None
    postgres_version: int
    start_seconds: int
    log: str = LOGS[0]
    traces: str | None = None
    traces_share: Decimal = Decimal(1)
    rulebooks: Path | None = None


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise Malformed(Reason.FIELD_INVALID, param=name, value=text)
    return int(text)


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; `Malformed` names the variable that cannot be read."""
    version = _whole_number(environ, "QANTARA_POSTGRES_VERSION", POSTGRES_VERSIONS[0])
    if version not in POSTGRES_VERSIONS:
        raise Malformed(Reason.FIELD_INVALID, param="QANTARA_POSTGRES_VERSION", value=str(version))
    log = environ.get("QANTARA_LOG", LOGS[0])
    if log not in LOGS:
        raise Malformed(Reason.FIELD_INVALID, param="QANTARA_LOG", value=log)
    share = environ.get("QANTARA_TRACES_SHARE", "1")
    if not _SHARE.fullmatch(share):
        raise Malformed(Reason.FIELD_INVALID, param="QANTARA_TRACES_SHARE", value=share)
    home, rulebooks = environ.get("QANTARA_HOME"), environ.get("QANTARA_RULEBOOKS")
    return Settings(
        home=Path(home).expanduser().absolute() if home else Path.home() / ".qantara",
        database_url=environ.get("QANTARA_DATABASE_URL"),
        postgres_version=version,
        start_seconds=_whole_number(environ, "QANTARA_START_SECONDS", 900),
        log=log,
        traces=environ.get("QANTARA_TRACES") or None,
        traces_share=Decimal(share),
        rulebooks=Path(rulebooks).expanduser().absolute() if rulebooks else None,
    )
