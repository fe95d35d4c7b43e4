"""A template in the place of that of another owner's component."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from weakref import WeakKeyDictionary

from jinja2 import Environment

from .assets import Asset
from .component import Component
from .definition import define
from .definition import Definition


@dataclass(eq=False)
class Override:
    """What an owner has in the place of a component of another one.

    :param owner: whose files these are; names in them are this owner's.
    :param kind: the class beside the template; without one it has that of the component.
    :param assets: its style and script; without any it has those of the component.
    """

    environment: Callable[[], Environment]
    owner: str
    name: str
    file: Path
    text: str
    kind: type[Component] | None = None
    assets: tuple[Asset, ...] = ()
    _made: WeakKeyDictionary[Definition, Definition] = field(default_factory=WeakKeyDictionary)

    def of(self, original: Definition) -> Definition:
        """Return the component as this override has it.

        :raises ComponentError: with file and line, when the template does not fit the class.
        """
        made = self._made.get(original)
        if made is None:
            made = self._made[original] = self.define(
                self.kind or original.kind, self.assets or original.assets
            )
        return made

    def define(self, kind: type[Component] | None, assets: tuple[Asset, ...]) -> Definition:
        """Read the template.

        :raises ComponentError: with file and line, when it is wrong.
        """
        return define(self.environment(), self.owner, self.name, self.file, self.text, kind, assets)
