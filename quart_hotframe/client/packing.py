"""Which short names make a text that packs well: found by trying, always the same ones."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from collections.abc import Sequence
from random import Random

from .scopes import Bindings
from .scopes import Scope
from .scopes import Variable

SEED = 7


class Packing:
    """Looks for better names of variables.

    :param pieces: the text around the names: one more than there are *places*.
    :param places: the variable that is named after each piece.
    :param refused: names that no variable may have.
    """

    def __init__(
        self, pieces: Sequence[str], places: Sequence[Variable], bindings: Bindings,
        refused: set[str],
    ) -> None:  # fmt: skip
        self._pieces = pieces
        self._places = places
        self._refused = refused
        self._apart = _apart(bindings.top, bindings.members)
        self._random = Random(SEED)

    def improve(self, names: Mapping[Variable, str], tries: int) -> dict[Variable, str]:
        """Return names with which the text is smaller, packed."""
        best = dict(names)
        variables = [*best]
        size = self._size(best)
        for _ in range(tries):
            one, other = self._random.choice(variables), self._random.choice(variables)
            change = self._swapped(best, one, best[other])
            if change is None:
                continue
            found = self._size({**best, **change})
            if found <= size:
                size = found
                best |= change
        return best

    def _swapped(
        self, names: Mapping[Variable, str], one: Variable, name: str
    ) -> dict[Variable, str] | None:
        """Return a change that gives a variable a name, or ``None`` where that is not possible."""
        had = names[one]
        if name == had or name in self._refused:
            return None
        others = [other for other in self._apart[one] if names[other] == name]
        if len(others) > 1 or any(names[far] == had for far in self._near(others, one)):
            return None
        return {one: name, **dict.fromkeys(others, had)}

    def _near(self, others: Sequence[Variable], one: Variable) -> set[Variable]:
        return {far for other in others for far in self._apart[other]} - {one}

    def _size(self, names: Mapping[Variable, str]) -> int:
        text = [self._pieces[0]]
        for variable, piece in zip(self._places, self._pieces[1:], strict=True):
            text += (names[variable], piece)
        return len(zlib.compress("".join(text).encode(), 9))


def _apart(*scopes: Scope) -> dict[Variable, set[Variable]]:
    """Return for each variable those whose name it may not have: both are meant somewhere."""
    found: dict[Variable, set[Variable]] = {}
    waiting = [*scopes]
    while waiting:
        scope = waiting.pop()
        waiting += scope.inner
        meant = scope.reached | set(scope.variables.values())
        for one in meant:
            found.setdefault(one, set()).update(meant)
    for one, others in found.items():
        others.discard(one)
    return found
