"""One rendering of a live component: what its template sees, and what it shows."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..components import attributes
from ..components.compiling import compiled
from ..components.definition import Definition
from ..components.definition import LIVE
from ..components.definition import RENDER
from ..components.use import function_on
from ..components.use import Page
from ..components.use import Use
from ..errors import ComponentError
from ..errors import nearest
from ..runtime.generation import Generation
from . import floor
from . import helpers
from .described import described
from .described import HELPER
from .filling import Filled
from .filling import Filling
from .naming import Ids

if TYPE_CHECKING:
    from .component import LiveComponent
    from .held import Held
    from .uploads.declared import UploadField

_around: ContextVar[View | None] = ContextVar("hotframe_live_view", default=None)


class View:
    """Shows one component once.

    :param binding: what the snapshots of components in it are bound to.
    :param held: the instance, when it is shown again on a page that has it.
    :param filled: what is put into its slots, ``None`` when the page has that already.
    """

    def __init__(
        self, component: LiveComponent, found: Definition, id: str, binding: str,
        held: Held | None = None, filled: Filled | None = None,
    ) -> None:  # fmt: skip
        self.component = component
        self.found = found
        self.id = id
        self.binding = binding
        self.held = held
        self.ids = Ids(id)
        self.filling = Filling(id, filled, component._memo.get("slots", []))
        self.described = described(type(component))
        self.has_forms = "<form" in found.source
        self.asks = False
        """Whether something in it is sent by the form of the component, without JavaScript."""
        self.sends_files = False
        """Whether that form sends files, too."""
        self.boxes: dict[str, str] = {}
        """What that form sends before bound fields of which a browser may send nothing."""
        self.islands: dict[str, str] = {}
        """The whole element of each island, by name; one within another comes first."""
        self.children: dict[str, tuple[str, int]] = {}
        """What the components within were given, by id, and when they came."""
        self.allowed: set[type[Any]] = set()
        """The classes within that its visitor may see, where no request says who that is."""
        self.arrived: dict[str, str] = {}
        """The components within that are written whole, and how a page writes that has them."""

    async def render(self, page: Page, generation: Generation) -> Markup:
        """Return what stands in the root element."""
        html = await self.component._hotframe_shown(partial(self._filled, page, generation))
        self.component._memo["children"] = self.children
        return html

    async def _filled(self, page: Page, generation: Generation) -> Markup:
        found, components = self.found, generation.kinds["components"]
        macro = components.macros.get(found)
        if macro is None:
            macro = components.macros[found] = await compiled(found, generation.jinja_env)
        use = Use(found.full_name, str(found.file), None, page, None, None, {})
        brought = await use.brought(self.component)
        held = vars(self.component)
        values = [held[one.name] for one in found.props]
        names = {**brought, **self._names()}
        values += [_named(name, names, generation) for name in found.extras]
        values += [attributes.NONE, page]
        values += map(self.filling.place, found.places)
        for name in found.asks:
            asked = name == RENDER
            values.append(function_on(page, generation) if asked else self.filling.slots())
        with self._within():
            html: Markup = await macro(*values)
        if self.filling.names:
            self.component._memo["slots"] = self.filling.names
        return html

    @property
    def takes(self) -> str:
        """The full name of the component, where the form without JavaScript sends files."""
        return self.found.full_name if self.sends_files else ""

    def _names(self) -> Mapping[str, Any]:
        held = vars(self.component)
        return {
            **{name: held[name] for name in self.described.fields},
            "on": helpers.On(self),
            "bind": self.bind,
            "error": self.error,
            "errors": self.component.errors,
            **({HELPER: helpers.Uploading(self)} if self.described.uploads else {}),
            LIVE: self,
            **self.component._hotframe_names(self),
        }

    @contextmanager
    def _within(self) -> Iterator[None]:
        token = _around.set(self)
        try:
            yield
        finally:
            _around.reset(token)

    # -- in the template -------------------------------------------------------------------------

    def asking(self, trigger: str, event: str) -> helpers.Asking:
        """Return what writes the attributes of elements that ask for an event of this component.

        :raises ComponentError: there is no such event.
        """
        known = self.described.events.get(event)
        if known is None or not known.is_public:
            events = [name for name, one in self.described.events.items() if one.is_public]
            raise self._unknown("event", event, events)
        self.asks = self.asks or trigger in helpers.FLOOR
        return helpers.Asking(self.id, trigger, event)

    def bind(self, name: str, on: str = "input", debounce: int | None = None) -> Markup:
        """Return the attributes of an input that a field is bound to.

        :raises ComponentError: no input may be bound to it.
        """
        self._check_bindable(name)
        refused = self.component._memo["refused"].get(name)
        value = vars(self.component)[name] if refused is None else refused[0]
        self.asks = self.asks or not self.has_forms
        if self.described.is_flag(name) or self.described.is_list(name):
            self.boxes[name] = ""
        form = None if self.has_forms else floor.id_of(self.id)
        return helpers.binding(name, value, on, debounce, form)

    def error(self, name: str) -> Markup:
        """Return the element that says what is wrong with a field.

        :raises ComponentError: no input may be bound to it, and it takes no files.
        """
        if name not in self.described.uploads:
            self._check_bindable(name)
        return helpers.message(self.id, name, self.component.errors.get(name, []))

    async def island(
        self, name: str, element: str, body: Callable[[], Awaitable[Markup]]
    ) -> Markup:
        """Return the element of an island, which is sent by itself when only it has changed.

        :raises ComponentError: there are two of one name.
        """
        if name in self.islands:
            raise self.wrong(f"has two islands {name!r}: each needs another name.")
        inner = await body()
        html = Markup('<{0} id="{1}.{2}" hf-island>{3}</{0}>').format(
            Markup(element), self.id, name, inner
        )
        self.islands[name] = str(html)
        return html

    def takes_files(self, name: str) -> UploadField:
        """Return a field that takes files.

        :raises ComponentError: there is no such field.
        """
        found = self.described.uploads.get(name)
        if found is None:
            raise self._unknown("field for files", name, self.described.uploads)
        return found

    def choosing(self, name: str) -> Markup:
        """Return the attributes of an input that files for a field are chosen with."""
        field = self.takes_files(name)
        form = None if self.has_forms else floor.id_of(self.id)
        if form is not None:
            self.asks = self.sends_files = True
        return helpers.choosing(field, form)

    def _check_bindable(self, name: str) -> None:
        if name not in self.described.writable.names:
            raise self._unknown("Bindable field", name, self.described.writable.names)

    def _unknown(self, what: str, name: str, known: Any) -> ComponentError:
        near = nearest(name, known) or f" It has: {', '.join(sorted(known)) or 'none'}."
        return self.wrong(f"has no {what} {name!r}.{near}")

    def wrong(self, what: str) -> ComponentError:
        """Return an error about the component."""
        kind = type(self.component).__name__
        return ComponentError(
            f"{kind} {what}", component=self.found.full_name, file=self.found.file
        )


def around() -> View | None:
    """Return the view of the live component in which this one stands."""
    return _around.get()


def _named(name: str, names: Mapping[str, Any], generation: Generation) -> Any:
    if name in names:
        return names[name]
    known = generation.jinja_env.globals
    return known[name] if name in known else generation.jinja_env.undefined(name=name)
