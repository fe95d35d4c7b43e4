"""Ports for servers in processes of their own."""

from __future__ import annotations

import itertools
import os
import random
import socket

FIRST = 16_000
"""Systems give higher ports, from 32768 on, to connections: a server might find one taken."""
SLICE = 1000
"""Ports of one of the processes among which the tests are divided."""

_numbers = itertools.count(random.randrange(SLICE))


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses, and no other test will take."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST + worker % 16 * SLICE
    for number in itertools.islice(_numbers, SLICE):
        port = first + number % SLICE
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise RuntimeError(f"No port is free between {first} and {first + SLICE - 1}.")
