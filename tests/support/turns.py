"""Long proofs that take turns: one interpreter does each of them, or with one kind of storage."""

from __future__ import annotations

import sys
from zlib import crc32

import pytest

LONG = ("server", "by_turns")
POSTGRES = sys.version_info.minor // 2 % 2 == 1
"""Python 3.11 has the turn of PostgreSQL, 3.12 and 3.13 that of files, SQLite and the browser."""


def take_turns(item: pytest.Item) -> None:
    """Leave a test that is long to the long form, unless it has its turn here.

    Long are those that start servers, and those marked ``by_turns``.
    """
    if any(item.get_closest_marker(one) for one in LONG) and not _has_turn(item):
        item.add_marker("soak")


def _has_turn(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser"):
        return not POSTGRES
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    storages = [one for one in params if one in ("files", "sqlite", "postgres")]
    if storages:
        return ("postgres" in storages) == POSTGRES
    return bool(crc32(item.nodeid.encode()) % 2) == POSTGRES  # it has no storage: half of them
