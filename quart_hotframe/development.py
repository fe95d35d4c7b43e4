"""In development: what helps those who write the app, and is not there for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .advice import Advice
from .components.assets import Assets
from .components.awaiting import refuse_unawaited
from .config import Settings
from .runtime.generation import Generation
from .runtime.runtime import Runtime
from .security.protection import Protection

# Both are imported where they are wanted only.
if TYPE_CHECKING:
    from .loop_watch import LoopWatch


class Development:
    """Checks of templates, the gallery, advice, and the watch on the event loop.

    :param security: protects the pages of the gallery.
    :param assets: what the gallery serves of components.
    """

    def __init__(
        self, runtime: Runtime, settings: Settings, security: Protection, assets: Assets
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._security = security
        self._assets = assets
        self._advice = Advice(runtime)
        self._loop_watch: LoopWatch | None = None

    def serve(self) -> None:
        """Let an app in debug mode have its gallery, and refuse what nobody awaits."""
        if self._runtime.app.debug:
            refuse_unawaited(self._runtime.own_environment())
            self._show_gallery()

    def _show_gallery(self) -> None:
        from .components.gallery.view import add_gallery

        self._security.bind_own(add_gallery(self._runtime.app, self._assets))
        self._runtime.refresh()

    def look(self, generation: Generation) -> None:
        """Tell of what modules bring and nobody can see."""
        self._advice.look(generation)

    def watch(self) -> None:
        """Tell from now on which line holds the running event loop."""
        chosen, milliseconds = self._settings.loop_watch, self._settings.loop_watch_ms
        if milliseconds and (self._runtime.app.debug if chosen is None else chosen):
            from .loop_watch import LoopWatch

            self._loop_watch = LoopWatch(milliseconds / 1000)

    def stop(self) -> None:
        """Watch the loop no longer."""
        if self._loop_watch is not None:
            self._loop_watch.stop()
            self._loop_watch = None
