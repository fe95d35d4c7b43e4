"""The limits of the app's own views."""

from __future__ import annotations

from ...runtime.runtime import Runtime
from .checking import Limits
from .kind import BEFORE
from .kind import checks
from .kind import Table
from .kind import table_of


class HostLimits:
    """Checks limits of the app's own views before everything else that runs before a request.

    An app without any runs nothing of it once it serves, so its pages cost what they cost before.
    """

    def __init__(self, runtime: Runtime, limits: Limits) -> None:
        self._own = runtime.host.own
        self._checks = checks(limits, self._table)
        self._found: Table = {}
        self._count = -1
        self._set(present=True)  # a test need not serve

    def follow(self) -> None:
        """Look for limits anew, and be there only where there are some."""
        self._count = -1
        self._set(present=bool(self._table()))

    def _table(self) -> Table:
        views = self._own["view_functions"]
        if len(views) != self._count:  # an app that does not serve does not tell of new ones
            self._found, self._count = table_of(views, self._own["blueprints"]), len(views)
        return self._found

    def _set(self, *, present: bool) -> None:
        """Put the checks at the first place, or take them away."""
        for attribute, check in zip(BEFORE, self._checks, strict=True):
            functions = self._own[attribute]
            rest = [one for one in functions[None] if one is not check]
            functions[None] = [check, *rest] if present else rest
