"""The history of operations: one file of JSON lines for each, written by appending.

All methods block. A process killed while it appends leaves a torn line, which readers skip.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import keep_newest
from ..files import make_folder
from ..files import sync_folder
from ..state import History

KEPT_OPERATIONS = 200


class Journal:
    """The histories in ``folder``; the newest :data:`KEPT_OPERATIONS` are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append ``entry`` with the time of now; the entry is on the disk afterwards."""
        # A new line begins each entry instead of ending it: what follows a torn one is whole.
        line = "\n" + json.dumps({**entry, "time": time.time()}, allow_nan=False)
        make_folder(self._folder)
        path = self._folder / f"{operation_id}.jsonl"
        is_new = not path.exists()
        _append_durably(path, line.encode())
        if is_new:
            sync_folder(self._folder)
            keep_newest(self._folder, "*.jsonl", KEPT_OPERATIONS)

    def newest(self, limit: int) -> list[History]:
        """Return at most ``limit`` histories, the one that began last first."""
        found = [_read(path) for path in self._folder.glob("*.jsonl")]
        known = [history for history in found if history is not None]
        known.sort(key=lambda history: float(history.entries[0]["time"]), reverse=True)
        return known[: max(0, limit)]


def _append_durably(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)


def _read(path: Path) -> History | None:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:  # another process has just removed it as too old
        return None
    entries = tuple(entry for entry in map(_entry, lines) if entry)
    return History(path.stem, entries) if entries else None


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and "time" in entry else None
