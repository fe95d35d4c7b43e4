"""Redis for tests. ``HOTFRAME_TEST_REDIS`` names one; tests use keys of their own, which go."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from .databases import in_thread
from .relay import Relay
from .requiring import absent
from .requiring import require_package

DEFAULT = "redis://127.0.0.1:6379/0"


def url_of_redis() -> str:
    return os.environ.get("HOTFRAME_TEST_REDIS", DEFAULT)


async def in_redis(*command: Any) -> Any:
    """Run one command."""
    from quart_hotframe.backends.redis import connect

    client: Any = connect(url_of_redis())
    try:
        async with asyncio.timeout(5):
            return await client.execute_command(*command)
    finally:
        await client.aclose()


async def keys_of(app: str) -> list[bytes]:
    """Return the keys of one app."""
    found: list[bytes] = await in_redis("KEYS", f"hotframe:{app}:*")
    return found


@pytest.fixture(scope="session")
def requires_redis() -> str:
    """Return the URL of a Redis that answers."""
    require_package("redis")
    try:
        in_thread(in_redis("PING"))
    except Exception as error:
        absent("redis", f"Redis does not answer at {url_of_redis()} ({error!r}): start it.")
    return url_of_redis()


@pytest.fixture
def own_name(requires_redis: str) -> Iterator[str]:
    """Return a name for an app whose keys are removed after the test."""
    name = f"test_{uuid.uuid4().hex}"
    yield name
    for key in in_thread(keys_of(name)):
        in_thread(in_redis("DEL", key))


@pytest.fixture
async def redis_relay(requires_redis: str) -> AsyncIterator[Relay]:
    """Return a relay in front of Redis, which passes everything on."""
    parts = urlsplit(requires_redis)
    relay = Relay(parts.hostname or "127.0.0.1", parts.port or 6379)
    await relay.mend()
    yield relay
    await relay.cut()


def through(relay: Relay) -> str:
    """Return the URL of Redis behind a relay."""
    parts = urlsplit(url_of_redis())
    return f"{parts.scheme}://127.0.0.1:{relay.port}{parts.path}"
