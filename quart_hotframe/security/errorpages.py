"""Pages for errors, 400 to 599, where neither a module nor the app has a handler of its own."""

from __future__ import annotations

import logging
from typing import Any

from jinja2 import TemplatesNotFound
from markupsafe import escape
from markupsafe import Markup
from quart import has_request_context
from quart import Quart
from quart import render_template
from quart import request
from quart import Response
from werkzeug.exceptions import HTTPException

from ..globals import current_hotframe
from ..runtime.contribution import HOST
from ..runtime.runtime import Runtime
from .accepting import wants_json
from .csp import csp_nonce

log = logging.getLogger("quart_hotframe.security")

PAGE = Markup("""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style nonce="{nonce}">
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; padding: 1rem; margin: 15vh auto }}
</style>
<h1>{title}</h1>
<p>{text}</p>
</html>
""")
FAILED = Markup("The module <strong>{}</strong> could not answer. Everything else works on.")


class ErrorPages:
    """Answers for errors of routes that are bound; other errors stay as they are.

    :param security: the setting ``HOTFRAME_SECURITY``; under ``off`` only modules that fail have
        a page.
    """

    def __init__(self, app: Quart, runtime: Runtime, security: str) -> None:
        self._app = app
        self._runtime = runtime
        self._security = security

    async def answer(self, error: HTTPException) -> Any:
        """Return a page or JSON, by what was asked for, or the error itself."""
        if error.response is not None or not has_request_context() or (error.code or 0) < 400:
            return error
        owner = self._runtime.owner() or HOST
        if error.code == 500 and self._title(owner):
            return await self.failed(owner, error)
        if self._security == "off" or (owner == HOST and self._security != "strict"):
            return error
        text = escape(error.description or "")
        return await self._answer(error, owner, _as_json(error), error.name, text)

    async def failed(self, owner: str, error: HTTPException) -> Response:
        """Answer in the name of a module that failed."""
        body = {"error": "module_failed", "module": owner}
        text = FAILED.format(self._title(owner) or owner)
        return await self._answer(error, owner, body, "This part of the site has a problem", text)

    async def _answer(
        self, error: HTTPException, owner: str, body: Any, title: str, text: Markup
    ) -> Response:
        if wants_json(request):
            response: Any = self._app.json.response(body)
        else:
            page = await self._page(error, owner)
            page = page or PAGE.format(title=title, text=text, nonce=csp_nonce())
            response = Response(page, content_type="text/html; charset=utf-8")
        response.status_code = error.code
        for name, value in error.get_headers():
            if name.lower() != "content-type":
                response.headers[name] = value
        return response  # type: ignore[no-any-return]

    async def _page(self, error: HTTPException, owner: str) -> str | None:
        """Render the template of the module or the app, if there is one and it works."""
        names = (f"errors/{error.code}.html", "errors/error.html")
        own = () if owner == HOST else tuple(f"{owner}/{name}" for name in names)
        try:
            template: Any = self._app.jinja_env.select_template([*own, *names])
            return await render_template(template, error=error)
        except TemplatesNotFound:
            return None
        except Exception:  # it must not hide the error that it is about
            log.exception("The error page for %s of %r failed.", error.code, owner)
            return None

    def _title(self, owner: str) -> str:
        seen = self._runtime.visible().contributions.get(owner)
        module = seen.items.get("module") if seen is not None else None
        return str(module.title or owner) if module is not None else ""


async def answer(error: HTTPException) -> Any:
    """Handle an error of an app. It is a function so that registries with it can be pickled."""
    return await current_hotframe.security.error_pages.answer(error)


def _as_json(error: HTTPException) -> dict[str, str]:
    return {"error": error.name.lower().replace(" ", "_"), "message": str(error.description or "")}
