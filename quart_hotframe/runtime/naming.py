"""Where the author of something finds it, for messages."""

from __future__ import annotations

import inspect
from typing import Any


def place_of(value: Any) -> str:
    """Return ``" (file:line)"`` of a function or class, ``""`` when that is not known."""
    found = inspect.unwrap(value) if callable(value) else value
    code = getattr(found, "__code__", None)
    return f" ({code.co_filename}:{code.co_firstlineno})" if code is not None else ""
