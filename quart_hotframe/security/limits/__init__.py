"""Rate limits: how often a view may be asked, by whom."""

from __future__ import annotations

from .limit import limit as limit
