"""Markup of a component that is cached: made by one, for all who give equal props."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from ..globals import current_hotframe
from ..pieces import keeping
from .component import Component
from .definition import Definition
from .keeping import key_of
from .registry import Components


class Kept:
    """The markup of one component with these props.

    The files that components within it bring are noted with it, and loaded at each use.

    :param values: the props, in order.
    :param attributes: what it is given beside them.
    """

    def __init__(
        self, found: Definition, components: Components, values: Sequence[Any],
        attributes: Mapping[str, Any],
    ) -> None:  # fmt: skip
        assert found.kind is not None and found.kind.cache is not None
        self._kind: type[Component] = found.kind
        self._ttl: float = found.kind.cache
        self._name = found.full_name
        self._components = components
        self._values = {one.name: value for one, value in zip(found.props, values, strict=True)}
        self._attributes = attributes

    def key(self) -> str:
        """Return the key.

        :raises Unfit: a prop has no text that stands for its value.
        """
        return key_of(self._name, self._components.version, self._values, self._attributes)

    async def get(self, key: str, make: Callable[[], Awaitable[Markup]]) -> Markup:
        """Return the markup; ``make`` is awaited when there is none."""

        async def made() -> dict[str, Any]:
            with keeping(self._name) as brought:
                html = await make()
            return {"html": str(html), "brought": list(brought)}

        kept = await current_hotframe.cache.get_or_set_for(
            self._kind.__module__, key, made, ttl=self._ttl, tags=self._tags()
        )
        inner = [self._components.find(name, None).elements() for name in kept["brought"]]
        return Markup("").join([*inner, Markup(kept["html"])])

    def _tags(self) -> Any:
        one = self._kind.__new__(self._kind)
        vars(one).update(self._values)
        return one.cache_tags()
