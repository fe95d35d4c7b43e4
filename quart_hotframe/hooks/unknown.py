"""Fillers of outlets that no page has: told in development, with the nearest name."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator

from ..errors import nearest
from .fillers import TemplateFiller
from .names import matches
from .receiver import Receiver

_CALL = re.compile(r"\boutlet\(\s*(?:(['\"])(?P<name>[^'\"]+)\1\s*[,)])?")


def unknown_outlets(
    fillers: Iterable[Receiver], outlets: Collection[str] | None, templates: list[str]
) -> Iterator[str]:
    """Yield a sentence for each filler that has no place, or whose template does not exist.

    :param outlets: the names of those that there are, ``None`` when that is not known.
    :param templates: the names of all templates.
    """
    for filler in fillers:
        sentence = _wrong(filler, outlets, templates)
        if sentence is not None:
            yield sentence


def unknown_owners(fillers: Iterable[Receiver], owners: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each owner that a filler comes before or after, and that is not there.

    :param owners: the names of all that are there.
    """
    for filler in fillers:
        for word, names in (("before", filler.before), ("after", filler.after)):
            for name in sorted(names.difference(owners)):
                yield (
                    f"{filler.label!r} of {filler.owner!r} fills the outlet {str(filler.target)!r} "
                    f"{word} {name!r}, which is not mounted.{nearest(name, owners)}"
                )


def outlets_named_in(sources: Iterable[str]) -> set[str] | None:
    """Return the names of outlets in templates; ``None`` when one of them is computed.

    >>> outlets_named_in(["{{ outlet('page.end') }}"]), outlets_named_in(["{{ outlet(name) }}"])
    ({'page.end'}, None)
    """
    found = set()
    for source in sources:
        for call in _CALL.finditer(source):
            if call["name"] is None:
                return None
            found.add(call["name"])
    return found


def _wrong(filler: Receiver, outlets: Collection[str] | None, templates: list[str]) -> str | None:
    name, how = str(filler.target), filler.function
    if isinstance(how, TemplateFiller) and how.template not in templates:
        near = nearest(how.template, templates)
        return (
            f"{filler.owner!r} fills the outlet {name!r} with the template {how.template!r}, which "
            f"does not exist.{near}"
        )
    if outlets is None or any(matches(name, one) for one in outlets):
        return None
    return (
        f"{filler.label!r} of {filler.owner!r} fills the outlet {name!r}, which no template names."
        f"{nearest(name, outlets)} One that only Python renders belongs into 'outlets' of its "
        "module's manifest."
    )
