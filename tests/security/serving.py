"""A real Hypercorn for the length of some tests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def hypercorn(app: str) -> Iterator[int]:
    """Serve an app, such as ``"tests.security.served:app"``, and give its port."""
    port = free_port()
    process = started(app, port)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def started(app: str, port: int, *options: str, bind: str = "bind") -> subprocess.Popen[bytes]:
    """Serve an app until somebody ends the process, which answers already.

    :param options: further ones; with ``--workers 0`` it has no process below it.
    :param bind: ``insecure-bind`` where TLS is at another port.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "hypercorn", f"--{bind}", f"127.0.0.1:{port}", *options, app],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await(port, process)
    except BaseException:
        process.kill()
        raise
    return process


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < end, "It does not serve."
        with suppress(OSError), closing(HTTPConnection("127.0.0.1", port, timeout=5)) as client:
            client.request("GET", "/ready")
            client.getresponse()
            return
        time.sleep(0.05)
