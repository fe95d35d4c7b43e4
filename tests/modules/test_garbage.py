"""Python's collector looks seldom while an app starts, and as before afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from quart_hotframe.modules.garbage import collector
from quart_hotframe.modules.garbage import SELDOM
from tests.support.sites import serving
from tests.support.sites import Site

SEEN = """
import gc
from . import blueprint
seen = gc.get_threshold()[0]

@blueprint.get("/")
async def index():
    return str(seen)
"""


@pytest.fixture(autouse=True)
def threshold() -> Iterator[int]:
    """Return that of before, and put it back if a test fails."""
    before = gc.get_threshold()
    yield before[0]
    gc.set_threshold(*before)


async def test_it_looks_seldom_while_modules_are_loaded_at_the_start(
    tmp_path: Path, threshold: int
) -> None:
    for seen in (threshold, SELDOM):  # enabled while it serves, then loaded at the start
        site = Site(tmp_path, {})
        site.write("shop", files={"views.py": SEEN})
        async with serving(site):
            if seen == threshold:
                await site.modules.enable("shop")
            assert await site.get("/shop/") == (200, str(seen))
            assert gc.get_threshold()[0] == threshold


def test_starts_side_by_side_end_with_what_was_before_them(threshold: int) -> None:
    first, second = collector.looks_seldom(), collector.looks_seldom()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == SELDOM
    second.__exit__(None, None, None)
    assert gc.get_threshold()[0] == threshold


@pytest.mark.parametrize("own", [0, SELDOM * 2])
def test_a_collector_that_is_off_or_looks_more_seldom_is_left_alone(own: int) -> None:
    gc.set_threshold(own)
    with collector.looks_seldom():
        assert gc.get_threshold()[0] == own
    assert gc.get_threshold()[0] == own


def test_what_is_set_meanwhile_stays() -> None:
    with collector.looks_seldom():
        gc.set_threshold(1234)
    assert gc.get_threshold()[0] == 1234
