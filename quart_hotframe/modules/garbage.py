"""Keeping Python's collector from looking again and again through what was just loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 50_000
"""New objects between two looks, instead of Python's few hundred."""


class _Collector:
    """The collector of the process, which apps that start side by side share."""

    def __init__(self) -> None:
        self._starting = 0
        self._before = gc.get_threshold()

    @contextmanager
    def looks_seldom(self) -> Iterator[None]:
        """Let it look seldom within the block, not never: a start may take long and leave cycles.

        Nearly all that the import of many modules makes stays, and the collector would go through
        all of it several times: with 200 modules that is a tenth of the start. Thresholds that
        something else sets meanwhile, or that are higher, are left alone.
        """
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        if not self._starting:
            self._before = gc.get_threshold()
            if 0 < self._before[0] < SELDOM:
                gc.set_threshold(SELDOM, *self._before[1:])
        self._starting += 1

    def _leave(self) -> None:
        self._starting -= 1
        if not self._starting and gc.get_threshold() == (SELDOM, *self._before[1:]):
            gc.set_threshold(*self._before)


collector = _Collector()
