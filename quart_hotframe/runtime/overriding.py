"""Which owner's file of a name wins: one may stand in the place of what it requires."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from heapq import heapify
from heapq import heappop
from heapq import heappush


class Overriding:
    """The order in which owners are asked for what several of them may have.

    Dependents come before what they require, however far; where that leaves it open, the order is
    that of names.

    :param needs: the owners and what each of them requires.
    """

    def __init__(self, needs: Mapping[str, Collection[str]]) -> None:
        self._needs = {owner: [one for one in needs[owner] if one in needs] for owner in needs}
        self.owners = self._dependents_first()
        self._over: dict[str, tuple[str, ...]] = {}
        self._all: dict[str, frozenset[str]] = {}

    def over(self, owner: str) -> tuple[str, ...]:
        """Return who may stand in an owner's place, the first of which wins, and itself at last."""
        found = self._over.get(owner)
        if found is None:
            above = (one for one in self.owners if owner in self.required(one))
            found = self._over[owner] = (*above, owner)
        return found

    def of(self, path: str) -> tuple[str, ...]:
        """Return whom to ask for a file.

        One below the name of an owner, as ``shop/list.html``, is that of the owner or of who
        requires it; the others come last.
        """
        owner = path.partition("/")[0]
        if owner not in self._needs:
            return self.owners
        first = self.over(owner)
        return (*first, *(one for one in self.owners if one not in first))

    def required(self, owner: str) -> frozenset[str]:
        """Return all that an owner requires, also through others."""
        found = self._all.get(owner)
        if found is None:
            needs = self._needs[owner]
            found = self._all[owner] = frozenset(needs).union(*map(self.required, needs))
        return found

    def _dependents_first(self) -> tuple[str, ...]:
        waiting = dict.fromkeys(self._needs, 0)
        for needs in self._needs.values():
            for one in needs:
                waiting[one] += 1
        free = [owner for owner, count in waiting.items() if not count]
        heapify(free)
        found = []
        while free:
            found.append(heappop(free))
            for one in self._needs[found[-1]]:
                waiting[one] -= 1
                if not waiting[one]:
                    heappush(free, one)
        return tuple(found)
