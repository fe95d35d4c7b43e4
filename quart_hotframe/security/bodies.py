"""Bodies that may be smaller than the app's ``MAX_CONTENT_LENGTH`` only."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.exceptions import RequestTimeout


def limit_body(request: Any, most: int) -> None:
    """Refuse a body of more bytes: at once where its length is told, else while it arrives.

    :raises RequestEntityTooLarge: the request says that it is too long.
    """
    length = request.content_length
    if length is not None and length > most:
        raise RequestEntityTooLarge()
    if length is None:
        request.body = _Limited(request.body, most)
    request.max_content_length = most


async def body_of(request: Any) -> bytes:
    """Return the body as ``get_data()`` does, without a task of its own on Python 3.11.

    :raises RequestTimeout: it does not arrive in time.
    """
    try:
        async with asyncio.timeout(request.body_timeout):
            body: bytes = await request.body
    except TimeoutError:
        raise RequestTimeout from None
    return body


class _Limited:
    """A body without a length, in the place of Quart's own, which it fills and empties.

    Quart before 0.23 fills a body by ``append``, later versions by ``put``.
    """

    def __init__(self, body: Any, most: int) -> None:
        self._body = body
        self._unread = self._expected = most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def append(self, data: bytes) -> None:
        if self._fits(data):
            self._body.append(data)

    async def put(self, data: bytes) -> None:
        if self._fits(data):
            await self._body.put(data)

    def _fits(self, data: bytes) -> bool:
        self._expected -= len(data)
        if self._expected < 0:
            self._body.set_complete()  # whoever reads is told, and nothing more is kept
        return self._expected >= 0

    def __aiter__(self) -> _Limited:
        return self

    async def __anext__(self) -> bytes:
        try:
            data: bytes = await anext(self._body)
        except StopAsyncIteration:
            self._refuse(self._unread)
            raise
        self._unread -= len(data)
        self._refuse(self._unread)
        return data

    def __await__(self) -> Generator[Any, None, bytes]:
        data: bytes = yield from self._body.__await__()
        self._refuse(self._unread - len(data))
        return data

    def _refuse(self, left: int) -> None:
        if min(left, self._expected) < 0:
            raise RequestEntityTooLarge()
