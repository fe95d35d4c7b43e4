"""A served app with one table, on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.notes import Notes


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Notes]:
    """Serve the app; at the end nothing may hold a connection."""
    notes = Notes(tmp_path, {"HOTFRAME_DATABASE_URL": database_url})
    async with notes.app.test_app():
        await notes.make_table()
        yield notes
        assert notes.checked_out == 0
