"""Fixtures of the tests of limits."""

from __future__ import annotations

import pytest

from tests.support.redis import own_name as own_name
from tests.support.redis import redis_relay as redis_relay
from tests.support.redis import requires_redis as requires_redis
from tests.support.redis import through
from tests.support.relay import Relay
from tests.support.relay import relay as relay

KINDS = [
    pytest.param("redis", marks=pytest.mark.redis),
    pytest.param("postgres", marks=pytest.mark.postgres),
]


@pytest.fixture(params=KINDS)
def away(request: pytest.FixtureRequest) -> tuple[Relay, dict[str, str]]:
    """Return a relay and the settings of an app whose limits count behind it."""
    if request.param == "redis":
        name, relay = request.getfixturevalue("own_name"), request.getfixturevalue("redis_relay")
        url = through(relay)
        return relay, {"SERVED_NAME": name, "HOTFRAME_LIMITS": "redis", "HOTFRAME_REDIS_URL": url}
    relay = request.getfixturevalue("relay")
    url = relay.leads_to(request.getfixturevalue("postgres_url"))
    return relay, {
        "SERVED_NAME": "site", "HOTFRAME_LIMITS": "database", "HOTFRAME_DATABASE_URL": url,
        "HOTFRAME_STORE": "file",
    }  # fmt: skip
