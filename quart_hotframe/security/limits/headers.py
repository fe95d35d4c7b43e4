"""``RateLimit-Policy`` and ``RateLimit``: draft-ietf-httpapi-ratelimit-headers-11 of May 2026."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from .storage import Hit
from .storage import Outcome
from .window import ROUNDING
from .window import used


def policy_header(hits: Sequence[Hit]) -> str:
    """Return what is allowed, such as ``"1";q=5;w=60``: five requests in a minute.

    The names are numbers: what a limit is about is not told to everybody.
    """
    return _policy(tuple((hit.limit, hit.seconds) for hit in hits))


@lru_cache(1000)
def _policy(rates: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f'"{n}";q={limit};w={seconds}' for n, (limit, seconds) in enumerate(rates, 1))


def state_header(hits: Sequence[Hit], outcome: Outcome) -> str:
    """Return what is left, such as ``"1";r=3;t=42``: three more, and all of them in 42 seconds."""
    pairs = enumerate(zip(hits, outcome.windows, strict=True), 1)
    return ", ".join(
        f'"{n}";r={_left(hit, outcome, n - 1)};t={_until(window.start, hit, outcome.now)}'
        for n, (hit, window) in pairs
    )


def _left(hit: Hit, outcome: Outcome, index: int) -> int:
    gone = used(outcome.windows[index], outcome.now, hit.seconds) - (not outcome.passed)
    return max(0, math.ceil(hit.limit - gone))


def _until(start: float, hit: Hit, now: float) -> int:
    return max(0, math.ceil(start + hit.seconds - now - ROUNDING))
