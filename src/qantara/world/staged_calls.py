"""Words to the doors of a staged world, as a program with somebody's key says them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from qantara.client import calls
from qantara.errors import Reason, Unavailable


class Line:
    """One caller at one institution; whatever is not done stops the staging."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def to(cls, address: str, key: str = "") -> AsyncIterator["Line"]:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        async with httpx.AsyncClient(base_url=address, headers=headers) as client:
            yield cls(client)

    async def post(self, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        return await self._told("POST", path, said, {"idempotency-key": calls.fresh_key()})

    async def put(self, path: str, said: Mapping[str, Any], secret: str) -> dict[str, Any]:
        return await self._told("PUT", path, said, {"authorization": f"Bearer {secret}"})

    async def get(self, path: str) -> dict[str, Any]:
        return await self._told("GET", path, None, {})

    async def _told(
        self, method: str, path: str, said: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        answer = await self._client.request(method, path, json=said, headers=dict(headers))
        if not answer.is_success:
            told = f"{method} {path}: {answer.status_code} {answer.text[:300]}"
            raise Unavailable(Reason.INTERNAL, detail=told)
        return dict(answer.json())
