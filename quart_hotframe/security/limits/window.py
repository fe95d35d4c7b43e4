"""A sliding window counter: four numbers a key, however many requests there are.

It keeps the number of requests of two windows. Those of the last window count in full, those of
the one before by the share of it that lies within the last period, as if they had come evenly.
This is what Cloudflare describes in "How we built rate limiting capable of scaling to millions of
domains" (2017), with one change: a window begins with a request and not with the clock. So
a burst after a pause is counted exactly, and nobody can wait for the turn of a minute.

The error: in any period fewer than twice the allowed number pass, and that many only for who
sends most of them at the end of one window. Who sends evenly or after a pause is counted exactly.
"""

from __future__ import annotations

from typing import NamedTuple

ROUNDING = 0.002
"""Seconds by which clocks that count milliseconds may be wrong."""


class Window(NamedTuple):
    """What is kept of a key; times in seconds."""

    start: float
    current: int
    previous_start: float = 0.0
    previous: int = 0


def counted(window: Window | None, now: float, seconds: float) -> Window:
    """Return the window with one more request."""
    if window is None:
        return Window(now, 1)
    if now >= window.start + seconds:
        return Window(now, 1, window.start, window.current)
    return Window(window.start, window.current + 1, window.previous_start, window.previous)


def used(window: Window, now: float, seconds: float) -> float:
    """Return the requests of the last *seconds*, those of the previous window as a share."""
    if not window.previous:
        return window.current
    share = (window.previous_start + 2 * seconds - now) / seconds
    return window.current + window.previous * min(max(share, 0.0), 1.0)


def fits(after: Window, limit: int, now: float, seconds: float) -> bool:
    """Say whether the request that *after* counts as its last may pass."""
    return used(after, now, seconds) - 1 < limit


def wait(after: Window, limit: int, now: float, seconds: float) -> float:
    """Return the seconds until a request may pass, where the last of *after* did not."""
    before = after.current - 1
    if before >= limit:  # it is the next window in which one passes
        return after.start + 2 * seconds - seconds * limit / before - now
    if not after.previous:
        return 0.0
    return after.previous_start + 2 * seconds - seconds * (limit - before) / after.previous - now
