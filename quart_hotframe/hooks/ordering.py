"""The order of what fills outlets: by priority, unless one says whom it comes before or after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from heapq import heapify
from heapq import heappop
from heapq import heappush

from ..errors import ClashError
from ..errors import SetupError
from ..runtime.contribution import HOST
from .names import has_wildcard
from .names import matches
from .receiver import Receiver

Owners = str | Collection[str]
"""One module, or several; ``"app"`` is the app itself."""
Earlier = Mapping[Receiver, set[Receiver]]


def owners_in(given: Owners, owner: str) -> frozenset[str]:
    """Return the owners that a filler of *owner* names.

    :raises SetupError: these are no names, or one is its own.
    """
    names = [given] if isinstance(given, str) else list(given)
    for name in names:
        if not isinstance(name, str) or not name:
            raise SetupError(f"before= and after= take names of modules, not {name!r}.")
        if name == owner:
            raise SetupError(
                f"{owner!r} cannot come before or after itself: its own fillers are in the order "
                "of priority=, then as they were registered."
            )
    return frozenset(names)


def in_order(fillers: Sequence[Receiver]) -> list[Receiver]:
    """Return fillers in running order: the first of those comes next that wait for nobody.

    :param fillers: in the order of those that say nothing.
    :raises ClashError: some wait for each other; all owners are named.
    """
    if not any(filler.before or filler.after for filler in fillers):
        return list(fillers)
    earlier = _earlier(fillers)
    later: dict[Receiver, list[int]] = defaultdict(list)
    for rank, filler in enumerate(fillers):
        for one in earlier[filler]:
            later[one].append(rank)
    counts = [len(earlier[filler]) for filler in fillers]
    free = [rank for rank, count in enumerate(counts) if not count]
    heapify(free)
    ordered: list[Receiver] = []
    while free:
        ordered.append(fillers[heappop(free)])
        for rank in later[ordered[-1]]:
            counts[rank] -= 1
            if not counts[rank]:
                heappush(free, rank)
    if len(ordered) < len(fillers):
        raise _circle(fillers, earlier, ordered)
    return ordered


def _earlier(fillers: Sequence[Receiver]) -> Earlier:
    """Return who must have come before each filler."""
    owned: dict[str, list[Receiver]] = defaultdict(list)
    for filler in fillers:
        owned[filler.owner].append(filler)
    earlier: dict[Receiver, set[Receiver]] = {filler: set() for filler in fillers}
    for filler in fillers:
        for owner in filler.before:
            for other in owned.get(owner, ()):
                if _meet(filler, other):
                    earlier[other].add(filler)
        for owner in filler.after:
            earlier[filler].update(one for one in owned.get(owner, ()) if _meet(filler, one))
    return earlier


def _meet(one: Receiver, other: Receiver) -> bool:
    """Say whether two fillers may be in one outlet; two patterns may."""
    first, second = str(one.target), str(other.target)
    if has_wildcard(first):
        return has_wildcard(second) or matches(first, second)
    return matches(second, first)


def _circle(
    fillers: Sequence[Receiver], earlier: Earlier, ordered: Collection[Receiver]
) -> ClashError:
    """Return the error about fillers each of which waits for the next."""
    placed = set(ordered)
    path = [next(one for one in fillers if one not in placed)]
    while path.index(path[-1]) == len(path) - 1:
        path.append(next(one for one in earlier[path[-1]] if one not in placed))
    circle = path[path.index(path[-1]) :]
    owners = {one.owner for one in circle} - {HOST}
    last = next((one.owner for one in reversed(fillers) if one.owner in owners), None)
    names = " after ".join(repr(one.owner) for one in circle)
    return ClashError(
        f"The fillers of the outlet {str(circle[0].target)!r} are in a circle: {names}. Take a "
        "before= or an after= out.",
        module=last,
    )
