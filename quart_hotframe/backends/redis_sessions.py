"""Sessions in Redis: a hash for each, and the ids of a user's sessions in a sorted set.

Each change is one script, so requests on any number of hosts lose nothing to each other. Keys
expire by themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any

from ..errors import SessionsUnavailable
from ..security.sessions.record import Change
from ..security.sessions.record import MOST
from ..security.sessions.record import Record
from ..security.sessions.record import USER
from .redis import connect
from .redis import limit
from .redis import Redis
from .redis import RedisError

ROOT = "hotframe:"
"""What all keys begin with; the name of the app follows."""
VALUE = "v:"
"""What the fields of values begin with, so that no key is taken for another field."""

_INDEX = f"""
local USER = '{VALUE}{USER}'
local function leave(user, id)
  if user then redis.call('ZREM', ARGV[1] .. user, id) end
end
"""
# ARGV: prefix of users, id before, id after, must be there, milliseconds of now, of the end,
#       number of deleted fields, the fields, then fields and values
WRITE = (
    _INDEX
    + """
local before, after = KEYS[1], KEYS[2]
if ARGV[4] == '1' and redis.call('EXISTS', before) == 0 then return 0 end
leave(redis.call('HGET', before, USER), ARGV[2])
if before ~= after then redis.call('RENAME', before, after) end
local fields = 8 + tonumber(ARGV[7])
for i = 8, fields - 1 do redis.call('HDEL', after, ARGV[i]) end
for i = fields, #ARGV, 2 do redis.call('HSET', after, ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIREAT', after, ARGV[6])
local user = redis.call('HGET', after, USER)
if user then
  local index = ARGV[1] .. user
  redis.call('ZREMRANGEBYSCORE', index, '-inf', ARGV[5])
  redis.call('ZADD', index, ARGV[6], ARGV[3])
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
  redis.call('PEXPIREAT', index, last[2])
end
return 1
"""
)
# ARGV: prefix of users, id
END = (
    _INDEX
    + """
leave(redis.call('HGET', KEYS[1], USER), ARGV[2])
return redis.call('DEL', KEYS[1])
"""
)
# ARGV: prefix of sessions, the id to keep
END_USER = """
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if id ~= ARGV[2] then
    redis.call('DEL', ARGV[1] .. id)
    redis.call('ZREM', KEYS[1], id)
  end
end
"""


class RedisStore:
    """A :class:`~quart_hotframe.security.sessions.record.SessionStore` in Redis.

    :param app: the name of the app, by which its keys differ from those of others.
    """

    def __init__(self, url: str, app: str) -> None:
        self._url = url
        self._sessions = f"{ROOT}{app}:session:"
        self._users = f"{ROOT}{app}:session-user:"
        self._kept: Redis | None = None
        connect(url)  # refuses a wrong URL; nothing is connected

    async def read(self, identifier: str) -> Record | None:
        """Return a session; see the protocol."""
        async with self._client() as redis:
            found: Any = redis.hgetall(self._sessions + identifier)
            return _record(identifier, await found)

    async def create(self, record: Record) -> None:
        """Add a session; see the protocol."""
        async with self._client() as redis:
            await self._write(redis, record.id, Change(record), "0")

    async def update(self, identifier: str, change: Change) -> bool:
        """Apply a change; see the protocol."""
        async with self._client() as redis:
            return bool(await self._write(redis, identifier, change, "1"))

    async def _write(self, redis: Redis, identifier: str, change: Change, there: str) -> Any:
        record = change.record
        fields: list[Any] = [len(change.deleted), *(_field(key) for key in change.deleted)]
        for field, text in _fields(record).items():
            fields += [field, text]
        times = [int(record.seen * 1000), int(record.expires * 1000)]
        answer: Any = redis.eval(
            WRITE, 2, self._sessions + identifier, self._sessions + record.id,
            self._users, identifier, record.id, there, *times, *fields,
        )  # fmt: skip
        return await answer

    async def end(self, identifier: str) -> bool:
        """Remove a session; see the protocol."""
        async with self._client() as redis:
            answer: Any = redis.eval(END, 1, self._sessions + identifier, self._users, identifier)
            return bool(await answer)

    async def of_user(self, user: str) -> list[Record]:
        """Return the sessions of a user; see the protocol."""
        async with self._client() as redis:
            last: Any = redis.zrevrange(self._users + user, 0, MOST - 1)
            identifiers = [one.decode() for one in await last]
            pipeline = redis.pipeline(transaction=False)
            for identifier in identifiers:
                pipeline.hgetall(self._sessions + identifier)
            answers = await pipeline.execute()
        found = [_record(*one) for one in zip(identifiers, answers, strict=True)]
        there = [one for one in found if one is not None]
        return sorted(there, key=lambda one: one.seen, reverse=True)

    async def end_user(self, user: str, keep: str | None) -> None:
        """Remove the sessions of a user; see the protocol."""
        async with self._client() as redis:
            answer: Any = redis.eval(END_USER, 1, self._users + user, self._sessions, keep or "")
            await answer

    def keep(self) -> None:
        """Keep connections; see the protocol."""
        if self._kept is None:
            self._kept = connect(self._url)

    async def close(self) -> None:
        """Close the connections; see the protocol."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept.aclose()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Redis]:
        client = self._kept or connect(self._url)
        try:
            async with limit():
                yield client
        except (RedisError, OSError) as error:
            raise SessionsUnavailable(f"Redis, which has the sessions, fails: {error!r}") from error
        finally:
            if client is not self._kept:
                await client.aclose()


def _field(key: str) -> bytes:
    return (VALUE + key).encode("utf-8", "surrogatepass")


def _fields(record: Record) -> Mapping[bytes, str]:
    values = {_field(key): text for key, text in record.values.items()}
    return values | {
        b"created": repr(record.created),
        b"seen": repr(record.seen),
        b"expires": repr(record.expires),
        b"agent": record.agent,
        b"address": record.address,
    }


def _record(identifier: str, found: Mapping[bytes, bytes]) -> Record | None:
    if not found:
        return None
    texts = {key.decode("utf-8", "surrogatepass"): text.decode() for key, text in found.items()}
    values = {key[2:]: text for key, text in texts.items() if key.startswith(VALUE)}
    return Record(
        identifier, values,
        float(texts["created"]), float(texts["seen"]), float(texts["expires"]),
        texts["agent"], texts["address"],
    )  # fmt: skip
