"""Names of the file that is served: what has not changed since keeps them, as they pack well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from .packing import Part
from .scopes import Variable


def kept_names(
    parts: Mapping[str, Part], before: Mapping[str, str], refused: AbstractSet[str]
) -> dict[Variable, str]:
    """Return the names that variables of unchanged functions had.

    :param parts: the functions by their names, as they are now.
    :param before: their code as it was.
    :param refused: names that no variable may have now.
    """
    names: dict[Variable, str] = {}
    for name, part in parts.items():
        for variable, short in _names_in(part, before.get(name, "")):
            if short not in refused:
                names.setdefault(variable, short)
    return names


def _names_in(part: Part, code: str) -> Iterator[tuple[Variable, str]]:
    found = re.fullmatch("([a-z]+)".join(map(re.escape, part.pieces)), code)
    return zip(part.places, found.groups() if found else (), strict=False)


def with_fresh_names(
    names: Mapping[Variable, str],
    wanted: Sequence[Variable],
    apart: Mapping[Variable, AbstractSet[Variable]],
    words: Sequence[str],
) -> dict[Variable, str]:
    """Return the names, and others for those that have none or one that is taken.

    :param apart: for each variable those whose name it may not have.
    :param words: what may be a name, the best first.
    """
    found: dict[Variable, str] = {}
    for variable in sorted(wanted, key=lambda one: one not in names):
        taken = {found[other] for other in apart.get(variable, ()) if other in found}
        short = names.get(variable)
        if short is None or short in taken:
            short = next(word for word in words if word not in taken)
        found[variable] = short
    return found
