"""Real servers in processes of their own, on loopback, which a test may kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from http.client import HTTPConnection
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psutil

from quart_hotframe.modules.state import State

from .modules import write_module
from .ports import free_port
from .stores import Place

ROOT = Path(__file__).parents[2]
APP = "tests.support.served:app"
HYPERCORN = ("hypercorn", "--workers", "{workers}", "--bind", "127.0.0.1:{port}", APP)
UVICORN = ("uvicorn", "--workers", "{workers}", "--port", "{port}", APP)
GRANIAN = (
    "granian", "--interface", "asgi", "--workers", "{workers}", "--port", "{port}", APP,
)  # fmt: skip


def program(command: tuple[str, ...], **values: Any) -> list[str]:
    return [sys.executable, "-m", *(part.format(**values) for part in command)]


class Server:
    """One server process, with its workers, and a client for it."""

    def __init__(self, farm: Farm, workers: int, command: tuple[str, ...], trial: float) -> None:
        self.farm = farm
        self.port = free_port()
        with farm.log.open("a") as log:
            self.process = subprocess.Popen(
                program(command, workers=workers, port=self.port),
                cwd=ROOT,
                env={**farm.environment, "SERVED_TRIAL": str(trial)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pids = self._wait(max(workers, 1))

    def _wait(self, workers: int) -> set[int]:
        found: set[int] = set()

        def all_answer() -> bool:
            assert self.process.poll() is None, self.farm.log.read_text()
            with suppress(OSError, HTTPException):
                found.add(self.who()["pid"])
            return len(found) == workers

        self.farm.becomes(all_answer, 60)
        return found

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": "application/json", "Connection": "close"}
        try:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def who(self) -> dict[str, Any]:
        """Return the process id of a worker and what it serves."""
        found: dict[str, Any] = json.loads(self.ask("GET", "/who")[1])
        return found

    def operate(self, kind: str, *arguments: Any) -> dict[str, Any]:
        """Do an operation by a request; return which workers acknowledged, or the error."""
        status, text = self.ask("POST", f"/operate/{kind}", [str(one) for one in arguments])
        assert status == 200, text
        found: dict[str, Any] = json.loads(text)
        return found

    def operate_in(self, pid: int, kind: str, *arguments: Any) -> dict[str, Any] | None:
        """Do an operation by a request that only the worker *pid* does; ``None`` is another's."""
        body = [str(one) for one in arguments]
        status, text = self.ask("POST", f"/operate/{kind}?pid={pid}", body)
        found: dict[str, Any] | None = json.loads(text) if status == 200 else None
        return found

    def done(self, kind: str, *arguments: Any) -> dict[str, Any]:
        """Do an operation that must succeed."""
        result = self.operate(kind, *arguments)
        assert "error" not in result, result
        return result

    def kill(self) -> None:
        """Kill the server with all of its workers, at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self, *, everyone: bool = False) -> None:
        """Ask the server to end; or all its processes at the same time, as systemd does."""
        if everyone:
            os.killpg(self.process.pid, signal.SIGTERM)
        else:
            self.process.terminate()
        self.process.wait(60)
        self.farm.becomes(lambda: not any(psutil.pid_exists(pid) for pid in self.pids))


class Farm:
    """A folder with an app, sources of modules, and the servers that were started for it."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.log = folder / "log.txt"
        self.environment = {**os.environ, "SERVED_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
        self.use_database(database)
        self.servers: list[Server] = []
        (folder / "app").mkdir(exist_ok=True)

    def use_database(self, url: str) -> None:
        """Let all that is started from now on have a database, with the store in it."""
        self.database = self.environment["HOTFRAME_DATABASE_URL"] = url
        self.environment["HOTFRAME_STORE"] = "database" if url else "file"
        self.store = Place(self.folder, url).open()

    def serve(
        self, workers: int = 0, command: tuple[str, ...] = HYPERCORN, trial: float = 0
    ) -> Server:
        """Start a server and wait until all of its workers answer.

        :param trial: seconds for which a new version is provisional.
        """
        server = Server(self, workers, command, trial)
        self.servers.append(server)
        return server

    def source(self, name: str, version: str, **options: Any) -> Path:
        """Write a module that can be installed."""
        return write_module(self.folder / "sources" / version, name, version, **options)

    def command(self, kind: str, *arguments: Any) -> dict[str, Any]:
        """Do an operation from a process that serves nobody."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.served", kind, *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def state(self) -> State:
        """Return what the store says."""
        return asyncio.run(self.store.read())

    def versions(self) -> dict[str, str]:
        """Return the versions of the enabled modules, as the store says."""
        modules = self.state().modules
        return {n: one.version for n, one in modules.items() if one.enabled and not one.quarantined}

    def live(self) -> dict[str, int]:
        """Return the ids of the workers that live, with their process ids."""
        live = asyncio.run(self.store.participants()).values()
        return {one.id: one.pid for one in live if one.kind == "worker"}

    def folders(self) -> set[str]:
        """Return the names of all folders of installed versions, and of staging."""
        installed = self.folder / "instance" / "hotframe" / "modules"
        while True:
            with suppress(FileNotFoundError):  # a folder went while it was looked into
                return {
                    path.name for path in [*installed.glob("*/*"), *installed.glob(".staging*")]
                }

    def named(self) -> set[str]:
        """Return the names of the folders that the store needs."""
        modules = self.state().modules.values()
        return {folder for one in modules for folder in (one.source, one.previous) if folder}

    def pause(self, pid: int, moment: str) -> None:
        """Let a process stop at a moment; see ``served.PausingStore``."""
        (self.folder / "paused").unlink(missing_ok=True)
        (self.folder / "pause").write_text(f"{pid} {moment}")

    def await_pause(self) -> None:
        """Wait until the process has stopped."""
        self.becomes((self.folder / "paused").exists)

    def go_on(self) -> None:
        """Let nobody stop any more."""
        (self.folder / "pause").unlink(missing_ok=True)

    def becomes(self, true: Callable[[], Any], seconds: float = 30.0) -> None:
        """Wait until something is true; it fails when it does not become so in time."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"Not in time.\n{self.log.read_text()}"
            time.sleep(0.01)


@contextmanager
def farm(folder: Path, database: str = "") -> Iterator[Farm]:
    """Give a farm whose servers are killed at the end of the block.

    :param database: the URL of the database that has the store; without one it is in files.
    """
    made = Farm(folder, database)
    try:
        yield made
    finally:
        for server in made.servers:
            server.kill()
