"""What waits for a stream is bounded, and nothing of it is lost silently."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies

from quart_hotframe.live.stream.channel import Channel

from .conftest import Clock

NAMES = strategies.sampled_from("abc")
PUTS = strategies.lists(
    strategies.tuples(NAMES, strategies.booleans(), strategies.integers(1, 30))
    | strategies.just("take")
    | strategies.just("wait"),
    max_size=60,
)


def channel(clock: Clock | None = None, **limits: int) -> Channel:
    given = {"most_bytes": 100, "most_frames": 5, "longest": 10} | limits
    return Channel(**given, notify=lambda: None, clock=clock or Clock())


def drained(one: Channel) -> list[str]:
    found = []
    while (text := one.next()) is not None:
        found.append(text)
    return found


def lagging(one: Channel) -> list[str]:
    found = []
    while (source := one.behind()) is not None:
        found.append(source)
    return found


def test_frames_come_in_order() -> None:
    one = channel()
    for text in "xyz":
        one.put("a", text)
    assert drained(one) == ["x", "y", "z"]


def test_a_state_replaces_the_one_before_and_only_that() -> None:
    one = channel()
    one.put("a", "old", replaces=True)
    one.put("b", "other", replaces=True)
    one.put("a", "flash")
    one.put("a", "new", replaces=True)
    assert drained(one) == ["other", "flash", "new"]


def test_too_many_bytes_leave_their_sources_behind() -> None:
    one = channel()
    one.put("a", "x" * 60)
    one.put("b", "y" * 60)
    assert (drained(one), lagging(one), one.size) == ([], ["a", "b"], 0)


def test_too_many_frames_leave_their_sources_behind() -> None:
    one = channel()
    for text in "123456":
        one.put("a", text)
    assert (drained(one), lagging(one)) == ([], ["a"])


def test_a_frame_that_waited_too_long_leaves_its_source_behind() -> None:
    clock = Clock()
    one = channel(clock)
    one.put("a", "x")
    clock.now += 11
    one.put("b", "y")
    assert (drained(one), lagging(one)) == ([], ["a", "b"])


def test_who_is_behind_gets_no_frames_until_it_was_rendered_anew() -> None:
    one = channel(most_frames=1)
    one.put("a", "1")
    one.put("a", "2")
    one.put("a", "3", replaces=True)
    assert drained(one) == []
    assert lagging(one) == ["a"]
    one.put("a", "4")
    assert drained(one) == ["4"]


def test_each_frame_wakes_the_stream() -> None:
    woken: list[int] = []
    one = Channel(100, 5, 10, lambda: woken.append(1))
    one.put("a", "x")
    one.put("a", "y", replaces=True)
    assert woken == [1, 1]


@given(PUTS)
def test_whatever_happens_it_stays_bounded_and_each_last_state_is_known(puts: list[Any]) -> None:
    clock = Clock()
    one = channel(clock)
    truth: dict[str, str] = {}
    shown: dict[str, str] = {}
    for count, put in enumerate(puts):
        if isinstance(put, str):
            if put == "wait":
                clock.now += 4
            elif (text := one.next()) is not None and text[0] == "s":
                shown[text[1]] = text
            continue
        name, replaces, size = put
        text = f"{'s' if replaces else 'p'}{name}{count}".ljust(size, ".")
        if replaces:
            truth[name] = text
        one.put(name, text, replaces=replaces)
        assert one.size <= 100 and len(one) <= 5
    shown |= {text[1]: text for text in drained(one) if text[0] == "s"}
    shown |= {name: truth[name] for name in lagging(one) if name in truth}  # rendered anew
    assert shown == truth
    assert one.size == 0
