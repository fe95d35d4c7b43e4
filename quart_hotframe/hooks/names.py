"""Names of events, filters and outlets, patterns of names, and the look-up by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Sequence
from fnmatch import fnmatchcase

from ..errors import SetupError
from .receiver import Receiver

# Names come from code, so there are few; the bound holds even where one is made from data.
CACHE_SIZE = 1024

_NAME = re.compile(r"[^\s.]+(\.[^\s.]+)*")


def has_wildcard(name: str) -> bool:
    """Return whether a name is a pattern."""
    return "*" in name or "?" in name or "[" in name


def check_name(name: str, *, pattern: bool = False) -> str:
    """Return the name if it is well formed.

    :param name: segments without white space, separated by dots.
    :param pattern: whether wildcards are allowed.
    :raises SetupError: it is not well formed.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SetupError(
            f"{name!r} is no name for a hook: write words separated by single dots, "
            'such as "order.paid".'
        )
    if not pattern and has_wildcard(name):
        raise _wildcard_in_name(name)
    return name


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern covers a name.

    ``*``, ``?`` and ``[abc]`` match inside one segment; ``**`` as a segment stands for any number
    of segments, also none.

    >>> matches("order.*", "order.paid"), matches("order.*", "order.line.added")
    (True, False)
    >>> matches("order.**", "order.line.added"), matches("order.**", "order")
    (True, True)
    """
    return _match(pattern.split("."), name.split("."))


def _match(pattern: list[str], name: list[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return _match(pattern[1:], name) or (bool(name) and _match(pattern, name[1:]))
    return bool(name) and fnmatchcase(name[0], pattern[0]) and _match(pattern[1:], name[1:])


def _wildcard_in_name(name: str) -> SetupError:
    return SetupError(
        f"{name!r} has a wildcard: only @hooks.on, @hooks.filter and @hooks.outlet take patterns; "
        "declare, send, apply and render exact names."
    )


class NameIndex:
    """Receivers by name, in the order they run.

    :param receivers: receivers with names or patterns, in running order.
    """

    __slots__ = ("_exact", "_found", "_patterns", "_ranks")

    def __init__(self, receivers: Sequence[Receiver]) -> None:
        self._ranks = {receiver: rank for rank, receiver in enumerate(receivers)}
        self._patterns: list[tuple[str, Receiver]] = []
        exact: dict[str, list[Receiver]] = {}
        for receiver in receivers:
            name = str(receiver.target)
            if has_wildcard(name):
                self._patterns.append((name, receiver))
            else:
                exact.setdefault(name, []).append(receiver)
        self._exact = {name: tuple(found) for name, found in exact.items()}
        self._found: dict[str, tuple[Receiver, ...]] = {} if self._patterns else self._exact

    def __iter__(self) -> Iterator[Receiver]:
        return iter(self._ranks)

    @property
    def names(self) -> list[str]:
        """The names and patterns that somebody listens to."""
        return [str(receiver.target) for receiver in self._ranks]

    def find(self, name: str) -> tuple[Receiver, ...]:
        """Return the receivers of an exact name, in running order.

        :raises SetupError: the name has a wildcard.
        """
        found = self._found.get(name)
        return self._resolve(name) if found is None else found

    def _resolve(self, name: str) -> tuple[Receiver, ...]:
        if has_wildcard(name):
            raise _wildcard_in_name(name)
        if not self._patterns:
            return ()
        found = [*self._exact.get(name, ())]
        found += [receiver for pattern, receiver in self._patterns if matches(pattern, name)]
        return self._remember(name, tuple(sorted(found, key=self._ranks.__getitem__)))

    def _remember(self, name: str, found: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
        if len(self._found) >= CACHE_SIZE:
            self._found.clear()
        self._found[name] = found
        return found
