"""Changes of components that wait for a stream, within limits."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Hashable
from itertools import count
from typing import NamedTuple


class Waiting(NamedTuple):
    """A frame that nobody took yet.

    :param source: whose truth it shows.
    """

    source: str
    text: str
    since: float


class Channel:
    """Frames between those who change something and the stream that tells of it.

    Putting never waits. A frame that shows a state replaces the one before of the same key. When
    too much waits, or the oldest for too long, all is dropped, and the sources of what was dropped
    are *behind*: the stream renders them anew from the truth.

    :param most_bytes: of frames, as characters.
    :param most_frames: that wait.
    :param longest: seconds that the oldest may wait.
    :param notify: called when there is something to take.
    """

    def __init__(
        self, most_bytes: int, most_frames: int, longest: float, notify: Callable[[], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._most_bytes = most_bytes
        self._most_frames = most_frames
        self._longest = longest
        self._notify = notify
        self._clock = clock
        self._waiting: OrderedDict[Hashable, Waiting] = OrderedDict()
        self._serial = count()
        self._behind: dict[str, None] = {}
        self.size = 0
        """Characters of what waits."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def has_any(self) -> bool:
        """Whether a frame waits, or a source is behind."""
        return bool(self._waiting or self._behind)

    def put(self, source: str, text: str, *, replaces: bool = False) -> None:
        """Add a frame.

        :param source: whose truth it shows, such as the id of an instance.
        :param replaces: whether it makes an earlier replaceable frame of its source needless.
        """
        key: Hashable = source if replaces else next(self._serial)
        self._remove(key)
        if source not in self._behind:
            self._waiting[key] = Waiting(source, text, self._clock())
            self.size += len(text)
            if self._is_over():
                self._drop_all()
        self._notify()

    def lag(self, source: str) -> None:
        """Let a source be rendered anew."""
        self._behind[source] = None
        self._notify()

    def next(self) -> str | None:
        """Return the oldest frame, or ``None``."""
        if not self._waiting:
            return None
        _, found = self._waiting.popitem(last=False)
        self.size -= len(found.text)
        return found.text

    def behind(self) -> str | None:
        """Return a source that is to be rendered anew; from now on it is not behind."""
        source = next(iter(self._behind), None)
        if source is not None:
            del self._behind[source]
        return source

    def _remove(self, key: Hashable) -> None:
        before = self._waiting.pop(key, None)
        if before is not None:
            self.size -= len(before.text)

    def _is_over(self) -> bool:
        oldest = next(iter(self._waiting.values()))
        return (
            self.size > self._most_bytes
            or len(self._waiting) > self._most_frames
            or self._clock() - oldest.since > self._longest
        )

    def _drop_all(self) -> None:
        self._behind |= dict.fromkeys(one.source for one in self._waiting.values())
        self._waiting.clear()
        self.size = 0
