"""Who hears of rows beside hooks: what shows them, such as live components."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from .changes import ModelChange

Told = Callable[["ModelChange[Any]"], Awaitable[object]]


class Followers:
    """Those who follow models of one app.

    ``told`` are called with each change of a row of these models, after its commit.
    """

    def __init__(self) -> None:
        self.told: list[Told] = []
        self._models: WeakSet[type] = WeakSet()

    def __bool__(self) -> bool:
        return bool(self._models)

    def follow(self, model: type) -> None:
        """Tell of all changes of a model from now on."""
        self._models.add(model)

    def follows(self, model: type) -> bool:
        """Say whether the rows of a model, or of one that it derives from, are followed."""
        return any(one in self._models for one in model.__mro__)

    async def tell(self, changes: Sequence[ModelChange[Any]]) -> None:
        """Tell of what a transaction did to rows that are followed."""
        for change in changes:
            if self.follows(type(change.instance)):
                for told in self.told:
                    await told(change)
