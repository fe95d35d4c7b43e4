"""The ids of live components: they say which component stands where on a page."""

from __future__ import annotations

import logging
import re
from typing import Any

from quart import current_app

from ..errors import ComponentError
from ..security.digests import digest

log = logging.getLogger("quart_hotframe.live")

_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Ids:
    """The ids that are used below one place: a page, or a component that has others in it.

    :param above: the id of that component.
    """

    def __init__(self, above: str = "") -> None:
        self._begin = f"{above}." if above else ""
        self._used: set[str] = set()

    def take(self, name: str, key: Any, file: str | None, line: int | None) -> str:
        """Return the id of a use: the name of the component, and its key if there is one.

        :raises ComponentError: in debug mode, when two of one kind have the same key.
        """
        plain = self._begin + name.replace(":", "-")
        wanted = plain if key is None else f"{plain}-{_text(key)}"
        found, number = wanted, 1
        while found in self._used:
            number += 1
            found = f"{wanted}-{number}"
        if found != wanted and key is not None:
            _tell(name, key, file, line)
        self._used.add(found)
        return found


def _text(key: Any) -> str:
    text = str(key)
    return text if _PLAIN.fullmatch(text) else digest(text)[:16]


def _tell(name: str, key: Any, file: str | None, line: int | None) -> None:
    error = ComponentError(
        f"Two components {name!r} have the key {key!r} here: each needs another.",
        component=name, file=file, line=line,
    )  # fmt: skip
    if current_app.debug:
        raise error
    log.warning("%s", error)
