"""A small HTTP client for load: some keep-alive connections, one request each at a time.

It runs in a process of its own and prints how many requests a second it got answered.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable


async def ask(port: int, path: str, goes_on: Callable[[int], bool], cookie: str = "") -> int:
    """Ask on one connection while *goes_on*, given the number of answers; return that number."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {cookie}\r\n\r\n".encode()
    answers = 0
    try:
        while goes_on(answers):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(f"{path}: {head.decode()}")
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            answers += 1
    finally:
        writer.close()
    return answers


async def main(port: str, path: str, connections: str, seconds: str, cookie: str = "") -> None:
    """Print the answers per second."""
    begin = time.perf_counter()
    until = begin + float(seconds)
    asking = [
        ask(int(port), path, lambda _: time.perf_counter() < until, cookie)
        for _ in range(int(connections))
    ]
    answers = sum(await asyncio.gather(*asking))
    print(answers / (time.perf_counter() - begin))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
