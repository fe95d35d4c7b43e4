"""Streams on real servers: all end soon when the server is asked to, and clients may vanish."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]
APP = "tests.live.stream.service:app"
SERVERS = {
    "hypercorn": ["hypercorn", "--bind", "127.0.0.1:{port}", "--backlog", "2048", APP],
    "uvicorn": ["uvicorn", "--port", "{port}", "--log-level", "warning", APP],
    "granian": ["granian", "--port", "{port}", "--interface", "asgi", "--no-access-log", APP],
}
REQUEST = b"GET /hotframe/topics?topic=news HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass
class Served:
    port: int
    process: asyncio.subprocess.Process
    log: Path
    client: httpx.AsyncClient

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get("/plain")).json()
        return found

    async def has(self, streams: int) -> None:
        """Wait until so many streams are open."""
        async with asyncio.timeout(30):
            while (await self.state())["streams"] != streams:
                await asyncio.sleep(0.02)

    async def stream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a stream, and return it after its first bytes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        writer.write(REQUEST)
        await reader.readuntil(b"id: ")
        return reader, writer

    def frozen(self) -> socket.socket:
        """Open a stream and read nothing of it."""
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", self.port))
        one.send(REQUEST)
        return one


@asynccontextmanager
async def served(name: str, folder: Path) -> AsyncIterator[Served]:
    port, log = free_port(), folder / "log.txt"
    command = [sys.executable, "-m", *(part.format(port=port) for part in SERVERS[name])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "STREAMING_FOLDER": str(folder)}
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
            made = Served(port, process, log, client)
            await _answers(made)
            yield made
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _answers(made: Served) -> None:
    async with asyncio.timeout(60):
        while True:
            assert made.process.returncode is None, made.log.read_text()
            try:
                await made.state()
                return
            except httpx.TransportError:
                await asyncio.sleep(0.02)


async def _until(reader: asyncio.StreamReader, wanted: bytes) -> None:
    tail = b""
    async with asyncio.timeout(30):
        while wanted not in tail:
            tail = tail[-len(wanted) :] + await reader.read(2**16)


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    if request.param != "hypercorn":
        request.getfixturevalue(f"requires_{request.param}")
    return str(request.param)


@pytest.mark.server
async def test_a_server_that_is_asked_to_end_tells_all_and_ends(
    server: str, tmp_path: Path
) -> None:
    async with served(server, tmp_path) as site:
        streams = [await site.stream() for _ in range(20)]
        await site.has(20)
        site.process.terminate()
        async with asyncio.timeout(20):
            for reader, writer in streams:
                text = await reader.read()
                assert b'event: bye\ndata: {"reason":"shutdown"' in text
                writer.close()
            await site.process.wait()
        assert "Traceback" not in site.log.read_text()


@pytest.mark.server
async def test_clients_that_vanish_leave_nothing(server: str, tmp_path: Path) -> None:
    async with served(server, tmp_path) as site:
        streams = [await site.stream() for _ in range(9)]
        await site.has(9)
        for number, (_, writer) in enumerate(streams):
            found = writer.get_extra_info("socket")
            if number % 3 == 0:  # a reset
                linger = struct.pack("ii", 1, 0)
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if number % 3 == 1:
                writer.write_eof()  # half of the connection
            else:
                writer.close()
        await site.has(0)
        for _, writer in streams:
            writer.close()


@pytest.mark.server
async def test_a_reader_that_is_frozen_is_cut_off_and_keeps_no_memory(tmp_path: Path) -> None:
    async with served("hypercorn", tmp_path) as site:
        frozen = [site.frozen() for _ in range(5)]
        reader, writer = await site.stream()
        await site.has(6)
        before = (await site.state())["rss"]
        seen = asyncio.ensure_future(_until(reader, b'"the end'))
        for _ in range(10):
            await site.client.post("/publish/100/20000")
        await site.client.post("/look/31")
        await site.has(1)
        await site.client.post("/publish/1/1?text=the end")
        await seen
        assert (await site.state())["rss"] - before < 64 * 2**20
        for one in frozen:
            one.close()
        writer.close()


@pytest.mark.server
async def test_frozen_readers_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with served("hypercorn", tmp_path) as site:
        frozen = [site.frozen() for _ in range(5)]
        await site.has(5)
        for _ in range(10):
            await site.client.post("/publish/100/20000")
        site.process.terminate()
        async with asyncio.timeout(20):
            await site.process.wait()
        for one in frozen:
            one.close()


@pytest.mark.server
@pytest.mark.load
@pytest.mark.parametrize("count", [200, pytest.param(2000, marks=pytest.mark.soak)])
async def test_many_streams_all_hear_and_all_end(count: int, tmp_path: Path) -> None:
    """With ``-s`` it prints what a stream takes, and what processor time a delivery."""
    async with served("hypercorn", tmp_path) as site:
        before = await site.state()
        streams = [await site.stream() for _ in range(count)]
        await site.has(count)
        idle = await site.state()
        print(f"{count} idle streams: {(idle['rss'] - before['rss']) / count / 1024:.1f} KiB each")
        async with asyncio.timeout(60):
            for number in range(5):
                await site.client.post(f"/publish/1/500?text={number}-{'x' * 500}")
                wanted = f"{number}-xxx".encode()
                await asyncio.gather(*(_until(reader, wanted) for reader, _ in streams))
            spent = (await site.state())["cpu"] - idle["cpu"]
            print(f"a delivery: {spent / count / 5 * 1e6:.0f} µs of the processor")
            site.process.terminate()
            await asyncio.gather(*(_until(reader, b"event: bye") for reader, _ in streams))
            await site.process.wait()
        for _, writer in streams:
            writer.close()
