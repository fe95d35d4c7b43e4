"""Bare blueprints that one process serves: what ``HotFrame.mount`` does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from quart import Blueprint

from .config import Settings
from .errors import SetupError
from .modules import serving
from .modules.calling import within
from .runtime.contribution import Contribution
from .runtime.drain import drain
from .runtime.generation import Generation
from .runtime.runtime import Runtime
from .runtime.scratch import register
from .runtime.scratch import Registration
from .security.guards import placing
from .security.protection import Protection

log = logging.getLogger("quart_hotframe")


class Mounts:
    """The blueprints that were mounted without a module around them."""

    def __init__(self, runtime: Runtime, settings: Settings, security: Protection) -> None:
        self._runtime = runtime
        self._settings = settings
        self._security = security
        self._mounted: dict[str, Contribution] = {}

    async def mount(self, blueprint: Blueprint, options: Mapping[str, Any]) -> None:
        """Serve a blueprint; see :meth:`HotFrame.mount`."""
        name = options.get("name", blueprint.name)
        if name in self._runtime.current.contributions:
            raise SetupError(f"{name!r} is mounted already: unmount it first.")
        brought = register(self._runtime.host, name, [Registration(blueprint, dict(options))])
        _refuse_misplaced(brought.views)
        limits = self._runtime.kinds["limits"].collect(brought, {})
        brought.items |= {"hooks": (), "limits": limits, **self._security.items_of(brought)}
        self._compose_with(brought)  # a clash shows before any of its code runs
        await serving.start(self._runtime, brought)
        self._runtime.publish(self._compose_with(brought))
        self._mounted[name] = brought

    def _compose_with(self, brought: Contribution) -> Generation:
        mounted = self._runtime.current.contributions.values()
        return self._runtime.compose([*mounted, brought])

    def unmount(self, name: str) -> None:
        """Serve a blueprint no longer; see :meth:`HotFrame.unmount`."""
        if name not in self._mounted:
            raise SetupError(f"No blueprint {name!r} was mounted with mount().")
        gone = self._mounted.pop(name)
        rest = [c for c in self._runtime.current.contributions.values() if c.owner != name]
        self._runtime.publish(self._runtime.compose(rest))
        self._runtime.spawn(self._let_go(gone))

    def unmount_all(self) -> None:
        """Serve none of them any longer."""
        for name in list(self._mounted):
            self.unmount(name)

    async def _let_go(self, gone: Contribution) -> None:
        left = await drain(self._runtime, gone, self._settings.drain_timeout)
        if left:
            log.error("%r has departed, but its code may still run: %s. A restart of this process "
                      "is advised.", gone.owner, "; ".join(left))  # fmt: skip
        try:
            await within(self._settings.lifecycle_timeout, serving.stop(self._runtime, gone))
        except TimeoutError:
            log.error("What %r does when its serving ends did not end in time.", gone.owner)


def _refuse_misplaced(views: Mapping[str, Any]) -> None:
    """Refuse views whose ``@guard`` stands where it guards nothing.

    :raises SetupError: naming file and line.
    """
    for sentence in placing.misplaced(views).values():
        raise SetupError(sentence)
