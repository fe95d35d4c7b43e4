"""An app with components that show rows, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.orders import Orders


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Orders:
    return Orders(tmp_path, {"HOTFRAME_DATABASE_URL": database_url})
