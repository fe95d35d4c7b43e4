"""The names under which the app may be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import BadRequest

_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class TrustedHosts:
    """Knows the names of the app.

    :param names: hosts without a port; ``.example.org`` is example.org and all below it.
    """

    def __init__(self, names: Iterable[str]) -> None:
        given = [name.lower() for name in names]
        self._names = frozenset(name.removeprefix(".") for name in given)
        self._suffixes = tuple(name for name in given if name.startswith("."))

    def knows(self, request: Any) -> bool:
        """Say whether a request is for one of them."""
        found = _HOST.fullmatch((request.headers.get("Host") or "").lower())
        if found is None:
            return False
        return found[1] in self._names or found[1].endswith(self._suffixes)

    def check(self, request: Any) -> None:
        """Let a request pass whose host is known.

        :raises BadRequest: it is not.
        """
        if not self.knows(request):
            raise BadRequest("This site has another name.")
