"""Slots: the places in a component's template that its user fills."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

DEFAULT = "default"
"""The slot for what stands between the tags, outside of any ``{% slot %}``."""

Fill = Callable[[], Any]
"""Prints what a slot is filled with, where the template of the component has the place."""


class Slots:
    """Says which slots of a use are filled: ``{% if slots.footer %}``."""

    __slots__ = ("_fills",)

    def __init__(self, fills: Mapping[str, Fill]) -> None:
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
