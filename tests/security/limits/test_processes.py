"""Redis or the database are away while two servers count in it together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking import Client
from tests.support.hypercorn import Hypercorn
from tests.support.outages import assert_bounded
from tests.support.outages import assert_told_once
from tests.support.outages import AT_ONCE
from tests.support.outages import away_for
from tests.support.outages import is_back
from tests.support.outages import leaves_nothing
from tests.support.outages import outage
from tests.support.outages import two_servers
from tests.support.relay import Relay

pytestmark = pytest.mark.server
ALLOWED = 25
"""Requests that pass, in an hour."""


async def passes(server: Hypercorn, times: int = 1) -> int:
    """Return how many of some requests pass that are sent at the same time."""
    asked = (server.client.get("/limited") for _ in range(times))
    return [answer.status_code for answer in await asyncio.gather(*asked)].count(200)


@away_for
async def test_each_counts_for_itself_until_they_count_together_again(
    tmp_path: Path, away: tuple[Relay, dict[str, Any]], seconds: float,
    record_property: Callable[[str, Any], None],
) -> None:  # fmt: skip
    relay, settings = away
    async with two_servers(tmp_path, settings) as servers:
        assert [await passes(one, AT_ONCE) for one in servers] == [AT_ONCE, AT_ONCE]
        async with leaves_nothing(servers, relay):
            limited, plain = (
                [Client(partial(one.client.get, page)) for one in servers]
                for page in ("/limited", "/plain")
            )
            await outage(relay, [*limited, *plain], seconds, answers=ALLOWED)
            await relay.mend()
            passed = sum(await is_back(servers, passes))
        passed += sum([await passes(one, 20) for one in servers])
    assert [one.statuses()[200] for one in limited] == [ALLOWED, ALLOWED]
    assert all(set(one.statuses()) == {200, 429} for one in limited)
    assert all(set(one.statuses()) == {200} for one in plain)
    # All that both count, before and after, but for a try whose answer came too late.
    assert ALLOWED - len(servers) <= len(servers) * AT_ONCE + passed <= ALLOWED
    assert_bounded([*limited, *plain], seconds, record_property)
    assert_told_once(servers, "HOTFRAME_LIMITS")
