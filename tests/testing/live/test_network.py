"""What goes wrong between a page and its server goes wrong as it was asked for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from quart_hotframe.testing import fault_profiles
from quart_hotframe.testing import Faults
from quart_hotframe.testing import live_page
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing.live.network import Network
from tests.support.sites import becomes


class Server:
    """Notes what arrives; it answers as soon as all that came at once have arrived."""

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.forgotten: list[str] = []

    async def post(self, path: str, headers: Any, json: dict[str, Any]) -> Any:
        self.arrived.append(json["seq"])
        await asyncio.sleep(0)

        async def get_json(silent: bool) -> dict[str, Any]:
            return {"seq": json["seq"]}

        return SimpleNamespace(status_code=200, get_json=get_json)

    async def forget(self, id: str) -> None:
        self.forgotten.append(id)

    async def brings(self, *numbers: int, faults: Faults) -> list[bool]:
        """Send requests one after the other, and say which got an answer."""
        network = Network(self, faults, self.forget)  # type: ignore[arg-type]
        found = [await network.send({"id": "x", "seq": one}) is not None for one in numbers]
        await network.bring_late()
        return found


@pytest.mark.parametrize(
    ("faults", "arrived", "answered"),
    [
        (Faults(), [1, 2], True),
        (Faults(lose=1), [], False),
        (Faults(lose_answer=1), [1, 2], False),
        (Faults(duplicate=1), [1, 1, 2, 2], True),
        (Faults(seed=3, reorder=1), [2, 1], False),
        (Faults(delay=1), [1, 2], True),
        (Faults(forget=1), [1, 2], True),
    ],
)
async def test_each_fault(faults: Faults, arrived: list[int], answered: bool) -> None:
    server = Server()
    assert await server.brings(1, 2, faults=faults) == [answered] * 2
    assert server.arrived == arrived
    assert server.forgotten == (["x", "x"] if faults.forget else [])


async def test_a_delayed_request_lets_others_pass() -> None:
    server = Server()
    network = Network(server, Faults(seed=1, delay=0.5), server.forget)  # type: ignore[arg-type]
    sent = [network.send({"id": "x", "seq": one}) for one in range(8)]
    await asyncio.gather(*sent)
    assert sorted(server.arrived) == [*range(8)] != server.arrived


async def test_the_same_seed_lets_the_same_go_wrong() -> None:
    def faults(seed: int) -> Faults:
        return Faults(seed, lose=0.3, duplicate=0.3, reorder=0.3)

    one, same, other = Server(), Server(), Server()
    for server, seed in ((one, 1), (same, 1), (other, 2)):
        await server.brings(*range(30), faults=faults(seed))
    assert one.arrived == same.arrived != other.arrived


def test_what_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Faults\(lose=…\) is from 0 to 1, not 20"):
        Faults(lose=20)
    profiles = fault_profiles(seed=3, rate=0.5)
    assert profiles["cut"] == Faults(3, cut=0.5)
    assert {"none", "all", "lose", "forget"} < profiles.keys()


async def test_who_never_gets_an_answer_gives_up(running: RunningApp) -> None:
    async with live_page(running) as page:
        page._client.network._faults = Faults(lose=1)
        with pytest.raises(AssertionError, match="'add' was sent 100 times, and last got None"):
            await page.click("add")


async def test_what_the_stream_brings_late_comes_with_the_next_answer(running: RunningApp) -> None:
    async with live_page(running, faults=Faults(delay=1)) as page:
        await running.hotframe.live.publish("orders", "tea")
        await becomes(lambda: page._client.stream._held)
        assert page.text(".last") == ""
        await page.click("add")
        assert (page.text(".last"), page.text("h1")) == ("tea", "2")
        assert page._client.stream._held == []


async def test_what_the_stream_brings_late_comes_to_who_waits(running: RunningApp) -> None:
    async with live_page(running, faults=Faults(delay=1)) as page:
        await running.hotframe.live.publish("orders", "tea")
        await page.until(lambda: page.text(".last") == "tea")


async def test_a_stream_that_breaks_comes_back_to_the_truth(running: RunningApp) -> None:
    async with live_page(running) as page:
        await page.click("add")
        page._client.network._faults = Faults(seed=2, cut=0.5)
        for name in ("tea", "rice", "salt"):
            await running.hotframe.live.publish("orders", name)
            await page.until(lambda: page.text(".last") == name)  # noqa: B023
        assert page.text("h1") == "2"
