"""How long an event takes without a server: HotFrame beside plain Quart and peers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from ..table import Row
from .board import ROWS
from .sides import HOTFRAME
from .sides import PLAIN
from .sides import Running
from .sides import running
from .sides import Side

ROUNDS = 21
EVENTS = 300
"""Of one batch."""
WARM_UP = 200


class Times(NamedTuple):
    """Seconds of an event in one batch."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Times:
        """Return those of a batch."""
        ordered = sorted(seconds)
        return cls(ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100])


BARS = {"p50": (1.2, "<= 1.2 ms"), "p99": (3.0, "<= 3 ms")}


async def run(root: Path, scale: float, peers: Sequence[Side]) -> AsyncIterator[Row]:
    """Yield rows for p50 and p99, first beside plain Quart, then beside each peer."""
    sides = (PLAIN, HOTFRAME, *peers)
    times: dict[Side, list[Times]] = {one: [] for one in sides}
    async with AsyncExitStack() as stack:
        found: dict[Side, Running] = {}
        for one in sides:
            command = one.program("batches", root / one.kind, ROWS)
            found[one] = await stack.enter_async_context(running(command))
            await found[one].ask(WARM_UP)
        for _ in range(max(int(ROUNDS * scale), 3)):
            for one in sides:  # in turn, so that what disturbs the machine disturbs all
                times[one].append(Times.of(await found[one].ask(EVENTS)))
    for row in rows(f"an event with {ROWS} rows, in process", times, BARS):
        yield row


def rows(
    what: str, times: dict[Side, list[Times]], bars: dict[str, tuple[float, str]]
) -> list[Row]:
    """Return the rows of what was measured in turn: ratios are HotFrame's time by the other's."""
    found = []
    for other in times:
        if other is HOTFRAME:
            continue
        for name in Times._fields:
            ours = [getattr(one, name) for one in times[HOTFRAME]]
            others = [getattr(one, name) for one in times[other]]
            figure, bar = median(ours) * 1e3, bars.get(name, (0, ""))[1]
            ratio = median(a / b for a, b in zip(ours, others, strict=True))
            found.append(Row(
                f"{what}, {name}{other.beside}", f"{median(others) * 1e3:.3f} ms",
                f"{figure:.3f} ms", ratio, "" if other.version else bar, figure,
            ))  # fmt: skip
    return found
