"""What fills an outlet without a function: a template, or a component."""

from __future__ import annotations

from typing import Any

from markupsafe import escape
from markupsafe import Markup
from quart import current_app
from quart import render_template

from ..runtime.templates import escapes
from ..security.guards.checking import allows
from ..security.guards.guard import as_guard
from .current import current_table


class TemplateFiller:
    """Renders a template with the values of the outlet."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.__qualname__ = template

    async def __call__(self, **values: Any) -> Markup:
        """Return the HTML."""
        found: Any = current_app.jinja_env.get_template(self.template)
        text = await render_template(found, **values)
        return Markup(text) if escapes(found) else escape(text)


class ComponentFiller:
    """Renders a component, which gets those values of the outlet that it has props for.

    :param file: where it was asked for, which says whose component is meant; ``line`` too.
    """

    def __init__(self, component: str, file: str, line: int) -> None:
        self.component = component
        self.file = file
        self.line = line
        self.__qualname__ = component

    async def __call__(self, **values: Any) -> Any:
        """Return the HTML."""
        render = current_table().render_component
        assert render is not None
        return await render(self.component, self.file, self.line, values)


class Admission:
    """The condition that a guard makes: whether it lets the visitor in."""

    def __init__(self, guard: Any) -> None:
        self.guard = as_guard(guard)
        self.__qualname__ = repr(self.guard)

    async def __call__(self) -> bool:
        """Ask the guard about the user of the request."""
        return await allows(self.guard)
