"""Two workers of a real server share limits, through Redis and through the database."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.servers import farm
from tests.support.servers import Server

COMMAND = (
    "hypercorn", "--workers", "{workers}", "--bind", "127.0.0.1:{port}",
    "tests.support.limited:app",
)  # fmt: skip

pytestmark = pytest.mark.server


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ],
)
def test_two_workers_pass_exactly_the_allowed_number(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "redis":
        settings = {
            "HOTFRAME_LIMITS": "redis",
            "HOTFRAME_REDIS_URL": request.getfixturevalue("requires_redis"),
            "SERVED_NAME": request.getfixturevalue("own_name"),
        }
    else:
        url = request.getfixturevalue(f"{kind}_url")
        settings = {
            "HOTFRAME_LIMITS": "database", "HOTFRAME_DATABASE_URL": url, "SERVED_NAME": "site",
        }  # fmt: skip
    with farm(tmp_path) as made:
        made.environment.update(settings, HOTFRAME_LIMITS_TIMEOUT="20")
        server = made.serve(2, COMMAND)
        statuses, pids = ask(server, 100)
        server.stop()
    assert statuses == {200: 25, 429: 75}
    assert len(pids) == 2, "Both workers were asked."


def ask(server: Server, times: int) -> tuple[Counter[int], set[str]]:
    with ThreadPoolExecutor(10) as threads:
        found = list(threads.map(lambda _: server.ask("GET", "/limited"), range(times)))
    return Counter(status for status, _ in found), {text for _, text in found}
