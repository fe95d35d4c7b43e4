"""A module that fails answers for itself, and the rest serves on."""

from __future__ import annotations

import logging
import math
import traceback
from typing import Any
from typing import cast

from markupsafe import escape
from quart import got_request_exception
from quart import got_websocket_exception
from quart import has_request_context
from quart import Quart
from quart import request
from quart import Response
from werkzeug.exceptions import InternalServerError

from .. import signals
from ..runtime.contribution import HOST
from ..runtime.contribution import module_of
from ..runtime.runtime import Runtime
from .manager import ModuleManager

log = logging.getLogger("quart_hotframe.modules")

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Temporarily unavailable</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}
</style><h1>This part of the site has a problem</h1>
<p>The module <strong>{title}</strong> could not answer. Everything else works on.</p></html>
"""


async def answer(error: InternalServerError) -> Any:
    """Answer for a module with its name, as HTML or JSON; the app's own errors stay as they are."""
    from ..globals import current_hotframe

    owner = current_hotframe.runtime.owner()
    if owner in (None, HOST) or owner not in current_hotframe.modules:
        return error
    if not has_request_context():  # a websocket ends with the error's code
        return error
    return _unavailable(owner or "", 500)


def _unavailable(owner: str, status: int) -> Response:
    """Return an answer in the name of a module, as HTML or JSON by what was asked for."""
    from ..globals import current_hotframe

    if _wants_json():
        body = {"error": "module_failed", "module": owner}
        response: Any = current_hotframe.runtime.app.json.response(body)
        response.status_code = status
        return cast(Response, response)
    title = current_hotframe.modules[owner].title or owner
    page = PAGE.format(title=escape(title))
    return Response(page, status, content_type="text/html; charset=utf-8")


def _wants_json() -> bool:
    accept = request.accept_mimetypes
    best = accept.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json" or request.is_json


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

    def __init__(self, runtime: Runtime, manager: ModuleManager) -> None:
        self._runtime = runtime
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
        response = _unavailable(owner, 503)
        response.headers["Retry-After"] = str(math.ceil(seconds))
        return response

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
