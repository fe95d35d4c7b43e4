"""Props: what a component takes, by name and type."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from types import CoroutineType
from typing import Any

from jinja2 import Undefined
from jinja2.runtime import Macro
from markupsafe import Markup

from ..errors import nearest
from .fitting import admits_text
from .fitting import fits_of
from .fitting import shown

REQUIRED: Any = object()
"""The default of what must be given."""

FLAT = (str, int, float, bool, bytes, type(None))


class Prop:
    """One declared name: a prop, or a value that comes from the components around.

    :param default: :data:`REQUIRED` when there is none.
    :raises TypeError: the annotation cannot be checked, or the default does not fit.
    """

    def __init__(self, name: str, annotation: Any, default: Any = REQUIRED) -> None:
        self.name = name
        self.shown = shown(annotation)
        self.exact = annotation if annotation in FLAT else None
        self.default = default
        self._fits = fits_of(annotation)
        self._text = admits_text(annotation)
        self._flat = type(default) in FLAT or default is REQUIRED
        if default is not REQUIRED:
            self.checked(default)

    def checked(self, value: Any) -> Any:
        """Return a value that fits; for a text also what has ``__html__``, as markup.

        :raises TypeError: it does not fit.
        """
        if self._fits(value):
            return value
        if self._text and hasattr(value, "__html__"):
            return Markup(value.__html__())
        if isinstance(value, Undefined):
            raise TypeError(f"must be {self.shown}, and is undefined: {value._undefined_message}")
        raise TypeError(f"must be {self.shown}, not {type(value).__name__}{_called(value)}")

    def fresh_default(self) -> Any:
        """Return the default; lists and the like are copied, so that no use changes another."""
        return self.default if self._flat else copy.deepcopy(self.default)


def _called(value: Any) -> str:
    """Return what may have been forgotten about a value that does not fit."""
    if isinstance(value, Macro):
        return f": call it, {value.name}(…)"
    return ": await it" if type(value) is CoroutineType else ""


class Unfit(Exception):
    """What was given does not fit the props.

    :param prop: which one.
    :param what: the rest of the sentence "component 'card' …".
    """

    def __init__(self, prop: str, what: str) -> None:
        super().__init__(what)
        self.prop = prop


class Props:
    """The props of a component, in the order of their declaration."""

    def __init__(self, props: Sequence[Prop]) -> None:
        self.names = frozenset(prop.name for prop in props)
        self._props = tuple(props)
        self._rows = tuple((prop.name, prop.exact, prop) for prop in props)

    def __iter__(self) -> Iterator[Prop]:
        return iter(self._props)

    def bind(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the values in the order of the props; names that are no props are not looked at.

        :raises Unfit: one is missing or has another type.
        """
        values = []
        for name, exact, prop in self._rows:
            value = given.get(name, REQUIRED)
            if value is REQUIRED:
                value = prop.default if prop._flat else prop.fresh_default()
                if value is REQUIRED:
                    raise Unfit(name, f"needs the prop {name!r} ({prop.shown}).")
            elif type(value) is not exact:
                try:
                    value = prop.checked(value)
                except TypeError as error:
                    raise Unfit(name, f"has a wrong prop: {name!r} {error}.") from None
            values.append(value)
        return values

    def unknown(self, name: str) -> Unfit:
        """Return what is wrong with a name that is no prop."""
        near = nearest(name, self.names) or self._list()
        return Unfit(name, f"has no prop {name!r}.{near}")

    def _list(self) -> str:
        names = ", ".join(prop.name for prop in self._props)
        return f" It has: {names}." if names else " It has none."
