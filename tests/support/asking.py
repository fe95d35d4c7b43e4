"""A client that asks for one page again and again, and notes how that went."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field

import httpx


@dataclass
class Client:
    """Asks for one page again and again."""

    ask: Callable[[], Awaitable[httpx.Response]]
    answers: list[tuple[float, httpx.Response]] = field(default_factory=list)
    """The answers, each with the moment in which it was asked for."""

    async def ask_until(self, done: asyncio.Event) -> None:
        """Ask, at a pace, so that the server is not all that the machine does."""
        while not done.is_set():
            begin = time.monotonic()
            self.answers.append((begin, await self.ask()))
            await asyncio.sleep(0.02)

    def statuses(self, since: float = 0.0) -> Counter[int]:
        """Return how often each status was the answer to what was asked since a moment."""
        return Counter(answer.status_code for begin, answer in self.answers if begin >= since)

    @property
    def slowest(self) -> float:
        """The seconds that the slowest answer took."""
        return max(answer.elapsed.total_seconds() for _, answer in self.answers)
