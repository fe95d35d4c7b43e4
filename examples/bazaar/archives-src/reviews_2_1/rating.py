"""Many stars in a few figures. This file fails on purpose while it is imported."""

from __future__ import annotations

MOST_STARS = 5

STEP = 100 / (MOST_STARS - 5)
