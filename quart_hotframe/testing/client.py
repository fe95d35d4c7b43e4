"""A test client that sends what a browser sends from an own page."""

from __future__ import annotations

from typing import Any
from typing import cast

from quart import Quart
from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers


class _OwnPage:
    """The methods of Quart's test client that send headers."""

    async def open(self, path: str, *, headers: Any = None, **options: Any) -> Any:
        return await super().open(path, headers=_from_own_page(headers), **options)  # type: ignore[misc]

    def websocket(self, path: str, *, headers: Any = None, **options: Any) -> Any:
        return super().websocket(path, headers=_from_own_page(headers), **options)  # type: ignore[misc]


def client_of(app: Quart) -> TestClientProtocol:
    """Return a test client whose requests come from a page of the app, unless a test says other."""
    base = app.test_client_class
    kind: Any = type(base.__name__, (_OwnPage, base), {})
    return cast(TestClientProtocol, kind(app))


def _from_own_page(headers: Any) -> Headers:
    found = Headers(headers)
    if "Origin" not in found:
        found.setdefault("Sec-Fetch-Site", "same-origin")
    return found
