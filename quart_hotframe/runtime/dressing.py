"""Headers that an answer gets where it leaves the app, whoever has made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Headers = list[tuple[bytes, bytes]]
Dress = Callable[[Headers, set[bytes]], None]
"""Adds headers to those of an answer; the names that are present are given, in lower case."""

_KEY = "hotframe.dress"


def dress(scope: Any, function: Dress) -> None:
    """Let a function add headers to the answer of a request, after all that the app does."""
    scope.setdefault(_KEY, []).append(function)


def put_on(scope: Any, message: Any) -> None:
    """Add the headers to the ASGI message that begins an answer."""
    functions = scope.get(_KEY)
    if functions:
        headers = [*message["headers"]]
        present = {name.lower() for name, _ in headers}
        for function in functions:
            function(headers, present)
        message["headers"] = headers
