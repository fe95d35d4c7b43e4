"""Fillers of outlets that no page has: told in development, with the nearest name."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from collections.abc import Iterable
from threading import Lock

from ..errors import nearest
from .fillers import TemplateFiller
from .names import matches
from .receiver import Receiver

logger = logging.getLogger("quart_hotframe.hooks")

_CALL = re.compile(r"\boutlet\(\s*(?:(['\"])(?P<name>[^'\"]+)\1\s*[,)])?")


class UnknownOutlets:
    """Tells once of each filler that has no place, or a template that is not there."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._lock = Lock()  # threads look

    def tell(
        self, fillers: Iterable[Receiver], outlets: Collection[str] | None, templates: list[str]
    ) -> None:
        """Log what is wrong with fillers.

        :param outlets: the names of those that there are, ``None`` when that is not known.
        :param templates: the names of all templates.
        """
        sentences = (_wrong(filler, outlets, templates) for filler in fillers)
        found = {one for one in sentences if one is not None}
        with self._lock:
            for sentence in sorted(found - self._told):
                logger.warning(sentence)
            self._told = found


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
