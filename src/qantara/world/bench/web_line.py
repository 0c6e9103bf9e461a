"""One HTTP connection with as little between the two ends as can be."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from qantara.errors import Reason, Unavailable

_OK = b"200"


class Line:
    """GET after GET on one connection; anything but 200 is `Unavailable`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        cookies: Mapping[str, str],
    ) -> None:
        self.reader, self._writer = reader, writer
        told = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self._head = f" HTTP/1.1\r\nhost: bench\r\naccept-encoding: gzip\r\ncookie: {told}\r\n\r\n"

    @classmethod
    @asynccontextmanager
    async def to(
        cls, address: str, cookies: Mapping[str, str] | None = None
    ) -> AsyncIterator["Line"]:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            yield cls(reader, writer, cookies or {})
        finally:
            writer.close()

    async def asked(self, path: str) -> dict[bytes, bytes]:
        """Ask; the header fields of the answer, whose body is yet to be read."""
        self._writer.write(f"GET {path}{self._head}".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        if first.split(b" ")[1] != _OK:
            raise Unavailable(Reason.INTERNAL, detail=f"{path}: {first.decode()}")
        fields = (line.partition(b":") for line in rest)
        return {name.lower(): value.strip() for name, _, value in fields}

    async def get(self, path: str) -> bytes:
        fields = await self.asked(path)
        return await self.reader.readexactly(int(fields[b"content-length"]))
