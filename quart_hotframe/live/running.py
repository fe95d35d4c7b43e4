"""Calling the method of an event."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any
from typing import TYPE_CHECKING

from quart import current_app

from .event import Event

if TYPE_CHECKING:
    from .component import LiveComponent


async def call(component: LiveComponent, event: Event, arguments: Mapping[str, Any]) -> None:
    """Call it; a sync method runs in a thread. What it yields is shown meanwhile."""
    if component._hotframe_rests:
        return
    if event.is_stream:
        async with aclosing(event.function(component, **arguments)) as steps:
            async for _ in steps:
                await component.update()
    elif event.is_async:
        await event.function(component, **arguments)
    else:
        await current_app.ensure_async(event.function)(component, **arguments)


async def nothing(component: LiveComponent) -> None:
    """Change nothing, so that what there is now is shown."""
