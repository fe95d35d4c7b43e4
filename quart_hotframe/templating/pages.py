"""Views that give a template's variables and are answered with the page, or a part of it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterable
from collections.abc import Mapping
from functools import wraps
from typing import Any
from typing import ParamSpec

from quart import Blueprint
from quart import current_app
from quart import jsonify
from quart import make_response
from quart import render_template
from quart import request
from quart.typing import ResponseReturnValue

from ..assets import split_assets
from ..errors import SetupError
from .asking import Part
from .asking import part_asked
from .asking import PART_HEADERS
from .blocks import render_block
from .flashes import with_flashes
from .frames import content_of_frame

log = logging.getLogger("quart_hotframe.templating")

P = ParamSpec("P")
Variables = Mapping[str, Any]
View = Callable[P, ResponseReturnValue | Awaitable[ResponseReturnValue]]
Answered = Callable[P, Coroutine[Any, Any, ResponseReturnValue]]


def page(
    template: str, *, block: str | None = None, blocks: Mapping[str, str] | None = None
) -> Callable[[View[P]], Answered[P]]:
    """Answer with a page, or with one block of it where only a part is asked for.

    ::

        @blueprint.get("/")
        @page("shop/index.html", block="rows")            # below the route
        async def index() -> dict[str, object]:
            return {"products": await find_products()}

    The view returns the variables of the template, also with status and headers as in
    ``return variables, 422``. Anything else that it returns, such as a redirect, is the answer.

    :param block: what is answered to frames, htmx and Turbo frames.
    :param blocks: other blocks by the id of the frame, or of the element that htmx fills.
    :raises SetupError: it stands before something that is no view.
    """
    found = _Page(template, block, dict(blocks or {}))

    def place(view: View[P]) -> Answered[P]:
        _refuse_others(view)
        direct = inspect.iscoroutinefunction(view)

        @wraps(view)
        async def answered(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            run: Any = view if direct else current_app.ensure_async(view)
            return await found.answer(await run(*args, **kwargs))

        return answered

    return place


def _refuse_others(target: Any) -> None:
    if isinstance(target, type):
        raise SetupError(
            f"@page cannot stand before the class {target.__name__}: write "
            "'decorators = [page(…)]' in it, or @page above its methods."
        )
    if isinstance(target, Blueprint) or not callable(target):
        raise SetupError(f"@page stands before a view, not before {target!r}.")


class _Page:
    def __init__(self, template: str, block: str | None, blocks: Mapping[str, str]) -> None:
        self.template = template
        self.block = block
        self.blocks = blocks
        looked_at = PART_HEADERS if block or blocks else ("HF-Request", "HF-Frame")
        self.vary = (*looked_at, "HX-Target") if blocks else looked_at

    async def answer(self, result: Any) -> ResponseReturnValue:
        variables, *more = result if isinstance(result, tuple) and result else (result,)
        if not isinstance(variables, Mapping):
            return result  # type: ignore[no-any-return]
        status, body = _refusal(variables)
        if body is not None:
            return jsonify(body), status
        part = part_asked(request.headers)
        html, frame = await self._render(part, variables)
        response: Any = await make_response(html, *more)
        if response.status_code == 200:
            response.status_code = status
        if frame:
            response.headers["HF-Frame"] = frame
        _vary(response, self.vary)
        return response  # type: ignore[no-any-return]

    async def _render(self, part: Part | None, variables: Variables) -> tuple[str, str]:
        """Return the HTML and the id of the frame whose content it is, ``""`` if it is another."""
        block = self.blocks.get(part.name, self.block) if part is not None else None
        if block is None:
            html = await render_template(self.template, **variables)
        else:
            html = await render_block(self.template, block, **variables)
        if part is None:
            return html, ""
        if part.client == "hotframe" and part.name:
            content = content_of_frame(html, part.name)
            if content is not None or block is not None:
                if content is not None:  # what it needs may be loaded before it
                    html = "".join(split_assets(html)[0]) + split_assets(content)[1]
                html = await with_flashes(html, part)
                return self._checked(html, part), part.name
        if part.client == "turbo" and block is not None and "<turbo-frame" not in html:
            html = f'<turbo-frame id="{part.name}">{html}</turbo-frame>'
        if block is not None or part.client != "turbo":  # else Turbo takes a frame out of a page
            html = await with_flashes(html, part)
        return self._checked(html, part), ""

    def _checked(self, html: str, part: Part) -> str:
        """Return the HTML, and tell a developer when it is more than a part."""
        if current_app.debug and "<html" in html.lower():
            log.warning(
                "%r answers with a whole page to %s, which asked for the part %r of it: give @page "
                "a block that lies in <body>, or put that frame into the template.",
                self.template, part.client, part.name,
            )  # fmt: skip
        return html


def _refusal(variables: Variables) -> tuple[int, Any]:
    """Return the status of an answer, and what it is instead of a page.

    A variable with a method ``__page_refusal__``, such as a form that was sent in vain, says both;
    the second is ``None`` where the page is the answer.
    """
    for one in variables.values():
        refuse = getattr(type(one), "__page_refusal__", None)
        if refuse is not None and (refused := refuse(one)) is not None:
            status, body = refused
            return status, body
    return 200, None


def _vary(response: Any, names: Iterable[str]) -> None:
    if "Vary" in response.headers:
        response.vary.update(names)
    else:
        response.headers["Vary"] = ", ".join(names)
