"""Upgrades of a module under load, on real servers: nothing lost, nothing failed, nothing mixed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
FACTORY = "tests.load.service:create_app"
SERVERS = {
    "hypercorn": ["hypercorn", "--bind", "127.0.0.1:{port}", f"{FACTORY}()"],
    "uvicorn": ["uvicorn", "--port", "{port}", "--log-level", "warning", "--factory", FACTORY],
    "granian": ["granian", "--port", "{port}", "--interface", "asgi", "--factory",
                "--no-access-log", FACTORY],
}  # fmt: skip
SHORT, LONG, CONTROL = 30, 100, 5


def ask(port: int, method: str, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={"Content-Length": "0", "Connection": "close"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def await_server(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 20
    while True:
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        try:
            ask(port, "GET", "/versions")
        except OSError:
            time.sleep(0.02)
        else:
            return


@contextmanager
def server(name: str, folder: Path, **environment: str) -> Iterator[int]:
    """Serve the site with version 1.0.0 of its module, and give the port."""
    port, log = free_port(), folder / "log.txt"
    command = [sys.executable, "-m", *(part.format(port=port) for part in SERVERS[name])]
    variables = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    variables["HOTFRAME_TEST_FOLDER"] = str(folder)
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output,
                                   start_new_session=True)  # fmt: skip
    try:
        await_server(port, process, log)
        assert ask(port, "POST", "/swap/0") == 200, log.read_text()
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # Granian's workers outlive their master
            process.wait(10)


def load(port: int, swaps: int, **environment: str) -> dict[str, Any]:
    """Run the clients in a process of their own and return their report."""
    command = [sys.executable, "-m", "tests.load.client", str(port), str(swaps)]
    variables = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True,
                          timeout=60 + 3 * swaps, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def wrongs(report: dict[str, Any]) -> dict[str, int]:
    """Return how often what went wrong."""
    names = ("lost", "failed", "mixed", "cut", "silent")
    return {name: report[name] for name in names if report[name]}


def assert_clean(report: dict[str, Any], swaps: int) -> None:
    assert wrongs(report) == {}, report["problems"]
    assert report["swaps"] == swaps
    assert len(report["versions"]) >= 0.9 * swaps
    assert report["responses"] > 10 * swaps
    assert report["streams"] >= 2 * swaps and report["sockets"] >= 3 * swaps
    assert report["left"] == [f"1.{swaps}.0"]


@pytest.mark.server
@pytest.mark.load
@pytest.mark.parametrize("name", SERVERS)
def test_nothing_is_lost_failed_or_mixed_while_a_module_is_upgraded(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if name != "hypercorn":
        request.getfixturevalue(f"requires_{name}")
    swaps = SHORT if name == "hypercorn" else SHORT // 3
    with server(name, tmp_path) as port:
        assert_clean(load(port, swaps), swaps)


@pytest.mark.server
@pytest.mark.load
@pytest.mark.parametrize(
    ("control", "found"),
    [("fails", "failed"), ("drops", "lost"), ("cuts", "cut"), ("is silent", "silent")],
)
def test_the_same_load_finds_what_a_bad_server_does(
    control: str, found: str, tmp_path: Path
) -> None:
    with server("hypercorn", tmp_path, HOTFRAME_TEST_CONTROL=control) as port:
        report = load(port, CONTROL, HOTFRAME_TEST_LIMIT="3")
    assert set(wrongs(report)) == {found}, report


@pytest.mark.server
@pytest.mark.load
def test_the_same_load_finds_what_goes_wrong_on_an_app_that_is_changed_in_place(
    tmp_path: Path,
) -> None:
    with server("hypercorn", tmp_path, HOTFRAME_TEST_CONTROL="changes in place") as port:
        report = load(port, 10)
    assert report["mixed"] > 0, report


@pytest.mark.soak
@pytest.mark.server
@pytest.mark.load
@pytest.mark.parametrize("name", SERVERS)
def test_nothing_is_lost_in_a_hundred_upgrades(name: str, tmp_path: Path) -> None:
    with server(name, tmp_path) as port:
        assert_clean(load(port, LONG), LONG)
