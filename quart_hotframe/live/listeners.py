"""Who listens to one instance, and what calls it as long as somebody does."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .attended import Attended
from .change import Frame

if TYPE_CHECKING:
    from .held import Held

Listener = Callable[[Frame], None]


class Listeners:
    """Functions that are called with a frame ``{"id", "version", "patches"}`` after a change.

    The answer to a request of the page is no such change: the page has it already.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._attended: Attended | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    @contextmanager
    def listening(self, held: Held, listener: Listener) -> Iterator[None]:
        """Give the frames of an instance to a function; meanwhile its timers and topics call it."""
        self._listeners.append(listener)
        if self._attended is None:
            self._attended = Attended(held.live, held)
        try:
            yield
        finally:
            self._listeners.remove(listener)
            if not self._listeners and self._attended is not None:
                self._attended.stop()
                self._attended = None

    def renew(self) -> None:
        """Let timers and topics go on in another version of the class, if somebody listens."""
        if self._attended is not None:
            self._attended.renew()

    def tell(self, frame: Frame) -> None:
        """Give a frame to all of them."""
        for listener in list(self._listeners):
            listener(frame)
