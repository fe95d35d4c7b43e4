"""Visitors who open pages without a pause, and count what they get: the load of the walk.

Each keeps its connection open, as browsers do. An answer that is missing, cut short or an error
of the server counts as lost. Ctrl-C ends the visit and prints the sum; the exit code is 1 when
anything was lost.
"""

from __future__ import annotations

import argparse
import http.client
import re
import signal
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

PAGES = ("/", "/shop/", "/shop/sand-glaze-teapot", "/shop/?category=Lamps", "/orders/basket")
PAUSE = 0.02
"""Seconds between two pages of one visitor."""

VERSION = re.compile(r'data-reviews="([^"]+)"')


class Visit:
    """What all visitors saw.

    ``seen`` counts answers by the version of Reviews on the page; ``lost`` says what went wrong.
    """

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.seen: Counter[str] = Counter()
        self.lost: list[str] = []
        self.over = threading.Event()
        self._lock = threading.Lock()

    def walk(self) -> None:
        """Open page after page on one connection."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        number = 0
        while not self.over.is_set():
            self._open(connection, PAGES[number % len(PAGES)])
            number += 1
            self.over.wait(PAUSE)
        connection.close()

    def _open(self, connection: http.client.HTTPConnection, page: str) -> None:
        try:
            connection.request("GET", page)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._note(f"{page}: {error!r}")
            return
        versions = set(VERSION.findall(text))
        if answer.status != 200:
            self._note(f"{page}: status {answer.status}")
        elif len(versions) > 1:
            self._note(f"{page}: versions mixed: {versions}")
        else:
            with self._lock:
                self.seen[versions.pop() if versions else "none"] += 1

    def _note(self, problem: str) -> None:
        with self._lock:
            self.lost.append(problem)

    def __str__(self) -> str:
        with self._lock:
            parts = [f"{number} with {version}" for version, number in sorted(self.seen.items())]
            total = sum(self.seen.values())
        return f"{total} answers, {len(self.lost)} lost; Reviews: {', '.join(parts)}"


def main() -> int:
    """Send the visitors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", nargs="?", default="http://127.0.0.1:5000")
    parser.add_argument("--visitors", type=int, default=4)
    chosen = parser.parse_args()
    visit = Visit(chosen.address)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: visit.over.set())
    threads = [threading.Thread(target=visit.walk) for _ in range(chosen.visitors)]
    for thread in threads:
        thread.start()
    beginning = time.monotonic()
    while not visit.over.wait(1):
        print(f"{time.monotonic() - beginning:4.0f} s: {visit}", flush=True)
    for thread in threads:
        thread.join()
    print(visit, *visit.lost[:10], sep="\n", flush=True)
    return 1 if visit.lost else 0


if __name__ == "__main__":
    sys.exit(main())
