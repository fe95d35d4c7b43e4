"""Counts of rate limits in Redis, which all workers share. Its clock is the one that counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..security.limits.storage import Hit
from ..security.limits.storage import Outcome
from ..security.limits.window import Window
from .outage import Outage
from .redis import connect
from .redis import RedisError
from .redis import where

# The same as window.py, in milliseconds. Keys and numbers come as arguments, never as code.
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local passed, reply, changes = 1, {now}, {}
for i, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local kept = redis.call('HMGET', key, 's', 'c', 'ps', 'p')
  local start, count = tonumber(kept[1]) or now, tonumber(kept[2]) or 0
  local previous_start, previous = tonumber(kept[3]) or 0, tonumber(kept[4]) or 0
  if now >= start + period then
    previous_start, previous, start, count = start, count, now, 0
  end
  local share = math.min(math.max((previous_start + 2 * period - now) / period, 0), 1)
  if count + previous * share >= limit then passed = 0 end
  count = count + 1
  changes[i] = {key, period, 's', start, 'c', count, 'ps', previous_start, 'p', previous}
  for _, number in ipairs({start, count, previous_start, previous}) do
    reply[#reply + 1] = number
  end
end
for _, change in ipairs(passed == 1 and changes or {}) do
  for j = 4, 10, 2 do change[j] = string.format('%.0f', change[j]) end
  redis.call('HSET', change[1], unpack(change, 3))
  redis.call('PEXPIRE', change[1], 2 * change[2])
end
reply[#reply + 1] = passed
return reply
"""


class RedisLimits:
    """Counts in Redis, with one round trip a request.

    :param prefix: what all keys begin with.
    :param timeout: seconds to wait for Redis.
    """

    def __init__(self, url: str, prefix: str, timeout: float) -> None:
        self._client: Any = connect(url)
        self._script = self._client.register_script(SCRIPT)
        self._prefix = f"{prefix}limit:"
        self._outage = Outage(f"{where(url)} (HOTFRAME_LIMITS)", timeout, (RedisError,))

    async def hit(self, hits: Sequence[Hit]) -> Outcome:
        """Count a request under all keys or under none."""
        keys = [self._prefix + one.key for one in hits]
        numbers = [n for one in hits for n in (one.limit, one.seconds * 1000)]
        async with self._outage.asking():
            found: list[Any] = await self._script(keys, numbers)
        now, *rest, passed = found
        windows = [_window(rest[n : n + 4]) for n in range(0, len(rest), 4)]
        return Outcome(bool(passed), now / 1000, windows)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _window(numbers: Sequence[int]) -> Window:
    start, count, previous_start, previous = numbers
    return Window(start / 1000, count, previous_start / 1000, previous)
