"""PINs as they are kept: Argon2id, worked out off the event loop."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

_MEMORY_KIB, _PASSES, _LANES = 19_456, 2, 1
_hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)


@cache
def _workers() -> ThreadPoolExecutor:
    """Few: each takes its memory, and who guesses must not slow down everything else."""
    return ThreadPoolExecutor(2, thread_name_prefix="pin")


@cache
def _decoy() -> str:
    """The hash of what nobody knows: comparing with it takes as long as with any other."""
    return _hasher.hash(secrets.token_hex())


async def hashed(pin: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_workers(), _hasher.hash, pin)


async def matches(hash_: str, pin: str) -> bool:
    """Whether the PIN is the one of the hash; without a hash never, and as late."""
    return await asyncio.get_running_loop().run_in_executor(_workers(), _matches, hash_, pin)


def _matches(hash_: str, pin: str) -> bool:
    try:
        _hasher.verify(hash_ or _decoy(), pin)
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError) as error:
        raise ValueError("a stored hash cannot be read") from error
    return bool(hash_)
