"""The class of a component: its props, and what its template needs beside them."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Annotated
from typing import Any
from typing import ClassVar
from typing import dataclass_transform
from typing import get_args
from typing import get_origin
from typing import get_type_hints
from typing import TypeVar

from markupsafe import Markup

from .props import Prop as Declared
from .props import Props
from .props import REQUIRED
from .props import Unfit

T = TypeVar("T")


class Role:
    """Marks an annotation; it is compared by identity."""


PROP = Role()
CONTEXT = Role()

Prop = Annotated[T, PROP]
"""The type of a prop: ``title: Prop[str]``. To type checkers it is the type in the brackets."""

Context = Annotated[T, CONTEXT]
"""The type of a value that a component around provides, or that the page has."""


@dataclass_transform(kw_only_default=True)
class Component:
    """A component with typed props and a method that prepares what its template shows.

    ::

        class Card(Component):              # components/card.py, beside components/card.html
            product: Prop[Product]
            level: Prop[int] = 2
            theme: Context[str] = "light"

            async def context(self) -> dict[str, Any]:
                return {"stars": await stars_of(self.product)}

    ``cache`` is how many seconds its markup is kept for everybody, who gives it equal props.

    :raises TypeError: a prop is missing, unknown or has another type.
    """

    cache: ClassVar[float | None] = None
    _hotframe_show: ClassVar[Callable[..., Awaitable[Markup]] | None] = None
    """Renders a use in the place of the macro alone: live components have more to show."""

    def __init__(self, **props: Any) -> None:
        declared = declared_in(type(self))
        try:
            for name in props:
                if name not in declared.everything.names:
                    raise declared.everything.unknown(name)
            values = declared.everything.bind(props)
        except Unfit as unfit:
            raise TypeError(f"{type(self).__name__} {unfit}") from None
        for one, value in zip(declared.everything, values, strict=True):
            setattr(self, one.name, value)

    @classmethod
    def _hotframe_read(cls) -> None:
        """Read what the class says beside its props.

        :raises TypeError: it cannot be used.
        """

    def context(self) -> Mapping[str, Any] | Awaitable[Mapping[str, Any]]:
        """Return what the template sees beside the props; ``async def`` when it waits."""
        return {}

    def provide(self) -> Mapping[str, Any]:
        """Return what the components in it see that declare it with ``Context[…]``."""
        return {}

    def cache_tags(self) -> Iterable[str]:
        """Return what the cached markup stands for, for ``hotframe.cache.forget_tag(…)``."""
        return ()


OWN = ("cache", "cache_tags", "context", "provide")
"""What a class says of itself, which cannot be a prop."""


class Declaration:
    """The props and contexts of a class."""

    def __init__(self, kind: type[Component]) -> None:
        props, contexts = list(_declared(kind, PROP)), list(_declared(kind, CONTEXT))
        self.props = Props(props)
        self.contexts = Props(contexts)
        self.everything = Props([*props, *contexts])


def declared_in(kind: type[Component]) -> Declaration:
    """Return what a class declares; kept with the class, so that it goes with it.

    :raises TypeError: an annotation cannot be read or checked, or a default does not fit.
    """
    known: Declaration | None = vars(kind).get("_hotframe_declaration")
    if known is None:
        known = Declaration(kind)
        kind._hotframe_declaration = known  # type: ignore[attr-defined]
    return known


def _declared(kind: type[Component], role: Role) -> Iterator[Declared]:
    try:
        hints = get_type_hints(kind, include_extras=True)
    except NameError as error:  # names for type checkers only, or in a function
        raise TypeError(f"The annotations of {kind.__name__} cannot be read: {error}") from error
    for name, annotation in hints.items():
        if get_origin(annotation) is Annotated and role in get_args(annotation):
            if name in OWN:
                raise TypeError(f"{kind.__name__}.{name} cannot be a prop: choose another name")
            try:
                yield Declared(name, get_args(annotation)[0], getattr(kind, name, REQUIRED))
            except TypeError as error:
                raise TypeError(f"{kind.__name__}.{name}: {error}") from None
