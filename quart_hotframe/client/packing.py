"""Which short names and which order make a text that packs well: found by trying."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .scopes import Bindings
from .scopes import Scope
from .scopes import Variable

SEED = 7
FRESH = 0.3  # of the names that are tried nobody has
MOVES = 0.35  # of the tries are another order
LONGEST = 3  # functions that are moved together
OFTEN = "etnrisoaclduhpmf"


@dataclass(frozen=True)
class Part:
    """A stretch of code.

    :param pieces: the text around the names: one more than there are *places*.
    :param places: the variable that is named after each piece.
    """

    pieces: Sequence[str]
    places: Sequence[Variable]

    def written(self, names: Mapping[Variable, str]) -> str:
        """Return the code."""
        said = [self.pieces[0]]
        for variable, piece in zip(self.places, self.pieces[1:], strict=True):
            said += (names[variable], piece)
        return "".join(said)


class Packing:
    """Looks for better names of variables, and for a better order of functions.

    :param functions: what may stand in any order; commas come between.
    :param rest: what follows them.
    :param refused: names that no variable may have.
    """

    def __init__(
        self,
        functions: Sequence[Part],
        rest: Part,
        names: Mapping[Variable, str],
        bindings: Bindings,
        refused: Iterable[str],
    ) -> None:
        self._parts = [*functions, rest]
        self._apart = apart(bindings.top, bindings.members)
        self._refused = {*refused}
        self._names = dict(names)
        self._variables = [*names]
        self._random = Random(SEED)
        self._found_in: dict[Variable, set[int]] = {}
        for number, part in enumerate(self._parts):
            for variable in part.places:
                self._found_in.setdefault(variable, set()).add(number)
        self._texts = [part.written(self._names) for part in self._parts]
        self.order = [*range(len(functions))]
        self._least = len(zlib.compress(self.text.encode(), 9))

    @property
    def text(self) -> str:
        """The code with the names and the order that were found."""
        return self._joined(self.order, self._texts)

    def improve(self, tries: int) -> None:
        """Find names and an order with which the text is smaller, packed."""
        for _ in range(tries):
            if len(self.order) > 1 and self._random.random() < MOVES:
                self._try_order()
            else:
                self._try_name()

    def _try_order(self) -> None:
        start, end = (
            self._random.randrange(len(self.order)),
            self._random.randrange(len(self.order)),
        )
        stop = start + self._random.randint(1, LONGEST)
        order = self.order[:start] + self.order[stop:]
        order[end:end] = self.order[start:stop]
        if self._is_better(order, self._texts):
            self.order = order

    def _try_name(self) -> None:
        one = self._random.choice(self._variables)
        change = self._swapped(one, self._any_name())
        if change is None:
            return
        names = {**self._names, **change}
        texts = [*self._texts]
        for number in set().union(*(self._found_in[variable] for variable in change)):
            texts[number] = self._parts[number].written(names)
        if self._is_better(self.order, texts):
            self._names, self._texts = names, texts

    def _any_name(self) -> str:
        if self._random.random() < FRESH:
            return "".join(self._random.choices(OFTEN, k=self._random.randint(1, 2)))
        return self._names[self._random.choice(self._variables)]

    def _swapped(self, one: Variable, name: str) -> dict[Variable, str] | None:
        """Return a change that gives a variable a name, or ``None`` where that is not possible."""
        had = self._names[one]
        if name == had or name in self._refused:
            return None
        others = [other for other in self._apart[one] if self._names[other] == name]
        if len(others) > 1 or any(self._names[far] == had for far in self._near(others, one)):
            return None
        return {one: name, **dict.fromkeys(others, had)}

    def _near(self, others: Sequence[Variable], one: Variable) -> set[Variable]:
        return {far for other in others for far in self._apart[other]} - {one}

    def _is_better(self, order: Sequence[int], texts: Sequence[str]) -> bool:
        """Say whether a text is not larger than the best, and take note of its size then."""
        size = len(zlib.compress(self._joined(order, texts).encode(), 9))
        if size > self._least:
            return False
        self._least = size
        return True

    def _joined(self, order: Sequence[int], texts: Sequence[str]) -> str:
        begin = "let " if order else ""
        return begin + ",".join(texts[number] for number in order) + texts[-1]


def apart(*scopes: Scope) -> dict[Variable, set[Variable]]:
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
