"""``RateLimit-Policy`` and ``RateLimit``: draft-ietf-httpapi-ratelimit-headers-11 of May 2026."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .storage import Hit
from .storage import Outcome
from .window import ROUNDING
from .window import used


def policy_and_state(hits: Sequence[Hit], outcome: Outcome) -> tuple[bytes, bytes]:
    """Return what is allowed and what is left, as the values of both headers.

    ``"1";q=5;w=60`` are five requests in a minute, ``"1";r=3;t=42`` three more, and all of them in
    42 seconds. The names are numbers: what a limit is about is not told to everybody.
    """
    passed, now, windows = outcome
    policies, states = [], []
    for index, (_, limit, seconds) in enumerate(hits):
        window, number = windows[index], index + 1
        left = math.ceil(limit - used(window, now, seconds) + (not passed))
        until = math.ceil(window.start + seconds - now - ROUNDING)
        policies.append(b'"%d";q=%d;w=%d' % (number, limit, seconds))
        states.append(
            b'"%d";r=%d;t=%d' % (number, left if left > 0 else 0, until if until > 0 else 0)
        )
    return b", ".join(policies), b", ".join(states)
