"""The queries of one request or transaction, counted. Used in development only."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Headers

log = logging.getLogger("quart_hotframe.queries")

KEPT = 200
"""How many different queries a tally tells apart; those after them only count."""
LONGEST = 300
"""How many characters of a statement are shown."""
PREPARING = frozenset({"BEGIN", "COMMIT", "PRAGMA", "RELEASE", "ROLLBACK", "SAVEPOINT"})
"""First words of what is no query of the user."""


@dataclass(slots=True)
class _Repeated:
    """A query that code at one place makes.

    :param parameters: a hash of those of the first time; the values may be secrets.
    """

    parameters: int
    times: int = 0
    differs: bool = False

    def add(self, parameters: int) -> None:
        self.times += 1
        self.differs = self.differs or parameters != self.parameters


class Tally:
    """Counts the queries of one request, or of one transaction outside of requests.

    :param what: which one, for messages.
    :param repeats: how often code may make a query with other parameters until it is told of;
        0 never tells.
    """

    def __init__(self, what: str, repeats: int) -> None:
        self.what = what
        self.count = 0
        self.seconds = 0.0
        self.ended = False
        self._repeats = repeats
        self._queries: dict[tuple[str, str], _Repeated] = {}

    def add(self, statement: str, parameters: Any, seconds: float, place: str) -> None:
        """Count a query.

        :param place: ``file:line`` of the code that makes it, or ``""``.
        """
        word = first_word(statement)
        if word in PREPARING:
            return
        self.count += 1
        self.seconds += seconds
        if place and word in ("SELECT", "WITH"):
            self._note((statement, place), hash(repr(parameters)))

    def _note(self, key: tuple[str, str], parameters: int) -> None:
        if key not in self._queries and len(self._queries) < KEPT:
            self._queries[key] = _Repeated(parameters)
        if key in self._queries:
            self._queries[key].add(parameters)

    def end(self) -> None:
        """Log the sum, and the queries that are repeated; a second call does nothing."""
        if self.ended:
            return
        self.ended = True
        if self.count:
            log.info("%s: %s, %.1f ms", self.what, self._queries_text(), self.seconds * 1000)
        for (statement, place), query in self._queries.items():
            if query.differs and 0 < self._repeats <= query.times:
                self._warn(statement, place, query.times)
        self._queries.clear()

    def _warn(self, statement: str, place: str, times: int) -> None:
        log.warning(
            "%s: %d times the same query with other parameters, at %s. Load all rows at once: "
            "selectinload() for a relationship, one query with in_() for others. It is %s",
            self.what, times, place, one_line(statement),
        )  # fmt: skip

    def show(self, headers: Headers) -> None:
        """Add the sum to the headers of an answer: the developer tools of browsers show it."""
        if self.count:
            value = f'db;dur={self.seconds * 1000:.1f};desc="{self._queries_text()}"'
            headers.add("Server-Timing", value)

    def _queries_text(self) -> str:
        return f"{self.count} {'query' if self.count == 1 else 'queries'}"


def first_word(statement: str) -> str:
    """Return the first word of a statement in upper case."""
    return statement.split(None, 1)[0].upper() if statement.strip() else ""


def one_line(statement: str) -> str:
    """Return a statement for a message: in one line, and its beginning only if it is long."""
    line = " ".join(statement.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"
