"""What is on the wire: each frame at once, as it is, in step, and after all came back at once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from .test_servers import Served
from .test_servers import served
from .test_servers import SERVERS

pytestmark = [pytest.mark.server]
REQUEST = "GET /hotframe/topics?topic=news HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
ID = re.compile(rb"\nid: \w+-(\d+)")
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(site: Served, *headers: str) -> Connection:
    """Ask for a stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=2**22)
    writer.write(REQUEST.format("".join(f"{one}\r\n" for one in headers)).encode())
    return reader, writer


async def numbers(reader: asyncio.StreamReader, count: int) -> list[int]:
    """Return the numbers of the next messages."""
    async with asyncio.timeout(60):
        return [int(ID.findall(await reader.readuntil(b"\n\n"))[0]) for _ in range(count)]


@pytest.mark.parametrize("server", SERVERS)
async def test_each_frame_arrives_before_the_next_is_made(
    server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if server != "hypercorn":
        request.getfixturevalue(f"requires_{server}")
    async with served(server, tmp_path) as site:
        reader, writer = await site.stream()
        await reader.readuntil(b"\n\n")
        for number in range(10):
            await site.client.post(f"/publish/1/1?text=tea-{number}")
            async with asyncio.timeout(20):
                assert f'"tea-{number}"'.encode() in await reader.readuntil(b"\n\n")
        writer.close()


@pytest.mark.parametrize(
    "accepted", ["", "Accept-Encoding: identity", "Accept-Encoding: gzip, deflate, br, zstd",
                 "Accept-Encoding: *;q=0"],
)  # fmt: skip
async def test_a_stream_is_not_compressed_whatever_the_client_takes(
    accepted: str, tmp_path: Path
) -> None:
    async with served("hypercorn", tmp_path) as site:
        reader, writer = await opened(site, *filter(None, [accepted]))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert head.startswith(b"http/1.1 200") and b"content-encoding" not in head
        assert b"no-transform" in head  # nor does a proxy compress it
        assert b"x-accel-buffering: no" in head
        await reader.readuntil(b"\n\n")
        await site.client.post("/publish/1/1?text=tea")
        async with asyncio.timeout(20):
            assert b'"tea"' in await reader.readuntil(b"\n\n")
        writer.close()


@pytest.mark.load
@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.soak)])
async def test_frames_stay_in_step(count: int, tmp_path: Path) -> None:
    async with served("hypercorn", tmp_path) as site:
        reader, writer = await site.stream()
        await reader.readuntil(b"\n\n")
        last = 0
        for _ in range(count // 200):
            await site.client.post("/publish/200/20")
            got = await numbers(reader, 200)
            assert got == list(range(last + 1, last + 201))
            last = got[-1]
        writer.close()


@pytest.mark.load
@pytest.mark.parametrize("count", [200, pytest.param(2_000, marks=pytest.mark.soak)])
async def test_all_come_back_at_once_and_miss_nothing(count: int, tmp_path: Path) -> None:
    async with served("hypercorn", tmp_path) as site:
        streams = [await opened(site) for _ in range(count)]
        heads = [await one.readuntil(b"\n\n") for one, _ in streams]
        await site.has(count)
        for _, writer in streams:
            writer.transport.abort()
        await site.has(0)
        await site.client.post("/publish/3/1")
        places = [re.findall(rb"\nid: ([\w-]+)", head)[0].decode() for head in heads]
        again = await asyncio.gather(*(opened(site, f"Last-Event-ID: {one}") for one in places))
        for reader, writer in again:
            await reader.readuntil(b"\n\n")
            assert await numbers(reader, 3) == [1, 2, 3]
            writer.close()
        await site.has(0)
