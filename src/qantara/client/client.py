"""The two clients: they differ only in how they wait."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Self, TypeVar

import httpx
import msgspec

from qantara.client import problem
from qantara.client.calls import Call
from qantara.client.model import Event
from qantara.client.plans import Plan
from qantara.client.retry import WORTH_REPEATING, Retry
from qantara.errors import Reason, Unavailable

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0
CONNECTIONS = 64
_ERROR = 400


def _settings(address: str, key: str, language: str) -> dict[str, Any]:
    return {
        "base_url": address,
        "timeout": TIMEOUT_SECONDS,
        "headers": {"authorization": f"Bearer {key}", "accept-language": language},
        "limits": httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
    }


def _arguments(call: Call[Any]) -> dict[str, Any]:
    headers = dict(call.headers)
    if call.key is not None:
        headers["idempotency-key"] = call.key
    arguments: dict[str, Any] = {"headers": headers}
    if call.body is not None:
        headers["content-type"] = "application/json"
        arguments["content"] = msgspec.json.encode(call.body)
    return arguments


def _answer(call: Call[T], response: httpx.Response) -> T:
    if response.status_code >= _ERROR:
        raise problem.read(response.status_code, response.content)
    if call.answer is type(None):
        return None
    try:
        return msgspec.json.decode(response.content, type=call.answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(
            Reason.COUNTERPARTY_UNAVAILABLE, party=str(response.url), detail=str(error)
        ) from error


def _unreachable(address: object, error: httpx.HTTPError) -> Unavailable:
    return Unavailable(Reason.COUNTERPARTY_UNAVAILABLE, party=str(address), detail=repr(error))


class Client:
    """Signed in with one key. `Problem` where a door says no, `Unavailable` where none answers."""

    def __init__(
        self, address: str, key: str, language: str = "en", retry: Retry | None = None
    ) -> None:
        self._http = httpx.Client(**_settings(address, key, language))
        self._retry = retry or Retry()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def do(self, call: Call[T]) -> T:
        """Make a call, again with the same key while that may help."""
        made = 0
        while True:
            made += 1
            try:
                response = self._http.request(call.method, call.path, **_arguments(call))
            except httpx.TransportError as error:
                wait = self._retry.wait_seconds(made, None)
                if wait is None:
                    raise _unreachable(self._http.base_url, error) from error
            else:
                wait = _wait(self._retry, made, response)
                if wait is None:
                    return _answer(call, response)
            time.sleep(wait)

    def run(self, plan: Plan[T]) -> T:
        answer: Any = None
        while True:
            try:
                call = plan.send(answer)
            except StopIteration as done:
                result: T = done.value
                return result
            answer = self.do(call)

    def follow(self, path: str, after: int | None = None) -> Iterator[Event]:
        """Live events of `/v1/.../events`, from the one after `after` until the stream ends."""
        with self._http.stream("GET", path, headers=_resume(after)) as response:
            _must_stream(response, b"" if response.is_success else response.read())
            reader = _Events()
            for line in response.iter_lines():
                yield from reader.take(line)


class AsyncClient:
    """The same, awaited."""

    def __init__(
        self, address: str, key: str, language: str = "en", retry: Retry | None = None
    ) -> None:
        self._http = httpx.AsyncClient(**_settings(address, key, language))
        self._retry = retry or Retry()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def do(self, call: Call[T]) -> T:
        """Make a call, again with the same key while that may help."""
        made = 0
        while True:
            made += 1
            try:
                response = await self._http.request(call.method, call.path, **_arguments(call))
            except httpx.TransportError as error:
                wait = self._retry.wait_seconds(made, None)
                if wait is None:
                    raise _unreachable(self._http.base_url, error) from error
            else:
                wait = _wait(self._retry, made, response)
                if wait is None:
                    return _answer(call, response)
            await asyncio.sleep(wait)

    async def run(self, plan: Plan[T]) -> T:
        answer: Any = None
        while True:
            try:
                call = plan.send(answer)
            except StopIteration as done:
                result: T = done.value
                return result
            answer = await self.do(call)

    async def follow(self, path: str, after: int | None = None) -> AsyncIterator[Event]:
        """Live events of `/v1/.../events`, from the one after `after` until the stream ends."""
        async with self._http.stream("GET", path, headers=_resume(after)) as response:
            _must_stream(response, b"" if response.is_success else await response.aread())
            reader = _Events()
            async for line in response.aiter_lines():
                for event in reader.take(line):
                    yield event


def _wait(retry: Retry, made: int, response: httpx.Response) -> float | None:
    """How long to wait before the call is made again; None where the answer stands."""
    if response.status_code not in WORTH_REPEATING:
        return None
    return retry.wait_seconds(made, response.headers.get("retry-after"))


def _resume(after: int | None) -> dict[str, str]:
    return {} if after is None else {"last-event-id": str(after)}


def _must_stream(response: httpx.Response, content: bytes) -> None:
    if not response.is_success:
        raise problem.read(response.status_code, content)


class _Events:
    """Server-sent events put together from their lines."""

    def __init__(self) -> None:
        self._data: list[str] = []
        self._sequence = 0

    def take(self, line: str) -> Iterator[Event]:
        name, _, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        elif name == "id":
            self._sequence = int(value)
        elif not line and self._data:
            said = msgspec.json.decode("\n".join(self._data), type=dict[str, str])
            self._data = []
            yield Event(self._sequence, said["state"], said["recorded_at"])
