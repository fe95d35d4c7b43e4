"""Keys that rise with time, made without the database: UUID version 7 of RFC 9562."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

STEPS = 4096
"""How many keys of one millisecond are told apart by their order."""

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """Return a key that is greater than all that this process made before.

    Its first 48 bits are the milliseconds since 1970, the next 12 parts of a millisecond, the
    rest is random.
    """
    step = _next_step()
    value = (step // STEPS) << 80 | 7 << 76 | (step % STEPS) << 64
    return UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def _next_step() -> int:
    """Return the time in 4096ths of a millisecond, or more when that was given already."""
    global _last
    with _lock:
        _last = max(_last + 1, time.time_ns() * STEPS // 1_000_000)
        return _last
