"""An app whose live components have their states in memory is served by one worker."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.modules import write_file
from tests.support.ports import free_port
from tests.support.servers import Farm
from tests.support.servers import HYPERCORN
from tests.support.servers import program

pytestmark = [pytest.mark.server]

COUNTER = {
    "components/counter.py": "from quart_hotframe import LiveComponent\n"
    "class Counter(LiveComponent):\n    count: int = 0\n",
    "components/counter.html": "{{ count }}",
}
REFUSED = "This worker is not started."


@pytest.fixture(autouse=True)
def impatient(farm: Farm) -> None:
    farm.environment["SERVED_DRAIN"] = "0.2"


@pytest.fixture
def living(farm: Farm) -> Farm:
    """Give the app itself a live component."""
    for path, text in COUNTER.items():
        write_file(farm.folder / "app" / path, text)
    return farm


def refused(farm: Farm, workers: int = 0) -> str:
    """Start a server that must end by itself, and return what it said."""
    done = subprocess.run(
        program(HYPERCORN, workers=workers, port=free_port()),
        env=farm.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert REFUSED in done.stderr, done.stderr
    return done.stderr


def test_a_second_process_is_refused_until_the_first_has_gone(living: Farm) -> None:
    first = living.serve()
    said = refused(living)
    assert f"process {first.who()['pid']} serves this app already" in said
    assert "HOTFRAME_LIVE_WORKERS=sticky" in said
    assert first.who()["pid"] in first.pids
    first.kill()
    living.serve().stop()


def test_several_workers_of_one_server_are_refused_unless_sessions_are_sticky(
    living: Farm,
) -> None:
    refused(living, 2)
    living.environment["HOTFRAME_LIVE_WORKERS"] = "sticky"
    assert len(living.serve(2).pids) == 2


def test_who_is_asked_to_end_lets_its_successor_begin_while_it_still_answers(living: Farm) -> None:
    living.environment["SERVED_DRAIN"] = "20"
    old = living.serve()
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(old.ask, "GET", "/slow")
        living.becomes((living.folder / "slow").exists)
        old.process.terminate()
        new = living.serve()
        assert old.process.poll() is None and new.pids.isdisjoint(old.pids)
        (living.folder / "slow").unlink()
        assert answer.result() == (200, "slow")
    refused_by_new(living, new.pids)


def refused_by_new(farm: Farm, pids: set[int]) -> None:
    farm.environment["SERVED_DRAIN"] = "0.2"
    (pid,) = pids
    assert f"process {pid}" in refused(farm)


def test_a_module_with_live_components_is_not_enabled_on_two_workers(farm: Farm) -> None:
    server = farm.serve(2)
    server.done("install", farm.source("shop", "1.0", files=COUNTER))
    found = server.operate("enable", "shop")
    assert "shop has live components" in found["message"], found
    assert any(f"process {pid} serves this app too" in found["message"] for pid in server.pids)
    assert farm.versions() == {}
    server.stop()


def test_a_module_with_live_components_keeps_others_away_while_it_is_enabled(farm: Farm) -> None:
    server = farm.serve()
    server.done("install", farm.source("shop", "1.0", files=COUNTER))
    server.done("enable", "shop")
    refused(farm)
    server.done("disable", "shop")
    assert farm.serve().pids.isdisjoint(server.pids)
