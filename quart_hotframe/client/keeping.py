"""Names of the file that is served: what has not changed since keeps them, as they pack well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher

from .packing import Part
from .scopes import Variable

_SHORT = re.compile(r"\b([a-z]{1,2})\b")  # a name, or a word of a text that is as short


def kept_names(
    parts: Mapping[str, Part], before: Mapping[str, str], refused: AbstractSet[str]
) -> dict[Variable, str]:
    """Return the names that variables had where their code has not changed.

    :param parts: the functions by their names, as they are now.
    :param before: their code as it was.
    :param refused: names that no variable may have now.
    """
    votes: dict[Variable, Counter[str]] = {}
    for name, part in parts.items():
        for variable, short in _names_in(part, before.get(name, "")):
            if short not in refused:
                votes.setdefault(variable, Counter())[short] += 1
    return {variable: found.most_common(1)[0][0] for variable, found in votes.items()}


def _names_in(part: Part, code: str) -> Iterator[tuple[Variable, str]]:
    """Yield the names between two stretches of text that are still one after the other."""
    now: list[str] = []
    places: list[Variable | None] = []
    for piece, variable in zip(part.pieces, [*part.places, None], strict=True):
        texts = _SHORT.split(piece)
        now += texts[0::2]
        places += [*(None for _ in texts[1::2]), variable]
    old = _SHORT.split(code)
    same = SequenceMatcher(None, now, old[0::2], autojunk=False)
    for here, there, length in same.get_matching_blocks():
        shorts = old[2 * there + 1 :: 2]
        for variable, short in zip(places[here : here + length - 1], shorts, strict=False):
            if variable:
                yield variable, short


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
