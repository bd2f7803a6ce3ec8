"""One connection to a local server, to ask it a few things and to notice at once when it dies."""

import asyncio
from pathlib import Path

READ_TIMEOUT_S = 5.0


class RedisLink:
    """Inline commands over a unix socket; the end of the stream is the end of the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, socket: Path) -> "RedisLink | None":
        """Return a link to a server that answers, None when none does or it still loads its data."""
        try:
            link = cls(*await asyncio.open_unix_connection(str(socket)))
        except OSError:
            return None
        try:
            if await link.ask("PING") == "+PONG":
                return link
        except (OSError, TimeoutError):
            pass
        link.close()
        return None

    async def ask(self, command: str) -> str:
        """Send one command and return the first line of its reply, or a bulk reply's text."""
        self._writer.write(command.encode() + b"\r\n")
        async with asyncio.timeout(READ_TIMEOUT_S):
            line = (await self._reader.readline()).decode().rstrip()
            if not line.startswith("$"):
                return line
            return (await self._reader.readexactly(int(line[1:]) + 2)).decode()

    async def pid(self) -> int:
        """Return the server's process id."""
        info = await self.ask("INFO server")
        return int(info.partition("process_id:")[2].split()[0])

    def tell(self, command: str) -> None:
        """Send a command that is answered by the end of the server."""
        self._writer.write(command.encode() + b"\r\n")

    async def ended(self) -> None:
        """Return when the server has closed the connection."""
        try:
            while await self._reader.read(1024):
                pass
        except OSError:
            pass
        self.close()

    def close(self) -> None:
        """Close our side."""
        self._writer.close()
