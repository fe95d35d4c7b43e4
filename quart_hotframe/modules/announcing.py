"""The signals that tell what happens to modules."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from blinker import NamedSignal
from quart import Quart

from .. import signals
from ..errors import HotFrameError
from .listing import Listing
from .settings import Values
from .state import Wanted

log = logging.getLogger("quart_hotframe.modules")


class Announcer:
    """Sends the signals of one app, with the records of its modules.

    A receiver that fails is logged and changes nothing about what is told.
    """

    def __init__(self, app: Quart, listing: Listing) -> None:
        self._app = app
        self._listing = listing

    async def tell(self, signal: NamedSignal, **arguments: Any) -> None:
        """Send a signal."""
        if not signal.receivers:
            return
        wrap: Any = self._app.ensure_async
        try:
            await signal.send_async(self._app, _sync_wrapper=wrap, **arguments)
        except Exception:
            log.exception("A receiver of the signal %r failed.", signal.name)

    async def tell_failure(self, name: str, failure: HotFrameError) -> None:
        """Tell that a module could not do what was asked of it."""
        if name in self._listing.names():
            await self.tell(signals.module_failed, module=self._listing[name], exception=failure)

    async def tell_configured(self, changed: Mapping[str, tuple[Values, Values]]) -> None:
        """Tell which settings a process uses now: values before and after, by module."""
        for name, (old, new) in changed.items():
            if name in self._listing.names():
                record = self._listing[name]
                await self.tell(signals.module_configured, module=record, old=old, new=new)

    async def tell_changes(self, before: Mapping[str, Wanted], after: Mapping[str, Wanted]) -> None:
        """Tell what a process serves now."""
        for signal, name, arguments in announcements(before, after):
            if name in self._listing.names():
                await self.tell(signal, module=self._listing[name], **arguments)


def announcements(
    before: Mapping[str, Wanted], after: Mapping[str, Wanted]
) -> Iterator[tuple[NamedSignal, str, dict[str, Any]]]:
    """Return the signals to send, each with the name of the module and further arguments."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        served = _is_served(old), _is_served(new)
        if served == (False, True):
            yield signals.module_enabled, name, {}
        elif served == (True, False):
            yield signals.module_disabled, name, {}
        elif served == (True, True) and old is not None and new is not None:
            if (old.source, old.version) != (new.source, new.version):
                yield _changed(old, new)


def _changed(old: Wanted, new: Wanted) -> tuple[NamedSignal, str, dict[str, Any]]:
    if (new.source, new.version) == (old.previous, old.previous_version):
        arguments = {"previous": old.version, "automatic": new.error is not None}
        return signals.module_rolled_back, new.name, arguments
    return signals.module_upgraded, new.name, {"previous": old.version}


def _is_served(wanted: Wanted | None) -> bool:
    return wanted is not None and wanted.enabled and not wanted.quarantined
