"""Another extension, which knows nothing of HotFrame: its signal, sent with a plain ``send``."""

from __future__ import annotations

import asyncio
from typing import Any

from blinker import Namespace

saved = Namespace().signal("models-saved")
heard: list[Any] = []
"""What modules heard of it."""
gate: asyncio.Event
"""Holds a module that heard ``"slow"``; a new one for each test."""


def save(what: str) -> None:
    """Save something."""
    saved.send("model", changes=what)
