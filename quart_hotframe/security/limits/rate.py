"""How often: ``"5/minute"`` or ``"5/15 minutes"``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import nearest

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
LONGEST = 366 * 86_400
"""Most seconds of a period."""
MOST = 1_000_000_000
"""Most requests in a period."""
_FORM = re.compile(r"(\d{1,12})\s*/\s*(?:(\d{1,12})\s+)?([^\W\d]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rate:
    """A number of requests in a period."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read a rate.

        :raises ValueError: with a message that says what to write.

        >>> Rate.parse("5/15 minutes")
        Rate(count=5, seconds=900)
        """
        found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError(
                f"{text!r} is no rate: write a number, '/' and a time, such as '5/minute' or "
                "'100/15 minutes'."
            )
        count, times, unit = int(found[1]), int(found[2] or 1), found[3].lower()
        seconds = times * _seconds(text, unit)
        if not 1 <= count <= MOST or not 1 <= seconds <= LONGEST:
            raise ValueError(
                f"{text!r} is out of range: at least 1 request, at least 1 second and at most "
                "366 days."
            )
        return cls(count, seconds)


def _seconds(text: str, unit: str) -> int:
    name = unit.removesuffix("s")
    if name not in SECONDS:
        hint = nearest(name, SECONDS) or f" Known are: {', '.join(SECONDS)}."
        raise ValueError(f"{text!r}: {unit!r} is no unit of time.{hint}")
    return SECONDS[name]
