"""One use of a component: what it is given is checked, and its macro called."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import Any

from jinja2 import Environment
from jinja2.runtime import Context
from markupsafe import Markup

from ..errors import ComponentError
from ..errors import nearest
from ..errors import PropError
from ..pieces import refuse_if_kept
from ..runtime.generation import Generation
from . import attributes as attrs
from .attributes import attribute_name
from .attributes import Attributes
from .awaiting import hint_about
from .compiling import compiled
from .compiling import Macro
from .component import Component
from .definition import Definition
from .definition import SLOTS
from .kept import Kept
from .place import caller
from .props import Prop
from .props import REQUIRED
from .props import Unfit
from .registry import Components
from .slots import Fill
from .slots import Slots
from .slots import Taking
from .slots import to_fills

Page = Mapping[str, Any] | Context
NOTHING: Mapping[str, Any] = MappingProxyType({})

_provided: ContextVar[Mapping[str, Any]] = ContextVar("hotframe_provided", default=NOTHING)


class Use:
    """One use of a component: where it stands and what it is given."""

    __slots__ = ("attributes", "file", "given", "line", "name", "page", "slots")

    def __init__(
        self, name: str, file: str | None, line: int | None, page: Page,
        slots: Mapping[str, Fill] | None, attributes: Mapping[str, Any] | None,
        given: dict[str, Any],
    ) -> None:  # fmt: skip
        self.name = name
        self.file = file
        self.line = line
        self.page = page
        self.slots = slots
        self.attributes = attributes
        self.given = given

    def render(self, generation: Generation) -> Awaitable[Markup]:
        """Return the component's HTML, to be awaited.

        :raises ComponentNotFound: there is no such component.
        :raises PropError: a prop is missing, unknown or of another type.
        :raises ComponentError: it has no such slot, or an attribute cannot be one.
        """
        components: Components = generation.kinds["components"]
        found = components.find(self.name, self.file, self.line)
        brought = found.elements() if found.assets else None  # before those within it
        html = self._rendered(found, components, generation)
        return _behind(brought, html) if brought else html

    def _rendered(
        self, found: Definition, components: Components, generation: Generation
    ) -> Awaitable[Markup]:
        if found.kind is not None and found.kind._hotframe_show is not None:
            return found.kind._hotframe_show(self, found, generation)
        extra, values = self.checked(found)
        macro = components.macros.get(found)
        if found.personal:
            refuse_if_kept(f"{found.personal!r} in the component {found.name!r}")
        if found.cached and not components.changing:
            alone = Use(self.name, self.file, self.line, NOTHING, None, None, {})
            make = partial(alone._fresh, found, macro, generation, [*values], extra)
            return self._kept(Kept(found, components, values, extra), make)
        return self._fresh(found, macro, generation, values, extra)

    def checked(self, found: Definition) -> tuple[Attributes, list[Any]]:
        """Return what it is given: attributes, and the props in their order.

        :raises PropError: a prop is missing, unknown or of another type.
        :raises ComponentError: it has no such slot, or an attribute cannot be one.
        """
        try:
            plain = not self.attributes and self.given.keys() <= found.props.names
            # First: a typing error is told before what is missing.
            extra = attrs.NONE if plain else self._attributes(found)
            values = found.props.bind(self.given)
        except Unfit as unfit:
            raise self._unfit(unfit) from None
        if self.slots:
            self._check_fills(found, self.slots)
        return extra, values

    async def _kept(self, kept: Kept, make: Callable[[], Awaitable[Markup]]) -> Markup:
        """Return markup that is cached, or is from now on."""
        try:
            key = kept.key()
        except Unfit as unfit:
            raise self._unfit(unfit) from None

        async def make_apart() -> Markup:
            token = _provided.set(NOTHING)
            try:
                return await make()
            finally:
                _provided.reset(token)

        return await kept.get(key, make_apart)

    def _fresh(
        self, found: Definition, macro: Macro | None, generation: Generation, values: list[Any],
        extra: Attributes,
    ) -> Awaitable[Markup]:  # fmt: skip
        fills = self.slots or NOTHING
        own = [extra, self.page, *map(fills.get, found.places)]
        for name in found.asks:
            own.append(Slots(fills) if name == SLOTS else function_on(self.page, generation))
        if macro is None or found.prepares or found.contexts.names:
            return self._prepared(found, macro, generation, values, own)
        html: Awaitable[Markup] = macro(*values, *own)
        return html

    async def _prepared(
        self, found: Definition, macro: Macro | None, generation: Generation, values: list[Any],
        own: list[Any],
    ) -> Markup:  # fmt: skip
        """Render a component whose class has something to say, or that takes from around it."""
        if macro is None:  # the first use in this generation
            macro = await compiled(found, generation.jinja_env)
            generation.kinds["components"].macros[found] = macro
        values += [self._around(one) for one in found.contexts]
        if found.kind is None or not found.prepares:
            return await macro(*values, *own)  # type: ignore[no-any-return]
        names = found.parameters[: len(values)]
        made = found.kind.__new__(found.kind)
        vars(made).update(zip(names, values, strict=True))
        brought = await self.brought(made)
        values = [brought.get(name, value) for name, value in zip(names, values, strict=True)]
        values += [_named(name, brought, generation.jinja_env) for name in found.extras]
        provided = made.provide()
        if not provided:
            return await macro(*values, *own)  # type: ignore[no-any-return]
        token = _provided.set({**_provided.get(), **provided})
        try:
            return await macro(*values, *own)  # type: ignore[no-any-return]
        finally:
            _provided.reset(token)

    async def brought(self, made: Component) -> Mapping[str, Any]:
        """Return what a class says for its template."""
        brought = made.context()
        if inspect.isawaitable(brought):
            brought = await brought
        if not isinstance(brought, Mapping):
            kind = type(made).__name__
            raise self._error(f"{kind}.context() must return a dict, not {type(brought).__name__}.")
        return brought

    def _around(self, wanted: Prop) -> Any:
        """Return a value that a component around provides, else the page, else the default."""
        value = _provided.get().get(wanted.name, REQUIRED)
        if value is REQUIRED:
            value = self.page.get(wanted.name, REQUIRED)
        if value is REQUIRED:
            value = wanted.fresh_default()
        what = f"needs {wanted.name!r} ({wanted.shown}) from the page or a component around it."
        if value is not REQUIRED:
            try:
                return wanted.checked(value)
            except TypeError as error:
                what = f"gets a wrong {wanted.name!r} from around it: it {error}."
        raise PropError(
            f"The component {self.name!r} {what}",
            component=self.name, prop=wanted.name, file=self.file, line=self.line,
        )  # fmt: skip

    def _attributes(self, found: Definition) -> Attributes:
        """Return what is no prop, if it can be an attribute and the template takes attributes."""
        names = found.props.names
        extra = dict(self.attributes or ())
        for name, value in self.given.items():
            if name in names:
                continue
            if name == "attributes" and isinstance(value, Mapping):
                extra.update(value)
                continue
            written = attribute_name(name)
            if written is None:
                raise found.props.unknown(name)
            extra[written] = value
            if hint := hint_about(value):
                raise Unfit(name, f"gets a coroutine as {name!r}.{hint}")
        if extra and not (found.takes_attributes or found.lives):
            name = next(iter(extra))
            raise Unfit(name, f"takes no {name!r}: its template prints no {{{{ attributes }}}}.")
        try:
            return Attributes(extra)
        except ValueError as error:
            raise self._error(str(error)) from None

    def _check_fills(self, found: Definition, fills: Mapping[str, Fill]) -> None:
        for name, fill in fills.items():
            given = found.slots.get(name)
            if given is None:
                raise self._no_slot(found)
            if isinstance(fill, Taking) and (wrong := fill.wrong(given)) is not None:
                raise ComponentError(
                    f"The slot {name!r} of the component {self.name!r} {wrong}",
                    component=self.name, prop=name, file=self.file, line=fill.line,
                )  # fmt: skip

    def _no_slot(self, found: Definition) -> ComponentError:
        name = next(one for one in self.slots or () if one not in found.slots)
        near = nearest(name, found.slots)
        if not near and found.slots:
            near = f" It has: {', '.join(sorted(found.slots))}."
        return self._error(f"The component {self.name!r} has no slot {name!r}.{near}", prop=name)

    def _unfit(self, unfit: Unfit) -> PropError:
        return PropError(
            f"The component {self.name!r} {unfit}",
            component=self.name, prop=unfit.prop, file=self.file, line=self.line,
        )  # fmt: skip

    def _error(self, message: str, **more: Any) -> ComponentError:
        return ComponentError(
            message, component=self.name, file=self.file, line=self.line, **more
        )  # fmt: skip


async def _behind(brought: Markup, html: Awaitable[Markup]) -> Markup:
    return brought + await html


def _named(name: str, brought: Mapping[str, Any], environment: Environment) -> Any:
    """Return what a name in a template means that is no prop."""
    if name in brought:
        return brought[name]
    known = environment.globals
    return known[name] if name in known else environment.undefined(name=name)


def function_on(page: Page, generation: Generation) -> Callable[..., Awaitable[Markup]]:
    """Return what ``render_component`` is in a template that is part of a page."""

    def render_component(
        name: str, /, *, slots: Mapping[str, Any] | None = None, **props: Any
    ) -> Awaitable[Markup]:
        filled = to_fills(slots) if slots else None
        return Use(name, *caller(), page, filled, None, props).render(generation)

    return render_component
