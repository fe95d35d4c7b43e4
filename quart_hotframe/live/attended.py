"""What calls an instance while a page listens: its timers, and its topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .refusing import Gone
from .timers import Timers
from .topic_events import TopicEvents

if TYPE_CHECKING:
    from .facade import Live
    from .held import Held


class Attended:
    """Timers and topics of one instance, as the class says that is mounted."""

    def __init__(self, live: Live, held: Held) -> None:
        self._live = live
        self._held = held
        self._timers: Timers | None = None
        self._topics: TopicEvents | None = None
        self._begin()

    def _begin(self) -> None:
        held, live = self._held, self._live
        try:
            self._timers = Timers(live, held)
            if held.cursor is not None:
                self._topics = TopicEvents(live, held, held.cursor)
        except Gone:  # until another generation has it again
            return

    def renew(self) -> None:
        """Begin anew, because another class is mounted now, or none."""
        self.stop()
        self._begin()

    def stop(self) -> None:
        """Call it no more; what has begun comes to its end."""
        if self._timers is not None:
            self._timers.stop()
        if self._topics is not None:
            self._topics.stop()
        self._timers = self._topics = None
