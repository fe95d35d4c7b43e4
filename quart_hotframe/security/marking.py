"""What stands on a view or a blueprint, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from blinker import Signal

placed = Signal()
"""Sent with what a guard, limit or policy was placed on, which may be served already."""


def layers(view: Any) -> Iterator[Any]:
    """Yield a function and those that it wraps, the outermost first."""
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)


def line_of(view: Any) -> str:
    """Return ``"file:line: "`` of the innermost function of a view, or ``""``."""
    *_, innermost = layers(view)
    code = getattr(innermost, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""
