"""Importing HotFrame, beside importing what it stands on."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

from .pairs import in_turn
from .pairs import Measure
from .processes import output_of
from .table import Row

ROUNDS = 7
CODE = "import time; begin = time.perf_counter(); {}; print(time.perf_counter() - begin)"


def seconds_to_import(statement: str) -> Measure:
    """Return a measure of the time that an import takes in a new process."""

    async def measure() -> float:
        return float(await output_of(sys.executable, "-c", CODE.format(statement)))

    return measure


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield the one row."""
    pair = await in_turn(
        seconds_to_import("import quart, sqlalchemy"),
        seconds_to_import("from quart_hotframe import HotFrame"),
        max(int(ROUNDS * scale), 2),
    )
    yield Row(
        "import, beside Quart and SQLAlchemy",
        f"{pair.plain * 1e3:.0f} ms",
        f"{pair.hotframe * 1e3:.0f} ms",
        pair.ratio,
        "<= 1.5",
    )
