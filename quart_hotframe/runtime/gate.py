"""A gate at the door: requests of some owners wait while what they use is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from typing import TYPE_CHECKING

from quart import Quart
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter
from werkzeug.sansio.request import Request

if TYPE_CHECKING:
    from .generation import Generation


class Gate:
    """Lets requests wait before they see any generation.

    :param generation: the one that still has the owners' rules.
    :param owners: whose requests wait.
    :param timeout: seconds that each may wait.
    """

    def __init__(
        self, app: Quart, generation: Generation, owners: Collection[str], timeout: float
    ) -> None:
        self._app = app
        self._rules = generation.attributes["url_map"]
        self._endpoints = generation.endpoints
        self._owners = frozenset(owners)
        self._timeout = timeout
        self._opened = asyncio.Event()
        self._closed = False

    def open(self) -> None:
        """Let all go on that wait."""
        self._opened.set()

    def close(self) -> None:
        """Send all away that wait, because serving ends."""
        self._closed = True
        self._opened.set()

    async def let_in(self, scope: Any) -> bool:
        """Return once a request may go on; ``False`` when it has waited too long."""
        if not self._holds(scope):
            return True
        try:
            await self.wait()
        except TimeoutError:
            return False
        return True

    async def wait(self) -> None:
        """Return once the gate is open.

        :raises TimeoutError: it takes too long, or serving ends.
        """
        with suppress(TimeoutError):  # not wait_for(), which can lose that it is cancelled
            async with asyncio.timeout(self._timeout):
                await self._opened.wait()
        if self._closed or not self._opened.is_set():
            raise TimeoutError(f"What is changed here was not there again in {self._timeout:g} s.")

    def _holds(self, scope: Any) -> bool:
        try:
            endpoint, _ = adapter_for(self._app, self._rules, request_of(scope)).match()
        except NotFound:
            return False
        except HTTPException:  # a redirect, or another method: whose it is cannot be known
            return True
        return self._endpoints.get(endpoint) in self._owners


def adapter_for(app: Quart, rules: Any, asked: Request) -> MapAdapter:
    """Return what matches a request as Quart does, among these rules."""
    subdomain = None if app.subdomain_matching else (rules.default_subdomain or None)
    adapter: MapAdapter = rules.bind_to_request(asked, subdomain, app.config["SERVER_NAME"])
    return adapter


def request_of(scope: Any) -> Request:
    """Return what of a request decides how it is routed."""
    headers = Headers([(k.decode("latin1"), v.decode("latin1")) for k, v in scope["headers"]])
    root = scope.get("root_path", "")
    return Request(
        scope.get("method", "GET"), scope["scheme"], scope.get("server"), root,
        scope["path"].removeprefix(root), scope["query_string"], headers, None,
    )  # fmt: skip
