"""The sliding window counter, against a log of every request."""

from __future__ import annotations

from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from quart_hotframe.security.limits.window import counted
from quart_hotframe.security.limits.window import fits
from quart_hotframe.security.limits.window import ROUNDING
from quart_hotframe.security.limits.window import wait
from quart_hotframe.security.limits.window import Window

PERIOD = 60.0


def passed(times: list[float], limit: int) -> list[float]:
    """Return which of the requests at *times* pass."""
    window: Window | None = None
    found = []
    for now in times:
        after = counted(window, now, PERIOD)
        if fits(after, limit, now, PERIOD):
            window = after
            found.append(now)
    return found


def most_in_a_period(times: list[float]) -> int:
    return max(sum(1 for t in times if start <= t < start + PERIOD) for start in times)


def test_a_burst_after_a_pause_is_counted_exactly() -> None:
    assert len(passed([1000.0 + n / 100 for n in range(100)], 5)) == 5
    # A clock at which all windows turn would let ten pass within a second here.
    assert len(passed([59.0 + n / 100 for n in range(200)], 5)) == 5


def test_a_period_after_the_burst_the_next_may_pass() -> None:
    assert passed([0, 0, 0, 59.9, 60.1, 60.2], 3) == [0, 0, 0, 60.1]


def test_one_a_minute_is_exactly_that() -> None:
    times = [n / 2 for n in range(1000)]
    found = passed(times, 1)
    assert all(later - earlier >= PERIOD for earlier, later in zip(found, found[1:], strict=False))
    assert len(found) >= 8


times = st.lists(st.floats(0, 400, allow_nan=False), min_size=1, max_size=120).map(sorted)


@given(times, st.integers(1, 12))
@example([0.0, *[59.99] * 4, *[60.0 + n for n in range(60)]], 5)
def test_in_any_period_fewer_than_twice_the_limit_pass(times: list[float], limit: int) -> None:
    found = passed(times, limit)
    assert most_in_a_period(found) < 2 * limit or (limit == 1 and most_in_a_period(found) == 1)


@given(times, st.integers(1, 12))
def test_who_waits_as_told_passes(times: list[float], limit: int) -> None:
    window: Window | None = None
    for now in times:
        after = counted(window, now, PERIOD)
        if fits(after, limit, now, PERIOD):
            window = after
            continue
        then = now + int(wait(after, limit, now, PERIOD) + ROUNDING) + 1
        assert fits(counted(window, then, PERIOD), limit, then, PERIOD)
        assert wait(after, limit, now, PERIOD) <= 2 * PERIOD


@given(times, st.integers(1, 12))
def test_who_waits_less_does_not_pass(times: list[float], limit: int) -> None:
    window: Window | None = None
    for now in times:
        after = counted(window, now, PERIOD)
        if fits(after, limit, now, PERIOD):
            window = after
            continue
        early = now + wait(after, limit, now, PERIOD) * 0.99 - 0.001
        if early > now:
            assert not fits(counted(window, early, PERIOD), limit, early, PERIOD)
