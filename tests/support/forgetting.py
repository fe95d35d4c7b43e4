"""Cycles in which modules come and go, and what of them stays."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from .sites import loaded_packages

Seen = list[weakref.ref[Any]]
Cycle = Callable[[Seen], Awaitable[None]]

LONG = 300
"""Cycles of the long form, in which a growth of memory is told from chance."""

cycles = pytest.mark.parametrize(
    "cycles", [8, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
"""Runs a proof in its short form, and in its long one if asked for."""


async def forgets(cycle: Cycle, cycles: int, record_property: Callable[[str, Any], None]) -> None:
    """Assert that nothing stays of what cycles bring, and that memory is flat.

    Each version must carry 256 KiB that nobody needs: a single one that stayed would show.

    :param cycle: notes weakly what it brought.
    """
    seen: Seen = []
    for _ in range(max(cycles // 3, 12)):
        await cycle(seen)
    bar = 16 if cycles >= LONG else 128
    growth = await _growth(cycle, cycles, seen)
    for _ in range(0 if cycles >= LONG else 2):  # what others did to the process is no growth
        if growth >= bar:
            growth = await _growth(cycle, cycles, seen)
    alive = sum(one() is not None for one in seen)
    record_property("growth_in_kib_per_cycle", growth)
    print(f"{cycles} cycles: {alive} objects alive, {growth:.1f} KiB a cycle")
    assert alive == 0
    assert loaded_packages() == frozenset()
    assert growth < bar


async def _growth(cycle: Cycle, cycles: int, seen: Seen) -> float:
    """Return by how many KiB a cycle the process grows."""
    process = psutil.Process()
    gc.collect()
    start = process.memory_info().rss
    for _ in range(cycles):
        await cycle(seen)
    gc.collect()
    return (process.memory_info().rss - start) / 1024 / cycles
