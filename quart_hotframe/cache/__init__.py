"""``hotframe.cache``: values that are dear to make, kept for a while."""

from __future__ import annotations

from .facade import Cache as Cache
