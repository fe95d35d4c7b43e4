"""Whatever is changed in what a page keeps is refused, and clocks that are wrong harm nobody."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest

from .conftest import Instance
from .conftest import LiveSite
from .conftest import Strangers

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Of base64, in the order of the bits that each stands for."""


def flipped(text: str) -> Iterator[str]:
    """Return a text with one bit changed, once for each of its characters."""
    for place, one in enumerate(text):
        other = "," if one == "." else ALPHABET[ALPHABET.index(one) ^ 1]
        yield text[:place] + other + text[place + 1 :]


def parts(text: str) -> Iterator[str]:
    """Return what is left when something of it is missing, doubled or in another order."""
    body, _, signature = text.partition(".")
    yield from (body, f"{body}.", f".{signature}", f"{signature}.{body}", f"{text}.", f"{text}=")
    yield from (f"{body}.{signature[:-1]}", f"{body}={text[len(body) :]}", text.swapcase(), "", ".")


async def counted(counter: Instance) -> str:
    return (await counter.send("add", seq=1_000_000)).html


async def test_each_character_of_a_snapshot_counts(live: LiveSite) -> None:
    counter = await live.counter()
    counter.client = Strangers(live.client)
    wrong = [*flipped(counter.snapshot), *parts(counter.snapshot)]
    assert len(wrong) > 150
    for one in wrong:
        answer = await counter.send("add", snapshot=one)
        assert answer.status in (403, 409), one
        assert answer.status == 403 or not one
    assert "<b>4</b>" in await counted(counter)


async def test_each_character_of_a_handle_counts(live: LiveSite) -> None:
    counter = await live.counter()
    await counter.send("add")
    assert counter.handle is not None
    for one in [*flipped(counter.handle), counter.handle[:-1], f"{counter.handle}=", ""]:
        answer = await counter.send("add", handle=one)
        assert (answer.status, answer.body) == (409, {"need": "snapshot"}), one
    assert "<b>5</b>" in await counted(counter)


async def test_forgeries_do_not_flood_the_log(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    counter = await live.counter()
    caplog.set_level(logging.INFO, "quart_hotframe")
    forged = "A" * 50 + counter.snapshot[50:]
    for _ in range(200):
        await counter.send("add", snapshot=forged)
    assert len(caplog.records) <= 1


@pytest.mark.parametrize("years", [-2, 2])
async def test_a_clock_that_jumps_shows_nothing_older(
    live: LiveSite, years: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = await live.counter()
    versions, now = [], time.time_ns
    for _ in range(4):
        versions.append((await counter.send("add")).body["version"])
        await live.forget()
        answer = await counter.send("add")
        assert answer.status == 409
        versions.append((await counter.send("add", snapshot=counter.snapshot)).body["version"])
        monkeypatch.setattr(time, "time_ns", lambda: now() + years * 365 * 86400 * 10**9)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("live", [{"HOTFRAME_LIVE_LIFETIME": 60}], indirect=True)
async def test_a_snapshot_of_a_worker_whose_clock_is_ahead_is_good(live: LiveSite) -> None:
    tokens = live.hotframe.live.snapshots._tokens
    now = tokens._clock()
    tokens._clock = lambda: now + 30
    counter = await live.counter()
    tokens._clock = lambda: now
    assert (await counter.send("add")).status == 200
