"""Slots: the places in a component's template that its user fills."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from typing import Any

from ..errors import nearest

DEFAULT = "default"
"""The slot for what stands between the tags, outside of any ``{% slot %}``."""

Fill = Callable[..., Any]
"""Prints what a slot is filled with, where the template of the component has the place."""


class Taking:
    """A fill that takes values from the place: ``{% slot "row" let row %}``.

    :param print: called with the values, in the order of their names.
    :param line: where it stands.
    """

    __slots__ = ("line", "names", "print")

    def __init__(self, print: Fill, names: tuple[str, ...], line: int) -> None:
        self.print = print
        self.names = names
        self.line = line

    def wrong(self, given: Collection[str]) -> str | None:
        """Return what is wrong, if the place does not give what this takes.

        :param given: the names of what the place gives.
        """
        absent = next((name for name in self.names if name not in given), None)
        if absent is None:
            return None
        gives = f" It gives: {', '.join(given)}." if given else " It gives nothing."
        return f"gives no {absent!r}.{nearest(absent, given) or gives}"


def filled(fill: Fill | Taking, given: Mapping[str, Any]) -> Any:
    """Print a fill in a place that gives values."""
    if isinstance(fill, Taking):
        return fill.print(*[given[name] for name in fill.names])
    return fill()


class Slots:
    """Says which slots of a use are filled: ``{% if slots.footer %}``."""

    __slots__ = ("_fills",)

    def __init__(self, fills: Mapping[str, Any]) -> None:
        self._fills = fills

    def __getitem__(self, name: str) -> bool:
        return name in self._fills

    def __getattr__(self, name: str) -> bool:
        if name.startswith("__"):
            raise AttributeError(name)
        return name in self._fills


def to_fills(texts: Mapping[str, Any]) -> dict[str, Fill]:
    """Return fills for ready values; the place escapes what is no markup, as any output."""
    return {name: _printing(value) for name, value in texts.items()}


def _printing(value: Any) -> Fill:
    return lambda: value
