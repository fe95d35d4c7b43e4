"""Connections to Redis: the only file that imports its package."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..errors import MissingExtra

try:
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio import Redis as Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError as RedisError
except ImportError as error:
    raise MissingExtra("Redis needs its package: pip install 'quart-hotframe[redis]'.") from error

TIMEOUT = 2.0
"""Seconds that connecting, an answer, or a free connection may take."""
POOL = 20
"""Most connections that one client opens."""


def connect(url: str) -> Redis:
    """Return a client, which connects with its first command. Its answers are bytes.

    :param url: such as ``redis://:password@host:6379/0``.
    :raises ConfigurationError: it is no URL of Redis.
    """
    # A connection that was cut is found with the next command, which gets a new one.
    retry = Retry(NoBackoff(), 1)
    try:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=POOL, timeout=TIMEOUT, socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT, retry=retry,
        )  # fmt: skip
    except ValueError:  # its message may have the password
        raise ConfigurationError(
            "HOTFRAME_REDIS_URL must be like redis://host:6379/0, rediss:// or unix://."
        ) from None
    return Redis.from_pool(pool)


def where(url: str) -> str:
    """Return the address in a URL without user and password, for messages."""
    parts = urlsplit(url)
    return f"Redis at {parts.hostname or parts.path}:{parts.port or 6379}"


def limit() -> asyncio.Timeout:
    """Return a limit for one command and its second try.

    With a server that is silent redis-py 5 may take much longer than its own limits say.
    """
    return asyncio.timeout(2 * TIMEOUT)
