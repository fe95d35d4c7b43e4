"""Telling the operator of a mistake once, and not at every request that meets it."""

from __future__ import annotations

import logging

log = logging.getLogger("quart_hotframe.security")

MAX_TOLD = 256
"""Most mistakes that are told; names made from data would be without end."""


class Once:
    """Knows what was told."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def first(self, what: str) -> bool:
        """Say whether this is to be told now, which the caller does."""
        if what in self._told or len(self._told) >= MAX_TOLD:
            return False
        self._told.add(what)
        return True
