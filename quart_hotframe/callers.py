"""Whose code a frame runs. Used in development only."""

from __future__ import annotations

from types import FrameType

LIBRARIES = frozenset(
    "aiosqlite alembic asyncio asyncpg blinker concurrent contextlib functools greenlet jinja2 "
    "quart quart_hotframe quart_schema sqlalchemy threading werkzeug".split()
)
"""Packages whose lines say nothing about where something comes from."""


def is_of_library(frame: FrameType) -> bool:
    """Say whether a frame runs code of Python, Quart and their like."""
    return str(frame.f_globals.get("__name__")).partition(".")[0] in LIBRARIES


def place_of(frame: FrameType) -> str:
    """Return ``file:line`` where a frame is; in a template its own file and line."""
    template = frame.f_globals.get("__jinja_template__")
    if template is None:
        return f"{frame.f_code.co_filename}:{frame.f_lineno}"
    line = template.get_corresponding_lineno(frame.f_lineno)
    return f"{template.filename or template.name}:{line}"
