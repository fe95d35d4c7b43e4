"""The answer with the document: made once for each generation, the same bytes for everybody."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any
from typing import NamedTuple
from weakref import WeakKeyDictionary

from quart import current_app
from quart import request
from quart import Response

from ..runtime.generation import Generation
from ..runtime.runtime import Runtime


class _Document(NamedTuple):
    body: bytes
    content_type: str
    etag: str


class Documents:
    """The documents of the generations that somebody can still see.

    :param extension: the app's ``QuartSchema``.
    :param keep: whether one document serves every request of a generation.
    """

    def __init__(self, runtime: Runtime, extension: Any, keep: bool) -> None:
        self._runtime = runtime
        self._extension = extension
        self._keep = keep
        self._made: WeakKeyDictionary[Generation, tuple[int, _Document]] = WeakKeyDictionary()
        self._locks: WeakKeyDictionary[Generation, asyncio.Lock] = WeakKeyDictionary()

    async def answer(self) -> Any:
        """Answer with the document of the generation that the request sees."""
        found = await self._document()
        response = Response(found.body, content_type=found.content_type)
        response.set_etag(found.etag)
        return await response.make_conditional(request)

    async def _document(self) -> _Document:
        generation = self._runtime.visible()
        if not self._keep:
            return await self._make()
        async with self._locks.setdefault(generation, asyncio.Lock()):
            rules = sum(1 for _ in current_app.url_map.iter_rules())
            known = self._made.get(generation)
            if known is None or known[0] != rules:  # without modules the app may change in place
                known = self._made[generation] = rules, await self._make()
            return known[1]

    async def _make(self) -> _Document:
        """Make the document in a thread: with many routes and models that takes long."""
        schema = await current_app.ensure_async(self._extension.openapi_provider.schema)()
        response: Any = current_app.json.response(schema)
        body = await response.get_data(as_text=False)
        return _Document(body, response.headers["Content-Type"], sha256(body).hexdigest()[:32])
