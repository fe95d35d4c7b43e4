"""Stores of every kind, each made as an app makes its own, also in processes that a test kills."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from quart_hotframe import HotFrame
from quart_hotframe.modules.store import ModuleStore

from .databases import url_of_sqlite
from .sites import new_app

PREAMBLE = """
import asyncio, os, sys, time
from dataclasses import replace
from pathlib import Path
from quart_hotframe.modules.participants import Participant
from quart_hotframe.modules.state import State, Wanted
from tests.support.stores import Place
store = Place(Path(sys.argv.pop(1)), sys.argv.pop(1)).open()
def say(*words): print(*words, flush=True)
"""
WORKER = """
async def main():
    await store.register(replace(Participant.new(sys.argv[1]), id=sys.argv[2]))
    await store.acknowledge("op1", "prepare")
    await store.served(7)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await store.unregister()
asyncio.run(main())
"""
KINDS = [
    "files",
    pytest.param("sqlite", marks=pytest.mark.soak),  # nobody has it by default
    pytest.param("postgres", marks=pytest.mark.postgres),
]


@dataclass
class Place:
    """Where a store is.

    :param folder: a folder of the test.
    :param url: of the database; ``""`` is a store in files.
    """

    folder: Path
    url: str = ""
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def open(self, **settings: Any) -> ModuleStore:
        """Return a store as an app with these settings has it; each has its own connections."""
        kind = "database" if self.url else "file"
        config = {"HOTFRAME_DATABASE_URL": self.url, "HOTFRAME_STORE": kind, **settings}
        return HotFrame(new_app(self.folder, config)).modules.store

    def locks(self) -> list[str]:
        """Return the names of the files that say who lives."""
        folders = (self.folder / "instance" / "hotframe" / one for one in ("workers", "present"))
        return [path.name for folder in folders for path in folder.glob("*")]

    async def is_untouched(self) -> bool:
        """Say whether nothing was written."""
        if any((self.folder / "instance").rglob("*")):
            return False
        if self.url.startswith("sqlite"):
            return not (self.folder / "database.sqlite3").exists()
        return not self.url or await self._tables() == []

    async def _tables(self) -> list[str]:
        engine = create_async_engine(self.url)
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        finally:
            await engine.dispose()

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a Python process that has the store as ``store``."""
        code = PREAMBLE + textwrap.dedent(script)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(self.folder), self.url, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def elsewhere(self, name: str = "elsewhere") -> Place:
        """Return the same database with a folder of its own, as another host has it."""
        (self.folder / name).mkdir()
        return Place(self.folder / name, self.url, self.running)

    def start_worker(self, identifier: str = "w1", kind: str = "worker") -> subprocess.Popen[str]:
        """Start a process that registers, and ends in an orderly way when it is told a line."""
        process = self.start(WORKER, kind, identifier)
        wait_ready(process)
        return process

    async def ended(self, *processes: subprocess.Popen[str]) -> None:
        """Wait until processes have ended well."""
        for process in processes:
            await asyncio.to_thread(process.communicate, timeout=60)
            assert process.returncode == 0


def wait_ready(process: subprocess.Popen[str]) -> None:
    """Wait until a process says that it is ready."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and wait for its end."""
    process.kill()
    process.communicate()


def end(process: subprocess.Popen[str]) -> None:
    """Let a process that reads a line end in an orderly way."""
    process.communicate("\n", timeout=20)
    assert process.returncode == 0


def url_for(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database of a kind; ``""`` for files."""
    if kind == "files":
        return ""
    url: str = request.getfixturevalue("postgres_url") if kind == "postgres" else (
        url_of_sqlite(folder)
    )  # fmt: skip
    return url


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Return where a store of each kind in turn can be; its processes are killed at the end."""
    made = Place(tmp_path, url_for(request.param, tmp_path, request))
    yield made
    for process in made.running:
        kill(process)


@pytest.fixture
def store(place: Place) -> ModuleStore:
    """Return a store of each kind in turn."""
    return place.open()
