"""A module that fails answers for itself, and the rest serves on."""

from __future__ import annotations

import logging
import math
import traceback
from typing import Any
from typing import cast

from quart import got_request_exception
from quart import got_websocket_exception
from quart import Quart
from quart import request
from quart import Response
from werkzeug.exceptions import ServiceUnavailable

from .. import signals
from ..runtime.contribution import HOST
from ..runtime.contribution import module_of
from ..runtime.runtime import Runtime
from ..security.errorpages import ErrorPages
from .manager import ModuleManager

log = logging.getLogger("quart_hotframe.modules")


def _at_fault(exception: BaseException) -> str | None:
    """Return the module whose code was entered first on the way to an error.

    A function that runs around all requests fails on pages of the app and of other modules.
    """
    for frame, _ in traceback.walk_tb(exception.__traceback__):
        module = module_of(str(frame.f_globals.get("__name__")))
        if module is not None:
            return module
    return None


class Containment:
    """Counts the unhandled errors of modules and tells when one becomes degraded."""

    def __init__(self, runtime: Runtime, manager: ModuleManager, pages: ErrorPages) -> None:
        self._runtime = runtime
        self._pages = pages
        self._manager = manager

    def watch(self, app: Quart) -> None:
        """Begin to count. Blinker holds this object weakly; the HotFrame object holds it."""
        got_request_exception.connect(self._failed, app)
        got_websocket_exception.connect(self._failed, app)
        if self._manager.settings.breaker_seconds:
            app.before_request(self._refuse)
            app.after_request(self._note_success)

    async def _refuse(self) -> Response | None:
        """Answer for a module that failed too often, instead of it."""
        owner = self._runtime.owner() or HOST
        seconds = self._manager.watch.refuses(owner, cast(Any, request)._get_current_object())
        if not seconds:
            return None
        return await self._pages.failed(owner, ServiceUnavailable(retry_after=math.ceil(seconds)))

    async def _note_success(self, response: Response) -> Response:
        if response.status_code < 500:
            owner = self._runtime.owner() or HOST
            self._manager.watch.succeeded(owner, cast(Any, request)._get_current_object())
        return response

    async def _failed(self, app: Quart, exception: BaseException, **extra: Any) -> None:
        owner = _at_fault(exception) or self._runtime.owner()
        if owner is None or owner == HOST or owner not in self._manager:
            return
        if self._manager.watch.failed(owner, exception):
            record = self._manager[owner]
            log.error(
                "Module %r is degraded: %d errors within %g s. The last one: %r",
                owner,
                self._manager.watch.threshold,
                self._manager.watch.window,
                exception,
            )
            wrap: Any = app.ensure_async
            await signals.module_degraded.send_async(
                app, _sync_wrapper=wrap, module=record, exception=exception
            )
