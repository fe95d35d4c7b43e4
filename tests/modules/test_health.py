from __future__ import annotations

from dataclasses import replace

import pytest

from quart_hotframe.config import Settings
from quart_hotframe.modules import health
from quart_hotframe.modules.health import Watch


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(health, "time", made)
    return made


def watch(threshold: int = 3, window: float = 60) -> Watch:
    return Watch(replace(Settings(), error_threshold=threshold, error_window=window))


def test_the_error_that_reaches_the_threshold_is_told_once(clock: Clock) -> None:
    seen = watch()
    assert [seen.failed("a", RuntimeError()) for _ in range(5)] == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert not seen.is_degraded("b")


def test_errors_that_are_too_old_do_not_count(clock: Clock) -> None:
    seen = watch()
    for _ in range(6):
        assert not seen.failed("a", RuntimeError())
        clock.now += 31
    assert not seen.is_degraded("a")


def test_a_module_is_well_again_when_the_errors_have_left_the_window(clock: Clock) -> None:
    seen = watch()
    for _ in range(3):
        seen.failed("a", RuntimeError())
    clock.now += 60
    assert seen.is_degraded("a")
    clock.now += 0.1
    assert not seen.is_degraded("a")
    for expected in (False, False, True):
        assert seen.failed("a", RuntimeError()) is expected


def test_a_threshold_of_nothing_never_degrades() -> None:
    seen = watch(threshold=0)
    assert not any(seen.failed("a", RuntimeError()) for _ in range(100))


def test_counts_and_last_error_are_kept_and_forgotten() -> None:
    seen, error = watch(), RuntimeError("x")
    seen.answered("a")
    seen.failed("a", error)
    assert (seen.of("a").requests, seen.of("a").failed) == (1, 1)
    assert seen.of("a").last_error is error
    seen.reset("a")
    assert (seen.of("a").requests, seen.of("a").last_error) == (0, None)


def test_after_its_rest_a_module_gets_one_request_and_the_others_wait_for_it(clock: Clock) -> None:
    seen = Watch(replace(Settings(), error_threshold=1, breaker_seconds=100.0))
    assert seen.refuses("shop", "nobody failed yet") == 0
    seen.failed("shop", ValueError())
    assert seen.refuses("shop", "first") == 100
    clock.now += 100
    assert seen.refuses("shop", "second") == 0
    assert seen.refuses("shop", "third") == 100
    seen.succeeded("shop", "first")
    assert seen.refuses("shop", "fourth") == 100
    seen.succeeded("shop", "second")
    assert seen.refuses("shop", "fifth") == 0
