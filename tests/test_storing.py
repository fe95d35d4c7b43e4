"""Which store an app has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import StoreError
from tests.support.sites import new_app

FILE = "sqlite:///notes.sqlite3"
POSTGRES = "postgresql://ann@127.0.0.1:1/none"
MEMORY = "sqlite://"


def kind(folder: Path, **settings: Any) -> str:
    config = {f"HOTFRAME_{key.upper()}": value for key, value in settings.items()}
    return type(HotFrame(new_app(folder, config)).modules.store).__name__


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "FileStore"),
        ({"database_url": FILE}, "FileStore"),
        ({"database_url": FILE, "store": "database"}, "TableStore"),
        ({"database_url": POSTGRES}, "TableStore"),
        ({"database_url": POSTGRES, "store": "file"}, "FileStore"),
        ({"store": "database"}, "TableStore"),
        ({"database_url": MEMORY}, "FileStore"),
        ({"database_url": POSTGRES, "databases_read_only": ["default"]}, "FileStore"),
    ],
)
def test_the_store_is_in_a_database_of_postgresql_that_can_hold_it(
    tmp_path: Path, settings: dict[str, Any], expected: str
) -> None:
    assert kind(tmp_path, **settings) == expected


@pytest.mark.parametrize(
    "settings", [{"database_url": MEMORY}, {"databases_read_only": ["default"]}]
)
def test_a_database_that_cannot_hold_it_is_refused(tmp_path: Path, settings: Any) -> None:
    with pytest.raises(ConfigurationError, match="HOTFRAME_STORE=database needs .*sqlite"):
        kind(tmp_path, store="database", **settings)


def test_another_store_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"not 'databse'\. Did you mean 'database'\?"):
        kind(tmp_path, store="databse")


def test_a_timeout_of_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="HOTFRAME_HEARTBEAT_TIMEOUT must be more than 0"):
        kind(tmp_path, heartbeat_timeout=0)


async def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    url = "postgresql://ann:secret@127.0.0.1:1/none"
    store = HotFrame(new_app(tmp_path, {"HOTFRAME_DATABASE_URL": url})).modules.store
    with pytest.raises(StoreError, match="ann:\\*\\*\\*@127") as caught:
        await store.read()
    assert "secret" not in str(caught.value)
