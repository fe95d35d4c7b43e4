"""Values that a store can keep: JSON types, and not too much of them."""

from __future__ import annotations

import json
from typing import Any

from ..errors import SettingsError

MAX_BYTES = 16 * 1024
"""Longest value, in bytes of JSON."""
MAX_DEPTH = 20
"""How deep lists and dictionaries may be nested."""


def json_value(module: str, name: str, value: Any) -> Any:
    """Return a value as a store gives it back: lists for tuples.

    :raises SettingsError: it cannot be kept. The message does not show it.
    """
    try:
        if _depth(value) > MAX_DEPTH:
            raise _error(module, name, f"is nested deeper than {MAX_DEPTH} levels")
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except UnicodeEncodeError:
        raise _error(module, name, "has text that is not valid Unicode") from None
    except (TypeError, ValueError, RecursionError):
        raise _error(
            module, name, "must be text, a number, true or false, a list or a dictionary"
        ) from None
    if size > MAX_BYTES:
        raise _error(module, name, f"is longer than {MAX_BYTES} bytes")
    return json.loads(text)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, (list, tuple)):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _error(module: str, name: str, fault: str) -> SettingsError:
    return SettingsError(f"The setting {name!r} of the module {module!r} {fault}.", module=module)
