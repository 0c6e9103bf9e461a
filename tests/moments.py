"""What every test starts from: one moment, and what `fresh` gives."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
Fresh = Callable[..., Awaitable[asyncpg.Connection]]
