"""Which signals tell that a process serves another set of modules."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from blinker import NamedSignal

from .. import signals
from .store import Wanted


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
