"""What a component does to its instance while an event runs, in the mailbox or beside it."""

from __future__ import annotations

import json
from typing import Any
from typing import Protocol
from typing import TYPE_CHECKING

from ..errors import SetupError
from .described import described
from .unasked import change

if TYPE_CHECKING:
    from .component import LiveComponent
    from .held import Held
    from .uploads.uploads import InstanceFiles
    from .working import UnitsOfWork


class Writer(Protocol):
    """The instance, as its component sees it."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def files(self) -> InstanceFiles:
        """The files that its page has sent."""
        ...

    async def update(self, component: LiveComponent) -> None:
        """Show the component as it is now."""
        ...

    def receivers(self, to: str) -> dict[str, Any]:
        """Return whom an event is for, as the page is told."""
        ...


class Meanwhile:
    """For the component itself, whose event is in the mailbox."""

    def __init__(self, held: Held) -> None:
        self._held = held

    @property
    def id(self) -> str:
        """The id of the instance."""
        return self._held.id

    @property
    def files(self) -> InstanceFiles:
        """The files that the page of the instance has sent."""
        return self._held.files

    async def update(self, component: LiveComponent) -> None:
        """Show the component to those who listen."""
        await self._held.show_meanwhile(component)

    def receivers(self, to: str) -> dict[str, Any]:
        """Return whom an event is for.

        :raises SetupError: there is no parent.
        """
        if to == "page":
            return {"page": True}
        if to != "parent":
            return {"component": to}
        above, dot, _ = self._held.id.rpartition(".")
        if not dot:
            raise SetupError(f"{self._held.record.component!r} stands in no other component.")
        return {"id": above}


class Beside(Meanwhile):
    """For the copy of a component that a background event has."""

    def __init__(self, held: Held, copy: LiveComponent, work: UnitsOfWork) -> None:
        super().__init__(held)
        self._work = work
        self._described = described(type(copy))
        self._before = self._described.plain(copy)

    async def update(self, component: LiveComponent) -> None:
        """Set in the instance what the copy has changed, and let the copy have all else."""
        changed = self._described.differences(component, self._before)
        values = {name: vars(component)[name] for name in changed}
        effects = component.patches.taken()

        async def write(instance: LiveComponent) -> None:
            vars(instance).update(values)
            instance.patches.extend(effects)

        await self._work.settle()  # what is shown is kept, and no connection is held
        await change(self._held, write, reads=True)
        self._described.restore(component, json.loads(self._held.record.state))
        self._before = self._described.plain(component)
