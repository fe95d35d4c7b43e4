"""Events that leave the mailbox, and timers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from typing import TYPE_CHECKING

from .described import described
from .event import Event
from .resuming import begin
from .running import call
from .writing import Beside

if TYPE_CHECKING:
    from .component import LiveComponent
    from .facade import Live
    from .held import Held

log = logging.getLogger("quart_hotframe.live")


async def start(
    live: Live, held: Held, component: LiveComponent, event: Event, arguments: Mapping[str, Any]
) -> None:
    """Run an event beside others, with a copy of the component.

    The task belongs to the module of the component: it ends with that.
    """
    copied = _copy(live, held, component)
    vars(copied)["_held"] = Beside(held, copied, live.work)
    live.spawn(held.record.component, _run(live, copied, event, arguments, held.record.component))


def _copy(live: Live, held: Held, component: LiveComponent) -> LiveComponent:
    shape = described(type(component))
    copied = begin(live.find(held.record.component), {})
    vars(copied).update({name: one for name, one in vars(component).items() if name[0] != "_"})
    shape.restore(copied, json.loads(shape.dump(component)))
    return copied


async def _run(
    live: Live, component: LiveComponent, event: Event, arguments: Mapping[str, Any], name: str
) -> None:
    try:
        async with live.unit(lasts=True), asyncio.timeout(event.options.timeout):
            await call(component, event, arguments)
    except Exception:
        log.exception("The background event %r of %r failed.", event.name, name)
