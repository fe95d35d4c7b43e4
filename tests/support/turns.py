"""Long proofs that each interpreter does with one kind of storage, in turn, or one of them does."""

from __future__ import annotations

import sys

import pytest

POSTGRES = sys.version_info.minor // 2 % 2 == 1
"""Python 3.11 has the turn of PostgreSQL, 3.12 and 3.13 that of files, SQLite and the browser."""


def take_turns(item: pytest.Item) -> None:
    """Leave a test marked ``by_turns`` to the long form, unless its storage has the turn here."""
    if item.get_closest_marker("by_turns") and not _has_turn(item):
        item.add_marker("soak")


def _has_turn(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser"):
        return not POSTGRES
    kinds = set(item.callspec.params.values()) if hasattr(item, "callspec") else set()
    return not kinds & {"files", "sqlite", "postgres"} or ("postgres" in kinds) == POSTGRES
