"""The load: many kinds of clients at once, which write down everything that looks wrong.

``python -m tests.load.client PORT SWAPS`` prints its report as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import websockets

CLIENTS = {"fast": 4, "slow": 8, "failing": 2}
STREAMS = 4
SOCKETS = {"talking": 2, "listening": 2}
PAUSE = 0.05
"""Seconds between two swaps."""
MOST_PROBLEMS = 20
LIMIT = float(os.environ.get("HOTFRAME_TEST_LIMIT", "8"))
"""Seconds without a byte after which an answer counts as lost."""


@dataclass
class Report:
    """What the clients saw. ``problems`` has the first of all sorts, in words."""

    responses: int = 0
    lost: int = 0
    failed: int = 0
    mixed: int = 0
    streams: int = 0
    sockets: int = 0
    silent: int = 0
    """Sockets that were neither answered nor closed."""
    cut: int = 0
    swaps: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    left: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def note(self, what: str, problem: str) -> None:
        setattr(self, what, getattr(self, what) + 1)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{what}: {problem}")

    def look(self, text: str) -> set[str]:
        """Take note of the versions in one answer, of which there must be one."""
        found = set(re.findall(r"(?<==|/)1\.\d+\.0", text))
        if len(found) != 1:
            self.note("mixed", text[:300])
        self.versions |= found
        return found


class Connection:
    """One keep-alive connection of HTTP/1.1."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.reader: Any = None
        self.writer: Any = None

    async def request(self, path: str, method: str = "GET") -> tuple[int, dict[str, str]]:
        """Send a request and read the head of its answer."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
        self.writer.write(head.encode())
        async with asyncio.timeout(LIMIT):
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value for name, value in pairs}

    async def body(self, headers: dict[str, str]) -> str:
        """Read the body; the server may then announce that it closes the connection."""
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        else:
            body = b"".join([chunk async for chunk in self.chunks()])
        if headers.get("connection", "").lower() == "close":
            self.close()
        return body.decode()

    async def chunks(self) -> Any:
        while size := int(await asyncio.wait_for(self.reader.readline(), LIMIT), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def keep_asking(port: int, path: str, report: Report, stop: asyncio.Event) -> None:
    connection, wanted = Connection(port), 418 if path == "failing" else 200
    while not stop.is_set():
        began = time.monotonic()
        try:
            status, headers = await connection.request(f"/shop/{path}")
            body = await connection.body(headers)
        except (OSError, EOFError) as error:
            report.note("lost", repr(error))
            connection.close()
            continue
        report.responses += 1
        report.slowest = max(report.slowest, time.monotonic() - began)
        if status != wanted:
            report.note("failed", f"{status} {body[:200]}")
        else:
            report.look(body + headers.get("x-version", ""))
        await asyncio.sleep(0.005 if path == "fast" else 0)
    connection.close()


async def keep_listening(port: int, report: Report, stop: asyncio.Event) -> None:
    while not stop.is_set():
        connection, heard = Connection(port), ""
        try:
            status, _ = await connection.request("/shop/events")
            if status != 200:
                report.note("failed", f"stream {status}")
            async for chunk in connection.chunks():
                heard += chunk.decode()
                if stop.is_set():
                    break
        except (OSError, EOFError, ValueError) as error:
            report.note("lost", f"stream {error!r}")
        finally:
            connection.close()
        if not stop.is_set():
            report.streams += 1
            report.look(heard)
            if "event: bye" not in heard:
                report.note("cut", heard[-100:])


async def keep_talking(port: int, how: str, report: Report, stop: asyncio.Event) -> None:
    while not stop.is_set():
        heard = ""
        try:
            async with websockets.connect(f"ws://127.0.0.1:{port}/shop/ws") as socket:
                while not stop.is_set():
                    await socket.send("?")
                    heard += " " + str(await asyncio.wait_for(socket.recv(), LIMIT))
                    if how == "listening":
                        await asyncio.wait_for(listen(socket, stop), LIMIT)
                    await asyncio.sleep(0.02)
        except websockets.ConnectionClosed as closed:
            if closed.rcvd is None or closed.rcvd.code != 1012:
                report.note("cut", f"socket {closed!r}")
        except TimeoutError as error:
            report.note("silent", f"socket {error!r}")
        except (OSError, websockets.WebSocketException) as error:
            report.note("lost", f"socket {error!r}")
        if heard:
            report.sockets += 1
            report.look(heard)


async def listen(socket: Any, stop: asyncio.Event) -> None:
    """Say nothing until the load ends; the socket may only be closed meanwhile."""
    ending = asyncio.ensure_future(stop.wait())
    hearing = asyncio.ensure_future(socket.recv())
    try:
        await asyncio.wait([ending, hearing], return_when=asyncio.FIRST_COMPLETED)
        if hearing.done():
            said = hearing.result()  # raises when it was closed
            raise websockets.WebSocketException(f"It said {said!r} by itself.")
    finally:
        ending.cancel()
        hearing.cancel()
        await asyncio.gather(ending, hearing, return_exceptions=True)


async def swap(port: int, swaps: int, report: Report) -> None:
    connection = Connection(port)
    for number in range(1, swaps + 1):
        status, headers = await connection.request(f"/swap/{number}", "POST")
        body = await connection.body(headers)
        if status != 200:
            report.note("failed", f"swap {number}: {status} {body[:300]}")
        report.swaps += 1
        await asyncio.sleep(PAUSE)
    connection.close()


async def remaining(port: int, seconds: float = 15.0) -> list[str]:
    """Return the versions that the server still has, once only one is left or time is over."""
    end = time.monotonic() + seconds
    connection = Connection(port)
    found: set[str] = set()
    while time.monotonic() < end:
        found = set()
        for path in ("/versions", "/alive"):
            _, headers = await connection.request(path)
            found |= set(json.loads(await connection.body(headers)))
        if len(found) <= 1:
            break
        await asyncio.sleep(0.1)
    connection.close()
    return sorted(found)


async def load(port: int, swaps: int) -> Report:
    """Swap the module *swaps* times under load and return what the clients saw."""
    report, stop, began = Report(), asyncio.Event(), time.monotonic()
    async with asyncio.TaskGroup() as clients:
        for path, number in CLIENTS.items():
            for _ in range(number):
                clients.create_task(keep_asking(port, path, report, stop))
        for _ in range(STREAMS):
            clients.create_task(keep_listening(port, report, stop))
        for how, number in SOCKETS.items():
            for _ in range(number):
                clients.create_task(keep_talking(port, how, report, stop))
        await swap(port, swaps, report)
        await asyncio.sleep(0.3)
        stop.set()
    report.seconds = time.monotonic() - began
    report.left = await remaining(port)
    return report


if __name__ == "__main__":
    seen = asyncio.run(load(int(sys.argv[1]), int(sys.argv[2])))
    print(json.dumps({**asdict(seen), "versions": sorted(seen.versions)}))
