"""Bodies too large, bodies too slow and broken headers, sent to a real Hypercorn as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from .serving import hypercorn

pytestmark = pytest.mark.server


async def ask(port: int, head: str, *bodies: bytes) -> tuple[int, bytes]:
    """Send bytes and return the status and all that was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = f"{head}\r\nHost: localhost\r\nConnection: close\r\n"
        writer.write(lines.encode() + b"".join(bodies))
        async with asyncio.timeout(20):
            answer = await reader.read()
        return int(answer.split(b" ", 2)[1]) if answer else 0, answer
    finally:
        writer.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with hypercorn("tests.security.served:app") as found:
        yield found


def told(body: bytes) -> tuple[bytes, bytes]:
    return f"Content-Length: {len(body)}\r\n\r\n".encode(), body


def chunked(*parts: bytes) -> tuple[bytes, ...]:
    framed = (b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"Transfer-Encoding: chunked\r\n\r\n", *framed, b"0\r\n\r\n"


FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize("path", ["raw", "chunks", "form"])
@pytest.mark.parametrize("frame", ["told", "chunked", "one chunk"])
async def test_a_body_that_is_too_large_is_refused(path: str, frame: str, port: int) -> None:
    def framed(body: bytes) -> tuple[bytes, ...]:
        parts = [body[i : i + 100] for i in range(0, len(body), 100)]
        return (
            told(body) if frame == "told" else chunked(*(parts if frame == "chunked" else [body]))
        )

    head = f"POST /part/{path} HTTP/1.1"
    status, answer = await ask(port, head, FORM, *framed(b"x=" + b"y" * 998))
    assert status == 200 and answer.endswith(b"998" if path == "form" else b"1000")
    status, answer = await ask(port, head, FORM, *framed(b"x=" + b"y" * 999))
    assert status == 413 and b"Request Entity Too Large" in answer


async def test_a_slow_body_is_cut(port: int) -> None:
    head = "POST /part/slow HTTP/1.1"
    assert (await ask(port, head, *told(b"xy")))[0] == 200
    status, answer = await ask(port, head, b"Content-Length: 1000\r\n\r\nx")
    assert status == 503 and b"Retry-After: 10" in answer.title()


async def trickle(port: int, head: str, *more: bytes) -> bytes:
    """Send a body without end, one byte after the other; return what came until it was cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = f"POST {head} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n"
    writer.write(lines.encode() + b"".join(more) + b"\r\nx=")
    answer = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(20):
            while not answer.done():
                writer.write(b"y")
                await asyncio.sleep(0.03)
            return await answer
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("slow", (), 503),
        ("slow_chunks", (), 503),
        ("raw", (), 408),
        ("form", (FORM,), 408),
        ("form", (FORM, b"Cookie: a=b\r\n"), 408),  # a token may be in it
    ],
)
async def test_a_body_that_trickles_is_cut(
    path: str, more: tuple[bytes, ...], status: int, port: int
) -> None:
    answer = await trickle(port, f"/part/{path}", *more)
    assert answer.startswith(b"HTTP/1.1 %d" % status)


async def test_a_slow_view_is_cut(port: int) -> None:
    assert (await ask(port, "GET /part/endless HTTP/1.1", b"\r\n"))[0] == 503


@pytest.mark.parametrize("breaks", ["%0d%0a", "%0a", "%0d"])
async def test_a_line_break_begins_no_header(breaks: str, port: int) -> None:
    head = f"GET /part/echo?x=a{breaks}Set-Cookie:%20b=c HTTP/1.1"
    status, answer = await ask(port, head, b"\r\n")
    assert status == 500 and b"set-cookie" not in answer.lower()
    assert (await ask(port, "GET /part/echo?x=a HTTP/1.1", b"\r\n"))[0] == 200
