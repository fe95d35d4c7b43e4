"""What an instance does for no request of its page: those who listen get what has changed."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from contextlib import nullcontext
from typing import Any
from typing import TYPE_CHECKING

from .running import nothing

if TYPE_CHECKING:
    from .component import LiveComponent
    from .held import Held
    from .held import Work


async def change(held: Held, work: Work, *, reads: bool = False) -> None:
    """Change the state and tell what has changed.

    :param work: is given the component.
    :param reads: the work is not expected to write to a database.
    """
    async with _visited(held), held.live.unit(reads=reads), held.mailbox.entered():
        changed = await held.run(work)
    held.tell(changed)


async def follow(held: Held, topic: str, payload: Any) -> None:
    """Show the component anew, unless it shows already what a message tells."""
    async with _visited(held), held.live.unit(reads=True), held.mailbox.entered():
        component = await held.component(held.live.find(held.record.component))
        if component._hotframe_knows(topic, payload):
            return
        changed = await held.run(nothing)
    held.tell(changed)


async def made(held: Held) -> LiveComponent:
    """Return the object."""
    async with _visited(held), held.live.unit(reads=True), held.mailbox.entered():
        return await held.component(held.live.find(held.record.component))


def _visited(held: Held) -> AbstractAsyncContextManager[None]:
    """Return a request of who has the page open, for what is shown to that visitor only."""
    kind: Any = held.live.find(held.record.component).kind
    if kind._hotframe_personal and held.visitor is not None:
        return held.visitor()
    return nullcontext()
