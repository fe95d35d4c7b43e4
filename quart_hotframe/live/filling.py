"""What a page puts into the slots of a live component.

It stays on the page: an event renders the component without it, and the page keeps what it has.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from collections.abc import Mapping

from markupsafe import Markup

from ..components.slots import Fill
from ..components.slots import Slots

Filled = Mapping[str, Markup]
"""HTML by slot."""


async def filled(fills: Mapping[str, Fill] | None) -> Filled:
    """Return what a use puts into slots, made in the place of the use."""
    made: dict[str, Markup] = {}
    for name, fill in (fills or {}).items():
        html = fill()
        made[name] = Markup(await html if inspect.isawaitable(html) else html)
    return made


class Filling:
    """The slots in one rendering.

    ``names`` are those that are filled.

    :param id: of the instance.
    :param given: ``None`` when only the page has what is in them.
    :param known: the names that were filled when the page was made.
    """

    def __init__(self, id: str, given: Filled | None, known: list[str]) -> None:
        self._id = id
        self._given = given
        self.names = known if given is None else sorted(given)

    def place(self, name: str) -> Callable[[], Markup] | None:
        """Return what prints a slot, ``None`` where nothing was put into it."""
        return (lambda: self._element(name)) if name in self.names else None

    def slots(self) -> Slots:
        """Return what says in the template which are filled."""
        return Slots(dict.fromkeys(self.names))

    def _element(self, name: str) -> Markup:
        if self._given is None:
            return Markup('<hf-slot id="{}.{}" hf-keep></hf-slot>').format(self._id, name)
        begin = Markup('<hf-slot id="{}.{}">').format(self._id, name)
        return begin + self._given[name] + Markup("</hf-slot>")
