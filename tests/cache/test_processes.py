"""Redis is away while two servers share a cache in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import Client
from tests.support.hypercorn import Hypercorn
from tests.support.outages import assert_bounded
from tests.support.outages import assert_told_once
from tests.support.outages import away_for
from tests.support.outages import is_back
from tests.support.outages import leaves_nothing
from tests.support.outages import outage
from tests.support.outages import two_servers
from tests.support.redis import through
from tests.support.relay import Relay

pytestmark = [pytest.mark.redis, pytest.mark.server]


async def kept(server: Hypercorn) -> str:
    """Return the value that a server has."""
    return (await server.client.get("/cached/key")).text


async def forget(server: Hypercorn) -> None:
    """Forget the value by its tag."""
    assert (await server.client.post("/forget")).status_code == 200


@away_for
async def test_pages_work_on_and_what_was_forgotten_is_gone_when_it_is_back(
    tmp_path: Path, own_name: str, redis_relay: Relay, seconds: float,
    record_property: Callable[[str, Any], None],
) -> None:  # fmt: skip
    settings = {
        "SERVED_NAME": own_name, "HOTFRAME_CACHE": "redis",
        "HOTFRAME_REDIS_URL": through(redis_relay),
    }  # fmt: skip
    async with two_servers(tmp_path, settings) as servers:
        one, two = servers
        old = await kept(one)
        assert await kept(two) == old
        async with leaves_nothing(servers, redis_relay):
            plain, cached = (
                [Client(partial(each.client.get, page)) for each in servers]
                for page in ("/plain", "/cached/key")
            )
            forgetting = Client(partial(one.client.post, "/forget"))
            clients = [*plain, *cached, forgetting]
            await outage(redis_relay, clients, seconds)
            await redis_relay.mend()
            await is_back(servers, kept)
        new = await kept(two)
        assert await kept(one) == new != old
        await forget(two)
        newer = await kept(one)
        assert await kept(two) == newer != new
    found = {answer.text for each in cached for _, answer in each.answers}
    assert old not in found
    assert all(set(each.statuses()) == {200} for each in clients)
    assert_bounded(clients, seconds, record_property)
    assert_told_once(servers, "HOTFRAME_CACHE")
