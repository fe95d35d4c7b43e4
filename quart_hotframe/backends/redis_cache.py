"""The cache in Redis, which all workers share.

A tag is a key with a version, and a value has the versions of its tags as they were before it was
made. To forget a tag is to remove its key: all values with that version count as gone, also one
that is still being made, and their time ends by itself. Nothing is ever searched for by name.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from .outage import Outage
from .redis import connect
from .redis import RedisError
from .redis import where

MAKING = 60.0
"""Seconds after which a value that is being made is nobody's any more."""

# Keys, digests and values come as arguments, never as code.
FRESH = """
local function fresh(prefix, tags)
  for tag, version in string.gmatch(tags, '(%x+):(%x+)') do
    if redis.call('GET', prefix .. tag) ~= version then return false end
  end
  return true
end
"""
READ = (
    FRESH
    + """
local kept = redis.call('HMGET', KEYS[1], 'value', 'tags')
if not kept[1] then return false end
if fresh(ARGV[1], kept[2]) then return kept[1] end
redis.call('DEL', KEYS[1])
return false
"""
)
BEGIN = (
    FRESH
    + """
local prefix, token, time, force = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local other = redis.call('HGET', KEYS[1], 'tags')
if other and force ~= '1' and fresh(prefix, other) then return false end
local tags = {}
for i = 5, #ARGV do
  local key = prefix .. ARGV[i]
  redis.call('SET', key, token, 'NX', 'PX', time)
  if redis.call('PTTL', key) < time then redis.call('PEXPIRE', key, time) end
  tags[#tags + 1] = ARGV[i] .. ':' .. redis.call('GET', key)
end
tags = table.concat(tags, ',')
redis.call('HSET', KEYS[1], 'token', token, 'tags', tags)
redis.call('PEXPIRE', KEYS[1], time)
return tags
"""
)
FINISH = """
local prefix, token, value, time, tags = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
if redis.call('HGET', KEYS[2], 'token') ~= token then return end
redis.call('DEL', KEYS[2])
if time == 0 then return end
for tag in string.gmatch(tags, '(%x+):') do
  local key = prefix .. tag
  if redis.call('PTTL', key) < time then redis.call('PEXPIRE', key, time) end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'value', value, 'tags', tags)
redis.call('PEXPIRE', KEYS[1], time)
"""


class Making(NamedTuple):
    """A value that is being made: ``tags`` are tags with their versions."""

    key: str
    token: str
    tags: bytes


class RedisCache:
    """The cache in Redis.

    :param prefix: what all keys begin with.
    :param timeout: seconds to wait for Redis.
    """

    def __init__(self, url: str, prefix: str, timeout: float) -> None:
        self._client: Any = connect(url)
        self._scripts = {one: self._client.register_script(one) for one in (READ, BEGIN, FINISH)}
        self._prefix = f"{prefix}cache:"
        self._tag = f"{prefix}tag:"
        self._making = f"{prefix}making:"
        self._outage = Outage(f"{where(url)} (HOTFRAME_CACHE)", timeout, (RedisError,))

    async def read(self, key: str) -> bytes | None:
        """Return what is kept, or ``None``."""
        found: bytes | None = await self._run(READ, [self._prefix + key], [self._tag])
        return found

    async def begin(self, key: str, tags: Sequence[str], *, force: bool = False) -> Making | None:
        """Take note that a value is about to be made; ``None`` when another process makes it."""
        token = secrets.token_hex(8)
        arguments = [self._tag, token, int(MAKING * 1000), int(force), *tags]
        found = await self._run(BEGIN, [self._making + key], arguments)
        return Making(key, token, found) if found is not None else None

    async def finish(self, making: Making, value: bytes, ttl: float) -> None:
        """Keep a value, unless its key or a tag was forgotten meanwhile."""
        keys = [self._prefix + making.key, self._making + making.key]
        time = max(1, int(ttl * 1000)) if ttl else 0
        await self._run(FINISH, keys, [self._tag, making.token, value, time, making.tags])

    async def abandon(self, making: Making) -> None:
        """Take note that no value was made."""
        await self.finish(making, b"", 0)

    async def delete(self, key: str) -> None:
        """Forget a key."""
        async with self._outage.asking():
            await self._client.delete(self._prefix + key, self._making + key)

    async def forget(self, tag: str) -> None:
        """Forget all that has a tag."""
        async with self._outage.asking():
            await self._client.delete(self._tag + tag)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _run(self, script: str, keys: list[str], arguments: list[Any]) -> Any:
        async with self._outage.asking():
            return await self._scripts[script](keys, arguments)
