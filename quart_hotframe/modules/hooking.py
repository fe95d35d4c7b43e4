"""Hooks as a kind of contribution: they come, serve and go with their owner."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from ..errors import ClashError
from ..hooks import Event
from ..hooks import HookTable
from ..hooks.table import Hook
from ..hooks.table import Render
from ..runtime.contribution import Contribution


class HooksKind:
    """Collects the hooks of an owner and merges those of all into a table.

    :param render_component: renders the components that fill outlets.
    """

    name = "hooks"

    def __init__(self, render_component: Render) -> None:
        self._render_component = render_component

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> tuple[Hook, ...]:
        """Return what the module's files registered."""
        return tuple(sources["hooks"])

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield the clash of an event that two owners declare."""
        own = _declared(items)
        for owner, hooks in others:
            try:
                HookTable.merge([(owner, _declared(hooks)), ("this module", own)])
            except ClashError as error:
                yield str(error)

    def merge(self, owners: Iterable[tuple[str, Sequence[Hook] | None]]) -> HookTable:
        """Return the table of a generation."""
        shares = ((owner, hooks or ()) for owner, hooks in owners)
        return HookTable.merge(shares, self._render_component)

    def dispose(self, items: Any) -> None:
        """Do nothing: tables alone hold the receivers."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: no table ever held the receivers."""


def _declared(hooks: Sequence[Hook] | None) -> list[Event]:
    """Return the events among hooks: receivers never clash."""
    return [hook for hook in hooks or () if isinstance(hook, Event)]
