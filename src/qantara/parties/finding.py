"""Finding customers by what staff know of them."""

import re
from collections.abc import Sequence

from qantara.db import Tx
from qantara.ids import AccountId, CustomerId
from qantara.parties import finding_store
from qantara.parties.model import Alias

_WORD = re.compile(r"\w+")
WORDS_MOST = 8


async def customers_newest(tx: Tx, before: str | None, limit: int) -> list[CustomerId]:
    """Everybody, the newest first, after the customer who was seen last."""
    return await finding_store.newest(tx, before, limit)


async def customers_named(tx: Tx, text: str, before: str | None, limit: int) -> list[CustomerId]:
    """Whoever has each of these words, or words that begin so, in a name; the newest first.
    Nobody for a text without a letter or digit.
    """
    words = _WORD.findall(text.lower())[:WORDS_MOST]
    if not words:
        return []
    query = " & ".join(f"{word}:*" for word in words)
    return await finding_store.named(tx, query, before, limit)


async def aliases_of(tx: Tx, account_ids: Sequence[AccountId]) -> list[Alias]:
    """What leads to these accounts, the longest claimed first."""
    return await finding_store.aliases(tx, account_ids)
