"""Rendering a component: from the tag, from ``{{ render_component(…) }}`` and from Python."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from quart import current_app
from quart import Quart
from quart.globals import app_ctx

from ..globals import current_hotframe
from ..pieces import apart
from ..runtime.generation import Generation
from .place import caller
from .registry import Components
from .slots import Fill
from .slots import to_fills
from .use import function_on
from .use import Page
from .use import Use

TAKES_CONTEXT = "ctx" in inspect.signature(Quart.update_template_context).parameters
"""Whether Quart wants to be given its context, as it does since 0.23."""

Visible = Callable[[], Generation]
"""Returns the generation that the running code sees."""


def tag_in(visible: Visible) -> Callable[..., Awaitable[Markup]]:
    """Return what ``{% component %}`` calls."""

    def render(
        name: str, file: str | None, line: int, page: Page, slots: Mapping[str, Fill] | None,
        attributes: Mapping[str, Any] | None, /, **given: Any,
    ) -> Awaitable[Markup]:  # fmt: skip
        return Use(name, file, line, page, slots, attributes, given).render(visible())

    return render


def function_in(visible: Visible) -> Callable[..., Awaitable[Markup]]:
    """Return the template global ``render_component``; arguments as :func:`render_component`."""

    @pass_context
    def render(context: Context, name: str, /, **given: Any) -> Awaitable[Markup]:
        return function_on(context, visible())(name, **given)

    return render


def assets_in(visible: Visible) -> Callable[..., Markup]:
    """Return the template global ``component_assets``."""

    def component_assets(*names: str) -> Markup:
        """Load styles and scripts of components here, not before the first use of each.

        ::

            <head>{{ component_assets("card", "shop:badge") }}</head>

        :raises ComponentNotFound: there is no such component.
        """
        components: Components = visible().kinds["components"]
        found = [components.find(name, *caller()) for name in names]
        return Markup("").join(one.elements() for one in found)

    return component_assets


def render_component(
    name: str, /, *, slots: Mapping[str, Any] | None = None, **props: Any
) -> Awaitable[Markup]:
    """Return the HTML of a component, to be awaited. It needs an app context.

    ::

        html = await render_component("card", title="Tea", slots={"footer": "Sold out"}, id="tea")

    :param name: ``"card"`` is that of the module whose code calls, else of the app;
        ``"shop:card"`` is that of the module ``shop``.
    :param slots: what the slots are filled with; what is no markup is escaped.
    :param props: the props, and attributes such as ``id="tea"`` or ``data_id=3``; others in
        ``attributes={"@click": "…"}``.
    :raises ComponentNotFound: there is no such component.
    :raises PropError: a prop is missing, unknown or of another type.
    """
    file, line = caller()  # now: later only the event loop is there
    return _render(name, file, line, to_fills(slots) if slots else None, props)


async def render_with(name: str, file: str, line: int, values: Mapping[str, Any]) -> Markup:
    """Return the HTML of a component that takes its props from values, and leaves the others.

    :param file: where it was asked for, which says whose component is meant; ``line`` too.
    """
    generation = current_hotframe.runtime.visible()
    found = generation.kinds["components"].find(name, file, line)
    given = {key: value for key, value in values.items() if key in found.props.names}
    page = {**await page_context(), **values}
    return await Use(name, file, line, page, None, None, given).render(generation)


async def _render(
    name: str, file: str | None, line: int | None, slots: Mapping[str, Fill] | None,
    props: dict[str, Any],
) -> Markup:  # fmt: skip
    page = await page_context()
    use = Use(name, file, line, page, slots, None, props)
    with apart():
        return await use.render(current_hotframe.runtime.visible())


async def page_context() -> dict[str, Any]:
    """Return what context processors give, which is what a page without a view's values has."""
    found: dict[str, Any] = {}
    update: Any = current_app.update_template_context
    context = (app_ctx._get_current_object(),) if TAKES_CONTEXT else ()
    await update(*context, found)
    return found
