"""Whatever goes wrong on the way, each click counts once and the last text stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from quart_hotframe.testing import fault_profiles
from quart_hotframe.testing import Faults
from quart_hotframe.testing import live_page
from quart_hotframe.testing import LivePage
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing.live.faults import KINDS

STEPS = st.lists(st.sampled_from(["click", "write", "publish"]), min_size=1, max_size=20)
SEEDS = st.integers(0, 10_000)
RATES = st.sampled_from([0, 0.1, 0.3, 0.5])
MIXTURES = st.builds(Faults, seed=SEEDS, **dict.fromkeys(KINDS, RATES))
ONCE_WRONG = Faults(879, lose=0.3, lose_answer=0.1, reorder=0.3, delay=0.3, cut=0.1, forget=0.1)
QUICK = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LONG = settings(QUICK, max_examples=2000)
PROFILES = [*fault_profiles()]


async def insistently(page: LivePage, do: Any) -> None:
    """Do something, and again if the page is told that its state was lost and nothing was run."""
    body = await do()
    while body["result"].get("lost"):
        body = await do()


async def nothing_is_lost_or_doubled(running: RunningApp, steps: list[str], faults: Faults) -> None:
    clicks, text = 0, ""
    client = running.app.test_client()
    async with live_page(running, client=client, faults=faults) as page:
        for number, step in enumerate(steps):
            if step == "publish":
                await running.hotframe.live.publish("orders", f"order {number}")
            elif step == "click":
                clicks += 1
                await insistently(page, lambda: page.click("add"))
            else:
                text = f"text {number}"
                await insistently(page, lambda text=text: page.fill("note", text))
        await page.assert_current()
        assert (page.text("h1"), page.value("note")) == (str(2 * clicks), text)


@pytest.mark.parametrize("profile", PROFILES)
@given(steps=STEPS, seed=SEEDS)
@QUICK
async def test_each_click_counts_once(
    running: RunningApp, profile: str, steps: list[str], seed: int
) -> None:
    await nothing_is_lost_or_doubled(running, steps, fault_profiles(seed, 0.3)[profile])


@given(steps=STEPS, faults=MIXTURES)
@example(steps=["publish", "click"], faults=ONCE_WRONG)
@QUICK
async def test_each_click_counts_once_in_any_mixture(
    running: RunningApp, steps: list[str], faults: Faults
) -> None:
    await nothing_is_lost_or_doubled(running, steps, faults)


@pytest.mark.soak
@pytest.mark.timeout(900)
@given(steps=STEPS, faults=MIXTURES)
@LONG
async def test_each_click_counts_once_in_any_mixture_again_and_again(
    running: RunningApp, steps: list[str], faults: Faults
) -> None:
    await nothing_is_lost_or_doubled(running, steps, faults)
