"""The rows that benchmarks give, and the one table that shows them."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("what", "plain Quart", "HotFrame", "ratio", "bar", "")


@dataclass(frozen=True)
class Row:
    """One figure beside that of plain Quart, measured in the same run.

    ``bar`` is what the ratio must reach, such as ``">= 0.97"``; without one it only informs. With
    a unit, such as ``"<= 3 ms"``, it is about ``figure``.
    """

    what: str
    plain: str
    hotframe: str
    ratio: float
    bar: str = ""
    figure: float = 0.0

    @property
    def verdict(self) -> str:
        """``"ok"``, ``"MISSED"``, or nothing where there is no bar."""
        if not self.bar:
            return ""
        sign, limit, *unit = self.bar.split()
        reached = operator.ge if sign == ">=" else operator.le
        return "ok" if reached(self.figure if unit else self.ratio, float(limit)) else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """Return the texts of its columns."""
        digits = 3 if self.ratio < 10 else 0
        ratio = f"{self.ratio:.{digits}f}"
        return self.what, self.plain, self.hotframe, ratio, self.bar, self.verdict


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of the table, in Markdown, so that it can go into the documentation."""
    texts: Sequence[Sequence[str]] = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(text[column]) for text in texts) for column in range(len(HEADINGS))]
    for number, text in enumerate(texts):
        cells = (one.ljust(width) for one, width in zip(text, widths, strict=True))
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"
