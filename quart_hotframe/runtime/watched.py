"""Dictionaries that notice each of their changes."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any


class Watched(dict[str, Any]):
    """A dictionary whose every change goes through ``__setitem__`` and ``__delitem__``."""

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several names."""
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return the value of a name, set to *default* if it is absent."""
        if name not in self:
            self[name] = default
        return self[name]

    def pop(self, name: str, *default: Any) -> Any:
        """Take a name out and return its value."""
        if name not in self and default:
            return default[0]
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last name out and return it with its value."""
        if not self:
            raise KeyError("there are no names")
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        """Take all names out."""
        for name in list(self):
            del self[name]


class Telling(Watched):
    """A dictionary that tells of each change, after it.

    A copy is a plain dictionary.

    :param changed: called without arguments.
    """

    def __init__(self, values: Mapping[str, Any], changed: Callable[[], None]) -> None:
        super().__init__(values)
        self._changed = changed

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._changed()

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)
