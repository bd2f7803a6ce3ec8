"""Administration as an operator does it: the ``relevo`` command beside a running server, same data folder."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

CLI = (sys.executable, "-m", "server.cli")


class CommandError(Exception):
    """A command ended with an error; ``said`` is what it wrote."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(f"relevo {command} failed: {said}")
        self.said = said


class Admin:
    """Runs commands; each returns the one JSON object that ``--json`` prints."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def add_fleet(self, slug: str, name: str, lon: float, lat: float, time_zone: str) -> bool:
        """Add a fleet; returns False when it was there already."""
        try:
            await self._run(
                "fleet", "add", slug, "--name", name, f"--lon={lon}", f"--lat={lat}", "--tz", time_zone
            )
        except CommandError as failure:
            if "exist" in failure.said or "fleet_exists" in failure.said:
                return False
            raise
        return True

    async def token(self, fleet: str, role: str, *options: str) -> str:
        """Make a token and return its secret."""
        made = await self._run("token", "create", "--role", role, "--fleet", fleet, *options)
        return str(made["token"])

    async def _run(self, *words: str) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *CLI,
            *words,
            "--json",
            "--data-dir",
            str(self._data_dir),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        if process.returncode != 0:
            said = (err or out).decode(errors="replace").strip()
            raise CommandError(" ".join(words[:2]), said)
        answer: dict[str, Any] = json.loads(out)
        return answer
