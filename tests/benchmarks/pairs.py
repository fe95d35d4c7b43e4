"""Measuring two things in turn, so that what disturbs the machine disturbs both."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], Awaitable[float]]


@dataclass(frozen=True)
class Pair:
    """The medians of two measures, and the median of what their pairs gave as ``hotframe/plain``.

    The last one is not the ratio of the first two: each pair is compared with itself, which takes
    out what changed between the pairs.
    """

    plain: float
    hotframe: float
    ratio: float


async def in_turn(plain: Measure, hotframe: Measure, rounds: int, *, warm_up: int = 1) -> Pair:
    """Measure both *rounds* times, the first of a pair in turn, after *warm_up* unused rounds."""
    for _ in range(warm_up):
        await plain()
        await hotframe()
    found = []
    for number in range(rounds):
        if number % 2:
            second = await hotframe()
            found.append((await plain(), second))
        else:
            first = await plain()
            found.append((first, await hotframe()))
    plains, others = zip(*found, strict=True)
    return Pair(median(plains), median(others), median(b / a for a, b in found))
