"""Where a component is used, as its author sees it."""

from __future__ import annotations

import inspect
from types import FrameType

BETWEEN = ("quart_hotframe.components.", "jinja2.runtime")
"""Beginnings of the names of code that is between an author's line and who asks for it."""


def caller() -> tuple[str | None, int | None]:
    """Return file and line of the code or template that uses a component now."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(BETWEEN):
        frame = frame.f_back
    if frame is None:
        return None, None
    template = frame.f_globals.get("__jinja_template__")
    if template is None:
        return frame.f_code.co_filename, frame.f_lineno
    return template.filename or "<template>", template.get_corresponding_lineno(frame.f_lineno)
