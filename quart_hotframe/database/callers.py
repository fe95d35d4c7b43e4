"""Where in the user's code a query comes from. Used in development only."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from itertools import islice
from types import FrameType

from greenlet import getcurrent

from ..callers import is_of_library
from ..callers import place_of

_ASYNC = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


def place_of_caller(depth: int = 1) -> str:
    """Return ``file:line`` of the innermost running code of the user, or ``""``.

    In a template these are the template's own file and line.

    :param depth: how many such places to tell, each with who calls it.
    """
    places = (place_of(frame) for frame in _frames() if not is_of_library(frame))
    return ", called from ".join(islice(places, depth))


def _frames() -> Iterator[FrameType]:
    """Yield the running frames, the innermost first, up to the event loop.

    SQLAlchemy runs in a greenlet; who awaits it stands on the stack of the parent.
    """
    awaited = False
    greenlet, frame = getcurrent(), inspect.currentframe()
    while frame is not None:
        flags = frame.f_code.co_flags
        if awaited and not flags & (_ASYNC | inspect.CO_GENERATOR):
            return  # what runs the loop, such as the line with app.run()
        awaited = awaited or bool(flags & _ASYNC)
        yield frame
        frame = frame.f_back
        while frame is None and greenlet.parent is not None:
            greenlet = greenlet.parent
            frame = greenlet.gr_frame
