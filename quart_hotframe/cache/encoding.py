"""Values as bytes: JSON, text or bytes, and nothing that runs code when it is read."""

from __future__ import annotations

import json
from typing import Any

BYTES, JSON, TEXT = b"b", b"j", b"s"
DEPTH = 100
"""Deepest nesting of lists and dictionaries."""


def encode(value: Any) -> bytes:
    """Return a value as bytes.

    :raises TypeError: the cache cannot keep such a value; the message names the type.

    >>> decode(encode({"a": [1, None]}))
    {'a': [1, None]}
    """
    if isinstance(value, bytes):
        return BYTES + value
    if type(value) is str:
        return TEXT + value.encode("utf-8", "surrogatepass")
    _check(value, DEPTH)
    return JSON + json.dumps(value, separators=(",", ":")).encode()


def decode(data: bytes) -> Any:
    """Return the value that was encoded."""
    kind, content = data[:1], data[1:]
    if kind == BYTES:
        return content
    if kind == TEXT:
        return content.decode("utf-8", "surrogatepass")
    return json.loads(content)


def _check(value: Any, depth: int) -> None:
    """Refuse what JSON cannot hold, or would give back as something else."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return
    if depth == 0:
        raise TypeError(f"The cache keeps values that are nested at most {DEPTH} deep.")
    if kind is list or kind is tuple:
        for item in value:
            _check(item, depth - 1)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise TypeError(
                    f"The cache keeps dictionaries whose keys are text, and {key!r} is none: "
                    "write str(key)."
                )
            _check(item, depth - 1)
    else:
        raise TypeError(
            f"The cache keeps bytes, text and what JSON can hold, and no {kind.__qualname__}: "
            "make a dictionary or text of it."
        )
