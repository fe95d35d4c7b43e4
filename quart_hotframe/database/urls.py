"""Addresses of databases: what a setting may say, and which async driver that means."""

from __future__ import annotations

from importlib.util import find_spec

from sqlalchemy import make_url
from sqlalchemy import URL
from sqlalchemy.exc import ArgumentError

from ..errors import ConfigurationError
from ..errors import MissingExtra

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
"""The async driver for an address that names none."""


def parse(text: str, setting: str) -> URL:
    """Return the address of a database with an async driver.

    :param setting: the key that holds *text*, for messages.
    :raises ConfigurationError: when it is no URL of SQLite or PostgreSQL. The text itself may
        hold a password, so it is not shown.
    :raises MissingExtra: when the driver is not installed.
    """
    try:
        url = make_url(text)
    except ArgumentError:
        raise ConfigurationError(
            f"{setting} is no URL of a database: write it like "
            "'postgresql://user:password@host/name' or 'sqlite:////folder/file.sqlite3'."
        ) from None
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"{setting} names a database of kind {url.get_backend_name()!r}: HotFrame works with "
            "'sqlite' and 'postgresql'."
        )
    if url.drivername.endswith("+asyncpg") and find_spec("asyncpg") is None:
        raise MissingExtra(
            f"{setting} needs asyncpg, which is not installed: pip install "
            "'quart-hotframe[postgres]'."
        )
    return url


def is_file(url: URL) -> bool:
    """Say whether an address is a file of SQLite, and not a database in memory."""
    named = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return named and "mode=memory" not in str(url.database) and url.query.get("mode") != "memory"
