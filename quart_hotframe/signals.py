"""Signals of the life of modules.

The sender is always the app; everything else comes by keyword. They are sent with ``send_async``
and can be connected with blinker or hooked with ``@hooks.on``::

    from quart_hotframe import signals

    @signals.module_enabled.connect
    async def announce(app, *, module): ...

``module`` is the module's record as in ``hotframe.modules["blog"]``, taken after the change.
Every worker sends the signals for itself.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

module_installed = _signals.signal("hotframe.module-installed")
"""Files are in place, not yet enabled. ``module``: its record."""

module_enabled = _signals.signal("hotframe.module-enabled")
"""This worker serves it. ``module``: its record."""

module_disabled = _signals.signal("hotframe.module-disabled")
"""This worker serves it no longer; files and data are kept. ``module``: its record."""

module_upgraded = _signals.signal("hotframe.module-upgraded")
"""This worker serves another version. ``module``: its record; ``previous``: the version before, a
string."""

module_rolled_back = _signals.signal("hotframe.module-rolled-back")
"""This worker serves the earlier version again. ``module``: its record; ``previous``: the version
that was left, a string; ``automatic``: true when nobody asked."""

module_uninstalled = _signals.signal("hotframe.module-uninstalled")
"""Its files are gone. ``module``: its last record; ``data``: ``"keep"`` or ``"drop"``."""

module_failed = _signals.signal("hotframe.module-failed")
"""It could not be loaded; what was served before is served on. ``module``: its record;
``exception``: why."""

module_degraded = _signals.signal("hotframe.module-degraded")
"""It serves, but failed too often. ``module``: its record; ``exception``: the last failure."""

module_configured = _signals.signal("hotframe.module-configured")
"""Somebody changed its settings, and this worker uses them. ``module``: its record; ``old`` and
``new``: the values of all its settings before and after, by name."""

generation_published = _signals.signal("hotframe.generation-published")
"""New requests see another generation. ``number``: rising within the process, an int;
``modules``: the names of the mounted modules, a tuple."""

operation_started = _signals.signal("hotframe.operation-started")
"""A change of the set of modules begins. ``operation``: its record."""

operation_finished = _signals.signal("hotframe.operation-finished")
"""A change has ended, well or not. ``operation``: its record; ``exception``: why it did not happen,
or ``None``."""
